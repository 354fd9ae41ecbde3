/**
 * `/verify/…`: the read-only twin of every check-in address. The same boundary, reading and matching, and nothing is
 * written: no run, no rejection, no proof that would be spent. It says what a check-in would be answered with.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import { cached } from "../domain/schedule/bounded-cache.ts";
import { TWIN_PREFIX } from "../domain/trust/twin.ts";
import type { Accepted, Dialect } from "../ports/dialect.ts";
import { look } from "./boundary.ts";
import { checkInOf, hear, readableAs, type Asked, type Heard } from "./heard-check-in.ts";
import { whyNoCheckIn } from "./not-a-check-in.ts";
import type { HttpParts } from "./parts.ts";
import { preflight } from "./plain-answer.ts";
import { readBody, wireOf } from "./read-body.ts";
import { letIn, notHeard, notHeardBecause, refused, SHOWN_BEFORE, type Twin } from "./twin-answer.ts";

export function mountCheckInTwins(app: OpenAPIHono, twin: Twin): void {
  app.all(`${TWIN_PREFIX}/*`, (context) => answerTwin(twin, context));
}

async function answerTwin(twin: Twin, context: Context): Promise<Response> {
  const { parts } = twin;
  const { dialect, prefix } = twinOf(parts.dialects, context);
  const { method } = context.req;
  if (method === "OPTIONS") return preflight(dialect);
  const { headers, body: sent } = wireOf(parts, context);
  const why = whyNoCheckIn(method, headers);
  if (why !== null) return notHeard(403, { message: `No check-in: ${why}.` });

  const body = await readBody(sent, { after: parts.after, keptBytes: LIMITS.bodyKeptBytes });
  const asked = { dialect, prefix, context };
  const heard = hear(parts, asked, { headers, body, receivedAt: parts.engine.clock.now() });
  if (heard === null) return notHeard(404, { message: "This is the twin of no check-in address." });
  try {
    return await lookedAt(twin, asked, { ...heard, use: null });
  } catch (thrown) {
    return notHeardBecause(parts, thrown);
  }
}

const UUID_FIRST = /^\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\/|$)/i;

/**
 * `/verify/checkin/…` and `/verify/ping/…` are twins of those paths, `/verify/<uuid>` of a ping URL at the root; any other
 * `/verify/…` is that of `/checkin/…`.
 */
function twinOf(dialects: readonly Dialect[], context: Context): Pick<Asked, "dialect" | "prefix"> {
  const path = context.req.path.slice(TWIN_PREFIX.length);
  for (const dialect of dialects) {
    const found = dialect.prefixes.find((prefix) => path.startsWith(`${prefix}/`));
    if (found !== undefined) return { dialect, prefix: TWIN_PREFIX + found };
  }
  const isOfShort = ({ rootPaths, prefixes }: Dialect): boolean =>
    UUID_FIRST.test(path) ? rootPaths?.test(path) === true : prefixes.includes("/checkin");
  const dialect = dialects.find(isOfShort);
  if (dialect === undefined) throw new RollcallError("not_found", "There is nothing at this address.");
  return { dialect, prefix: TWIN_PREFIX };
}

async function lookedAt(twin: Twin, asked: Asked, heard: Heard): Promise<Response> {
  const { parts, looked } = twin;
  const proven = await look(parts, heard);
  if (!proven.isOk) return refused(proven);
  const read = readableAs(asked, heard, proven);
  if ("reason" in read) return refused({ ...read, expected: "a check-in for a monitor that exists" });
  const { duplicateKey } = proven;
  if (duplicateKey !== undefined && looked.entries.has(duplicateKey)) {
    return refused(SHOWN_BEFORE);
  }
  const would = await wouldBe(parts, asked, heard, { read, proven });
  if (duplicateKey !== undefined) cached(looked, duplicateKey, () => true);
  return letIn(twin, proven, would);
}

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
