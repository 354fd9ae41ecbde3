/**
 * A check-in as it was heard: its request read within bounds and in its dialect, before anybody knows who sent it. The
 * check-in itself and its read-only twin hear alike.
 */
import type { Context } from "hono";
import type { CheckIn } from "../domain/check-in.ts";
import type { RollcallError } from "../domain/errors.ts";
import type { CheckInRequest, Dialect, ReadCheckIn, UnreadableCheckIn } from "../ports/dialect.ts";
import type { RejectionReason } from "../ports/records.ts";
import type { ProofUse } from "../ports/trust.ts";
import { addressPrefixOf, shownSlug, type Knock, type Proven } from "./boundary.ts";
import { callerOf } from "./caller.ts";
import type { HttpParts } from "./parts.ts";
import type { BodyRead } from "./read-body.ts";

export interface Asked {
  dialect: Dialect;
  /** What stands in the path before what the dialect reads. */
  prefix: string;
  context: Context;
}

export interface Heard extends Knock {
  asked: CheckInRequest;
  read: ReadCheckIn | UnreadableCheckIn;
  body: BodyRead;
}

/** Null: this is no address of a check-in. */
export function hear(
  parts: HttpParts,
  { dialect, prefix, context }: Asked,
  { headers, body, receivedAt }: Pick<Heard, "headers" | "body" | "receivedAt">,
): Heard | null {
  const { method, url } = context.req;
  const asked: CheckInRequest = {
    method,
    segments: segmentsOf(url, prefix),
    query: context.req.query(),
    headers,
    body: body.text,
    isBodyWhole: body.isWhole,
  };
  const read = dialect.read(asked);
  if (read === null) return null;
  return {
    request: { method, url: addressedAs(parts, url), headers, body: body.bytes },
    use: "kind" in read ? useOf(read) : null,
    asked,
    read,
    body,
    presented: read.presented,
    headers,
    receivedAt,
    addressPrefix: addressPrefixOf(parts, context),
  };
}

export interface Obstacle {
  reason: RejectionReason;
  seen: string;
  message: string;
  /** What the dialect found; absent: it understood. */
  unreadable?: RollcallError;
}

/** Why something proven is no check-in for a monitor; else how it was read. */
export function readableAs(
  { dialect }: Pick<Asked, "dialect">,
  { asked, read }: Heard,
  proven: Proven,
): ReadCheckIn | Obstacle {
  const { methods } = dialect;
  if (!methods.includes(asked.method)) {
    const shown = asked.method.slice(0, 20);
    const message = `A check-in is a request with ${methods.join(", ")}, not ${shown}.`;
    return { reason: "method_not_allowed", seen: `a request with the method ${shown}`, message };
  }
  if ("unreadable" in read) {
    const { message } = read.unreadable;
    return { reason: "malformed", seen: message, message, unreadable: read.unreadable };
  }
  if (proven.monitorId !== null || (read.create !== null && proven.mayCreate)) return read;
  const hint = proven.mayCreate ? " Create it in the API, or with ?create=1." : "";
  const message = `There is no monitor ${shownSlug(proven.slug)} in this project.${hint}`;
  return { reason: "unknown_monitor", seen: "a check-in for a name that no monitor has", message };
}

export function checkInOf(
  { dialect }: Pick<Asked, "dialect">,
  heard: Heard,
  told: { read: ReadCheckIn; proven: Proven },
): CheckIn {
  const { read, proven } = told;
  const { kind, occurredAt, sentAt, durationMs, exitStatus, body, outcome } = read;
  const run = runTold(read, proven);
  return {
    kind,
    receivedAt: heard.receivedAt,
    runId: run.runId,
    trigger: run.trigger,
    scheduledForAt: read.scheduledForAt ?? proven.told?.scheduledForAt ?? null,
    occurredAt,
    sentAt,
    durationMs,
    exitStatus,
    body,
    ...(outcome === undefined ? {} : { outcome }),
    principal: proven.principal,
    via: proven.via,
    dialect: dialect.name,
    duplicateKey: duplicateKeyOf(read, run.runId) ?? proven.duplicateKey ?? null,
    notes: [
      ...heard.body.notes,
      ...read.notes,
      ...run.notes,
      ...read.problems.map((each) => `${each.field} ${each.message}`),
    ],
    folded: 1,
    caller: callerOf(heard.asked, heard.addressPrefix),
  };
}

/** What a proof tells of its run stands over what the check-in says: nobody can have made that up. */
function runTold(
  read: ReadCheckIn,
  { told }: Proven,
): Pick<CheckIn, "runId" | "trigger"> & { notes: readonly string[] } {
  const runId = told?.runId ?? read.runId;
  const trigger = told?.trigger ?? read.trigger;
  const notes: string[] = [];
  if (read.runId !== null && read.runId !== runId)
    notes.push("the run id was ignored: the proof names its run");
  if (read.trigger !== trigger)
    notes.push(`the run counts as trigger ${trigger}: that is what its proof says`);
  return { runId, trigger, notes };
}

function useOf(read: ReadCheckIn): ProofUse {
  const { kind, runId } = read;
  return { kind, runId, duplicateKey: duplicateKeyOf(read, runId) };
}

function duplicateKeyOf({ idempotencyKey, kind, sentAt }: ReadCheckIn, runId: string | null): string | null {
  if (idempotencyKey !== null) return `key/${idempotencyKey}`;
  return sentAt === null ? null : `sent/${kind}/${sentAt}/${runId ?? ""}`;
}

/**
 * Decoded one by one, so that an encoded slash stays inside its segment. `url` is that of a request: normal already.
 * What stands at the root has no prefix.
 */
function segmentsOf(url: string, prefix: string): readonly string[] {
  const [beforeQuery = ""] = url.split(/[?#]/, 1);
  const pathBegins = beforeQuery.indexOf("/", beforeQuery.indexOf("//") + 2);
  const isBehindPrefix = beforeQuery.startsWith(`${prefix}/`, pathBegins);
  const segments = beforeQuery.slice(pathBegins + (isBehindPrefix ? prefix.length : 0) + 1).split("/");
  return beforeQuery.includes("%") ? segments.map(decoded) : segments;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // A lone percent sign: the segment is what was sent.
    return segment;
  }
}

/** Behind a proxy the socket's address is not the one that was called. */
export function addressedAs({ publicUrl }: HttpParts, url: string): string {
  const pathBegins = url.indexOf("/", url.indexOf("//") + 2);
  return `${publicUrl}${url.slice(pathBegins)}`;
}
