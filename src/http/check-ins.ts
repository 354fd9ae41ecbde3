/**
 * The way of every check-in, in every dialect: read within bounds, proven at the boundary, stamped, decided, and
 * answered with what became of it. A refusal is kept as evidence and answered truthfully.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Dialect } from "../ports/dialect.ts";
import { authenticate, refusalOf, reject, turnAway } from "./boundary.ts";
import type { RecordCheckIn } from "./check-in-recording.ts";
import { createFromCheckIn } from "./create-from-check-in.ts";
import { rollcallErrorOf } from "./errors.ts";
import { checkInOf, hear, readableAs, type Asked, type Heard } from "./heard-check-in.ts";
import { whyNoCheckIn } from "./not-a-check-in.ts";
import type { HttpParts } from "./parts.ts";
import { plain, preflight } from "./plain-answer.ts";
import { readBody, wireOf } from "./read-body.ts";

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

async function answerCheckIn(desk: Desk, asked: Asked): Promise<Response> {
  const { parts } = desk;
  const { dialect, context } = asked;
  const { method } = context.req;
  if (method === "OPTIONS") return preflight(dialect);
  const { headers, body: sent } = wireOf(parts, context);
  const why = whyNoCheckIn(method, headers);
  if (why !== null) return plain(403, `Not counted as a check-in: ${why}.\n`);

  const body = await readBody(sent, { after: parts.after, keptBytes: LIMITS.bodyKeptBytes });
  const arrival = parts.engine.arrivals.arrive();
  let deciding: Promise<Decision> | null = null;
  try {
    const heard = hear(parts, asked, { headers, body, receivedAt: arrival.receivedAt });
    if (heard === null) return plain(404, "This is no check-in address.\n");
    deciding = decided(desk, asked, heard);
    const result = await inTime(parts, deciding);
    const outcome =
      "refusal" in result ? result.refusal.code : result.receipt.isDuplicate ? "duplicate" : "accepted";
    parts.metrics.countCheckIn({ dialect: dialect.name, outcome });
    const answer = dialect.answer(heard.asked, result);
    return plain(answer.status, answer.body, answer.headers);
  } finally {
    // Though its sender was told by then: what was received before is judged first, be it taken or not.
    if (deciding === null) arrival.leave();
    else void deciding.then(arrival.leave, arrival.leave);
  }
}

type Decision = Parameters<Dialect["answer"]>[1];

/** What was decided, or that it takes too long; then it may come to be kept all the same. */
function inTime({ answersWithinMs, after }: HttpParts, deciding: Promise<Decision>): Promise<Decision> {
  if (answersWithinMs === undefined) return deciding;
  return new Promise((resolve, reject) => {
    const cancel = after(answersWithinMs, () => resolve({ refusal: refusalOf(tooSlow()) }));
    deciding.then(resolve, reject).finally(cancel);
  });
}

function tooSlow(): RollcallError {
  return new RollcallError("unavailable", "It takes too long to keep this check-in just now. Try again.", {
    retryAfterSeconds: 1,
  });
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
  const proven = await authenticate(parts, heard);
  if (!proven.isOk) return { refusal: await turnAway(parts, heard, proven) };
  const read = readableAs(asked, heard, proven);
  if ("reason" in read) {
    const expected = "a check-in for a monitor that exists";
    const refusal = await reject(parts, heard, { ...proven, ...read, expected });
    return { refusal: read.unreadable === undefined ? refusal : refusalOf(read.unreadable) };
  }
  let { monitorId } = proven;
  let isCreated = false;
  if (monitorId === null) {
    const { receivedAt } = heard;
    const made = await createFromCheckIn(parts, { ...proven, create: read.create ?? {}, receivedAt });
    ({ monitorId, isCreated } = made);
  }
  const receipt = await desk.record(monitorId, checkInOf(asked, heard, { read, proven }));
  return { receipt, problems: read.problems, isCreated };
}
