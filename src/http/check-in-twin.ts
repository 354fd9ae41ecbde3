/**
 * `/verify/…`: the read-only twin of every check-in address. The same boundary, reading and matching, and nothing is
 * written: no run, no rejection, no proof that would be spent. It says what a check-in would be answered with.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import { boundedCache, cached, type BoundedCache } from "../domain/schedule/bounded-cache.ts";
import type { Accepted, Dialect } from "../ports/dialect.ts";
import { look, refusalOf, type Unproven } from "./boundary.ts";
import { codeOfRejection, rollcallErrorOf, STATUS } from "./errors.ts";
import { checkInOf, hear, readableAs, type Asked, type Heard } from "./heard-check-in.ts";
import { whyNoCheckIn } from "./not-a-check-in.ts";
import type { HttpParts } from "./parts.ts";
import { preflight } from "./plain-answer.ts";
import { readBody, wireOf } from "./read-body.ts";

const PREFIX = "/verify";

interface Twin {
  parts: HttpParts;
  /** Proofs that were shown here: they are good for a check-in still, and not for a second look. */
  looked: BoundedCache<true>;
}

export function mountCheckInTwins(app: OpenAPIHono, parts: HttpParts): void {
  const twin: Twin = { parts, looked: boundedCache(LIMITS.proofsLookedAt) };
  app.all(`${PREFIX}/*`, (context) => answerTwin(twin, context));
}

async function answerTwin(twin: Twin, context: Context): Promise<Response> {
  const { parts } = twin;
  const { dialect, prefix } = twinOf(parts.dialects, context);
  const { method } = context.req;
  if (method === "OPTIONS") return preflight(dialect);
  const { headers, body: sent } = wireOf(parts, context);
  const why = whyNoCheckIn(method, headers);
  if (why !== null) return answered(403, { ok: false, reason: null, message: `No check-in: ${why}.` });

  const body = await readBody(sent, { after: parts.after, keptBytes: LIMITS.bodyKeptBytes });
  const asked = { dialect, prefix, context };
  const heard = hear(parts, asked, { headers, body, receivedAt: parts.engine.clock.now() });
  if (heard === null) {
    return answered(404, { ok: false, reason: null, message: "This is the twin of no check-in address." });
  }
  try {
    return await lookedAt(twin, asked, { ...heard, use: null });
  } catch (thrown) {
    const { status, message, retryAfterSeconds } = refusalOf(rollcallErrorOf(thrown, parts.log));
    const later: Record<string, string> =
      retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) };
    return answered(status, { ok: false, reason: null, message }, later);
  }
}

const UUID_FIRST = /^\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\/|$)/i;

/**
 * `/verify/checkin/…` and `/verify/ping/…` are twins of those paths, `/verify/<uuid>` of a ping URL at the root; any other
 * `/verify/…` is that of `/checkin/…`.
 */
function twinOf(dialects: readonly Dialect[], context: Context): Pick<Asked, "dialect" | "prefix"> {
  const path = context.req.path.slice(PREFIX.length);
  for (const dialect of dialects) {
    const found = dialect.prefixes.find((prefix) => path.startsWith(`${prefix}/`));
    if (found !== undefined) return { dialect, prefix: PREFIX + found };
  }
  const isOfShort = ({ rootPaths, prefixes }: Dialect): boolean =>
    UUID_FIRST.test(path) ? rootPaths?.test(path) === true : prefixes.includes("/checkin");
  const dialect = dialects.find(isOfShort);
  if (dialect === undefined) throw new RollcallError("not_found", "There is nothing at this address.");
  return { dialect, prefix: PREFIX };
}

async function lookedAt(twin: Twin, asked: Asked, heard: Heard): Promise<Response> {
  const { parts, looked } = twin;
  const proven = await look(parts, heard);
  if (!proven.isOk) return refused(proven);
  const read = readableAs(asked, heard, proven);
  if ("reason" in read) return refused({ ...read, expected: "a check-in for a monitor that exists" });
  const { duplicateKey } = proven;
  if (duplicateKey !== undefined && looked.entries.has(duplicateKey)) {
    return refused({ reason: "replayed", expected: "a proof not shown here before", seen: "one that was" });
  }
  const would = await wouldBe(parts, asked, heard, { read, proven });
  if (duplicateKey !== undefined) cached(looked, duplicateKey, () => true);
  const { project, slug } = proven;
  return answered(would.status, {
    ok: true,
    principal: proven.met?.principal ?? "scheduler",
    contract: proven.met?.contract ?? proven.via,
    config_hash: await parts.trust.configHash({ project, slug }),
    version: TWIN_VERSION,
    would: would.answer,
  });
}

/** Of the form of these answers. */
const TWIN_VERSION = "1";

/** What its dialect would answer, as JSON where it knows that; null: the check-in would make its monitor first. */
async function wouldBe(
  { engine }: HttpParts,
  { dialect }: Asked,
  heard: Heard,
  told: Parameters<typeof checkInOf>[2],
): Promise<{ status: number; answer: unknown }> {
  const { monitorId } = told.proven;
  if (monitorId === null) return { status: 200, answer: null };
  const checkIn = checkInOf({ dialect }, heard, told);
  const receipt = await engine.previewCheckIn({ monitorId, checkIn });
  const result: Accepted = { receipt, problems: told.read.problems, isCreated: false };
  const headers = { ...heard.asked.headers, accept: "application/json" };
  const { status, body } = dialect.answer({ ...heard.asked, headers }, result);
  return { status, answer: readAs(body) };
}

function readAs(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // A dialect of plain text: that is its answer.
    return body;
  }
}

function refused({ reason, expected, seen }: Pick<Unproven, "reason" | "expected" | "seen">): Response {
  const status = STATUS[codeOfRejection(reason)];
  return answered(status, { ok: false, reason, expected, seen, version: TWIN_VERSION });
}

function answered(
  status: number,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "access-control-allow-origin": "*",
      ...headers,
    },
  });
}
