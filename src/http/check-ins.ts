/**
 * The way of every check-in, in every dialect: read within bounds, proven at the boundary, stamped, decided, and
 * answered with what became of it. A refusal is kept as evidence and answered truthfully.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Receipt } from "../domain/change.ts";
import type { CheckIn } from "../domain/check-in.ts";
import { RollcallError } from "../domain/errors.ts";
import { KEY_PREFIX } from "../domain/key-text.ts";
import { LIMITS } from "../domain/limits.ts";
import type {
  CheckInRequest,
  Dialect,
  DialectAnswer,
  ReadCheckIn,
  UnreadableCheckIn,
} from "../ports/dialect.ts";
import type { RejectionReason } from "../ports/records.ts";
import type { Authentication } from "../ports/trust.ts";
import { callerOf } from "./caller.ts";
import { createCheckInFolding, type CheckInFolding } from "./check-in-folding.ts";
import { createCheckInRate, type CheckInRate } from "./check-in-rate.ts";
import { createFromCheckIn } from "./create-from-check-in.ts";
import { STATUS, codeOfRejection, rollcallErrorOf } from "./errors.ts";
import type { HttpParts } from "./parts.ts";
import { readBody, wireOf, type BodyRead } from "./read-body.ts";
import { whyNoCheckIn } from "./not-a-check-in.ts";

const SLUG_SHOWN = 120;

interface Desk {
  parts: HttpParts;
  rate: CheckInRate;
  folding: CheckInFolding;
}

export function mountCheckIns(app: OpenAPIHono, parts: HttpParts): void {
  const record = (input: { monitorId: string; checkIn: CheckIn }) => parts.engine.recordCheckIn(input);
  const desk: Desk = {
    parts,
    rate: createCheckInRate(parts.clock),
    folding: createCheckInFolding({ record, after: parts.after }),
  };
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
    const { receivedAt } = arrival;
    const addressPrefix = addressPrefixOf(desk, asked);
    const result = await decided(desk, asked, { request, read, body, receivedAt, addressPrefix });
    const outcome =
      "refusal" in result ? result.refusal.code : result.receipt.isDuplicate ? "duplicate" : "accepted";
    desk.parts.metrics.countCheckIn({ dialect: dialect.name, outcome });
    return responseOf(dialect.answer(request, result));
  } finally {
    arrival.leave();
  }
}

type Decision = Parameters<Dialect["answer"]>[1];

interface Heard {
  request: CheckInRequest;
  read: ReadCheckIn | UnreadableCheckIn;
  body: BodyRead;
  receivedAt: number;
  addressPrefix: string;
}

async function decided(desk: Desk, asked: Asked, heard: Heard): Promise<Decision> {
  try {
    return await decide(desk, asked, heard);
  } catch (thrown) {
    return refusalOf(rollcallErrorOf(thrown, desk.parts.log));
  }
}

/** Proves, finds or makes the monitor, and records. Whatever stops it is thrown as a `RollcallError`. */
async function decide(desk: Desk, asked: Asked, heard: Heard): Promise<Decision> {
  const { parts } = desk;
  const { read, request } = heard;
  const proven = await prove(desk, heard);
  const refuse = (reason: RejectionReason, seen: string, message: string) =>
    reject(desk, heard, {
      ...proven,
      reason,
      seen,
      message,
      expected: "a check-in for a monitor that exists",
    });

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
  const receipt = await record(desk, monitorId, checkInOf(asked, heard, { read, proven }));
  return { receipt, problems: read.problems, isCreated };
}

type Proven = Extract<Authentication, { isOk: true }>;

async function prove(desk: Desk, heard: Heard): Promise<Proven> {
  const { trust } = desk.parts;
  const { presented } = heard.read;
  const from = {
    addressPrefix: heard.addressPrefix,
    credential: presented.credential?.text ?? presented.uuid,
  };
  const waitSeconds = trust.limiter.waitSeconds(from);
  if (waitSeconds !== null) {
    throw new RollcallError(
      "too_many_requests",
      "Too many failed proofs from your address: wait, then check the key.",
      {
        retryAfterSeconds: waitSeconds,
      },
    );
  }
  const authentication = await trust.authenticate(presented);
  if (authentication.isOk) {
    trust.limiter.succeeded({ credential: from.credential, keyId: authentication.keyId });
    return authentication;
  }
  if (!["deleted", "not_allowed_monitor"].includes(authentication.reason)) trust.limiter.failed(from);
  const { refusal } = await reject(desk, heard, {
    ...authentication,
    message: sentenceOf(authentication),
  });
  throw new RollcallError(refusal.code, refusal.message);
}

/** Keeps the refusal as evidence where a project can be told, and says it. */
async function reject(
  desk: Desk,
  heard: Heard,
  refused: {
    project: string | null;
    monitorId: string | null;
    slug: string | null;
    reason: RejectionReason;
    expected: string;
    seen: string;
    message: string;
  },
): Promise<Extract<Decision, { refusal: unknown }>> {
  const { project, monitorId, slug, reason, expected, seen, message } = refused;
  if (project !== null) {
    await desk.parts.engine.recordRejection({
      project,
      monitorId,
      slug: slug === null || isKey(slug) ? null : slug.slice(0, SLUG_SHOWN),
      reason,
      expected,
      seen,
      addressPrefix: heard.addressPrefix,
      headerNames: Object.keys(heard.request.headers).sort().slice(0, 40),
      at: heard.receivedAt,
    });
  }
  const code = codeOfRejection(reason);
  return { refusal: { code, status: STATUS[code], message, problems: [], retryAfterSeconds: null } };
}

function record(desk: Desk, monitorId: string, checkIn: CheckIn): Promise<Receipt> {
  const rate = desk.rate.note(monitorId);
  if (rate.what === "single") return desk.parts.engine.recordCheckIn({ monitorId, checkIn });
  if (rate.what === "folded") return desk.folding.fold(monitorId, checkIn);
  throw new RollcallError(
    "too_many_requests",
    `More than ${LIMITS.checkInsPerMinuteRefused} check-ins a minute for this monitor: send fewer.`,
    {
      retryAfterSeconds: rate.retryAfterSeconds,
    },
  );
}

function checkInOf(asked: Asked, heard: Heard, told: { read: ReadCheckIn; proven: Proven }): CheckIn {
  const { read, proven } = told;
  const { kind, runId, trigger, scheduledForAt, occurredAt, sentAt, durationMs, exitStatus, body, outcome } =
    read;
  return {
    kind,
    receivedAt: heard.receivedAt,
    runId,
    trigger,
    scheduledForAt,
    occurredAt,
    sentAt,
    durationMs,
    exitStatus,
    body,
    ...(outcome === undefined ? {} : { outcome }),
    principal: proven.principal,
    via: proven.via,
    dialect: asked.dialect.name,
    duplicateKey: duplicateKeyOf(read),
    notes: [
      ...heard.body.notes,
      ...read.notes,
      ...read.problems.map((each) => `${each.field} ${each.message}`),
    ],
    folded: 1,
    caller: callerOf(heard.request, heard.addressPrefix),
  };
}

function duplicateKeyOf({ idempotencyKey, runId, kind, sentAt }: ReadCheckIn): string | null {
  if (idempotencyKey !== null) return `key/${idempotencyKey}`;
  return sentAt === null ? null : `sent/${kind}/${sentAt}/${runId ?? ""}`;
}

function sentenceOf(refused: Extract<Authentication, { isOk: false }>): string {
  if (refused.reason === "deleted") return `The monitor ${shownSlug(refused.slug ?? "")} was deleted.`;
  return `Refused (${refused.reason}): seen was ${refused.seen}; expected is ${refused.expected}.`;
}

/** A key that slipped into the place of the monitor stays a secret. */
function isKey(slug: string): boolean {
  return slug.toLowerCase().includes(KEY_PREFIX);
}

function shownSlug(slug: string): string {
  return isKey(slug) ? "(a key stands in its place)" : JSON.stringify(slug.slice(0, SLUG_SHOWN));
}

function refusalOf(error: RollcallError): Decision {
  const { code, message, problems, retryAfterSeconds } = error;
  // Whatever is wrong on our side, the sender is told to come again.
  const again = retryAfterSeconds ?? (code === "unavailable" ? 1 : null);
  return { refusal: { code, status: STATUS[code], message, problems, retryAfterSeconds: again } };
}

function addressPrefixOf({ parts }: Desk, { context }: Asked): string {
  const forwardedFor = context.req.header("x-forwarded-for") ?? null;
  return parts.trust.addresses.prefixOf(parts.trust.addresses.clientOf(parts.peerOf(context), forwardedFor));
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
