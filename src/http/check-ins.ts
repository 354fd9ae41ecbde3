/**
 * The way of every check-in, in every dialect: read within bounds, proven at the boundary, stamped, decided, and
 * answered with what became of it. A refusal is kept as evidence and answered truthfully.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { CheckIn } from "../domain/check-in.ts";
import { LIMITS } from "../domain/limits.ts";
import type {
  CheckInRequest,
  Dialect,
  DialectAnswer,
  ReadCheckIn,
  UnreadableCheckIn,
} from "../ports/dialect.ts";
import type { RejectionReason } from "../ports/records.ts";
import type { ProofUse } from "../ports/trust.ts";
import {
  addressPrefixOf,
  authenticate,
  refusalOf,
  reject,
  shownSlug,
  turnAway,
  type Knock,
  type Proven,
} from "./boundary.ts";
import { callerOf } from "./caller.ts";
import type { RecordCheckIn } from "./check-in-recording.ts";
import { createFromCheckIn } from "./create-from-check-in.ts";
import { rollcallErrorOf } from "./errors.ts";
import type { HttpParts } from "./parts.ts";
import { readBody, wireOf, type BodyRead } from "./read-body.ts";
import { whyNoCheckIn } from "./not-a-check-in.ts";

interface Desk {
  parts: HttpParts;
  record: RecordCheckIn;
}

export function mountCheckIns(app: OpenAPIHono, desk: Desk): void {
  const { parts } = desk;
  for (const dialect of parts.dialects) {
    for (const prefix of dialect.prefixes) {
      app.all(`${prefix}/*`, async (context) => answerCheckIn(desk, { dialect, prefix, context }));
    }
  }
}

interface Asked {
  dialect: Dialect;
  prefix: string;
  context: Context;
}

async function answerCheckIn(desk: Desk, asked: Asked): Promise<Response> {
  const { dialect, context } = asked;
  const { method } = context.req;
  if (method === "OPTIONS") return preflight(dialect);
  const { headers, body: sent } = wireOf(desk.parts, context);
  const why = whyNoCheckIn(method, headers);
  if (why !== null) return plain(403, `Not counted as a check-in: ${why}.\n`);

  const body = await readBody(sent, { after: desk.parts.after, keptBytes: LIMITS.bodyKeptBytes });
  const arrival = desk.parts.engine.arrivals.arrive();
  try {
    const request: CheckInRequest = {
      method,
      segments: segmentsOf(context.req.url, asked.prefix),
      query: context.req.query(),
      headers,
      body: body.text,
      isBodyWhole: body.isWhole,
    };
    const read = dialect.read(request);
    if (read === null) return plain(404, "This is no check-in address.\n");
    const { presented } = read;
    const { receivedAt } = arrival;
    const addressPrefix = addressPrefixOf(desk.parts, context);
    const heard: Heard = {
      request: { method, url: addressedAs(desk.parts, context.req.url), headers, body: body.bytes },
      use: "kind" in read ? useOf(read) : null,
      asked: request,
      read,
      body,
      presented,
      headers,
      receivedAt,
      addressPrefix,
    };
    const result = await decided(desk, asked, heard);
    const outcome =
      "refusal" in result ? result.refusal.code : result.receipt.isDuplicate ? "duplicate" : "accepted";
    desk.parts.metrics.countCheckIn({ dialect: dialect.name, outcome });
    return responseOf(dialect.answer(request, result));
  } finally {
    arrival.leave();
  }
}

type Decision = Parameters<Dialect["answer"]>[1];

interface Heard extends Knock {
  asked: CheckInRequest;
  read: ReadCheckIn | UnreadableCheckIn;
  body: BodyRead;
}

async function decided(desk: Desk, asked: Asked, heard: Heard): Promise<Decision> {
  try {
    return await decide(desk, asked, heard);
  } catch (thrown) {
    return { refusal: refusalOf(rollcallErrorOf(thrown, desk.parts.log)) };
  }
}

/** Proves, finds or makes the monitor, and records. Whatever stops it is thrown as a `RollcallError`. */
async function decide(desk: Desk, asked: Asked, heard: Heard): Promise<Decision> {
  const { parts } = desk;
  const { read, asked: request } = heard;
  const proven = await authenticate(parts, heard);
  if (!proven.isOk) return { refusal: await turnAway(parts, heard, proven) };
  const refuse = async (reason: RejectionReason, seen: string, message: string): Promise<Decision> => {
    const expected = "a check-in for a monitor that exists";
    return { refusal: await reject(parts, heard, { ...proven, reason, seen, message, expected }) };
  };

  const { methods } = asked.dialect;
  if (!methods.includes(request.method)) {
    const shown = request.method.slice(0, 20);
    const message = `A check-in is a request with ${methods.join(", ")}, not ${shown}.`;
    return refuse("method_not_allowed", `a request with the method ${shown}`, message);
  }
  if ("unreadable" in read) {
    await refuse("malformed", read.unreadable.message, read.unreadable.message);
    throw read.unreadable;
  }
  let { monitorId } = proven;
  let isCreated = false;
  if (monitorId === null) {
    if (read.create === null || !proven.mayCreate) {
      const hint = proven.mayCreate ? " Create it in the API, or with ?create=1." : "";
      const message = `There is no monitor ${shownSlug(proven.slug)} in this project.${hint}`;
      return refuse("unknown_monitor", "a check-in for a name that no monitor has", message);
    }
    const { create } = read;
    const made = await createFromCheckIn(parts, { ...proven, create, receivedAt: heard.receivedAt });
    ({ monitorId, isCreated } = made);
  }
  const receipt = await desk.record(monitorId, checkInOf(asked, heard, { read, proven }));
  return { receipt, problems: read.problems, isCreated };
}

function checkInOf(asked: Asked, heard: Heard, told: { read: ReadCheckIn; proven: Proven }): CheckIn {
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
    dialect: asked.dialect.name,
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

/** A browser asks before it sends more than a plain request. */
function preflight({ methods }: Dialect): Response {
  const allow = [...methods, "OPTIONS"].join(", ");
  return plain(204, null, {
    allow,
    "access-control-allow-methods": allow,
    "access-control-allow-headers": "Authorization, Content-Type, Idempotency-Key, X-Api-Key",
  });
}

function responseOf(answer: DialectAnswer): Response {
  return plain(answer.status, answer.body, answer.headers);
}

/** Browsers may check in too, and nothing on the way may answer in our place. */
function plain(
  status: number,
  body: string | null,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const type: Record<string, string> = body === null ? {} : { "content-type": "text/plain; charset=utf-8" };
  return new Response(body, {
    status,
    headers: { ...type, "cache-control": "no-store", "access-control-allow-origin": "*", ...headers },
  });
}

/** Behind a proxy the socket's address is not the one that was called. */
function addressedAs({ publicUrl }: HttpParts, url: string): string {
  const pathBegins = url.indexOf("/", url.indexOf("//") + 2);
  return `${publicUrl}${url.slice(pathBegins)}`;
}
