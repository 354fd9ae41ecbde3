/**
 * `/verify/otlp/v1/traces`: the read-only twin of the way of traces in. The same boundary and reading, and nothing is
 * written: it says who would be let in, and which spans would not be taken.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { RollcallError } from "../domain/errors.ts";
import { cached } from "../domain/schedule/bounded-cache.ts";
import { TWIN_PREFIX } from "../domain/trust/twin.ts";
import type { Authentication } from "../ports/trust.ts";
import type { TraceReading } from "../ports/traces.ts";
import { look, sentenceOf, type Knock, type Proven } from "./boundary.ts";
import { STATUS } from "./errors.ts";
import {
  bodyOf,
  decoded,
  knockOf,
  namesNoMonitor,
  notTaken,
  runsByMonitor,
  traceCallOf,
  tracePreflight,
  type TraceCall,
} from "./heard-traces.ts";
import type { HttpParts } from "./parts.ts";
import {
  letIn,
  notHeard,
  notHeardBecause,
  refused,
  SHOWN_BEFORE,
  type RefusedLook,
  type Twin,
} from "./twin-answer.ts";

/** To be mounted before the twins of check-ins, which take every other path. */
export function mountTraceTwins(app: OpenAPIHono, twin: Twin): void {
  for (const path of twin.parts.traces.paths) {
    app.all(TWIN_PREFIX + path, (context) => answerTraceTwin(twin, context));
  }
}

async function answerTraceTwin(twin: Twin, context: Context): Promise<Response> {
  const { parts } = twin;
  if (context.req.method === "OPTIONS") return tracePreflight();
  const call = traceCallOf(parts, context);
  if ("status" in call) {
    const { status, message, headers } = call;
    return notHeard(
      status,
      status === 405 ? { reason: "method_not_allowed", message } : { message },
      headers,
    );
  }
  try {
    return await lookedAt(twin, call);
  } catch (thrown) {
    return notHeardBecause(parts, thrown);
  }
}

async function lookedAt(twin: Twin, call: TraceCall): Promise<Response> {
  const { parts } = twin;
  const body = await bodyOf(parts, call);
  const knock = knockOf(parts, call, { body, receivedAt: parts.engine.clock.now() });
  const gate = await look(parts, knock);
  if (!gate.isOk && !gate.isProofGood) return refused(gate);
  const reading = await decodedOrWhyNot(parts, call, body);
  if (reading instanceof RollcallError) {
    return notHeard(STATUS[reading.code], { reason: "malformed", message: reading.message });
  }
  const looks = await lookAtEach(twin, knock, reading);
  if ("reason" in looks) return refused(looks);
  // A batch for nobody is taken with a key that is good for nothing, too: that must not look like being let in.
  const proven = looks.firstIn ?? gate;
  if (!proven.isOk) return refused(proven);
  const { body: answer } = parts.traces.accepted("json", notTaken(looks.refused, reading.warnings));
  return letIn(twin, proven, { status: 200, answer: JSON.parse(new TextDecoder().decode(answer)) });
}

async function decodedOrWhyNot(
  parts: HttpParts,
  call: TraceCall,
  body: Uint8Array,
): Promise<TraceReading | RollcallError> {
  try {
    return await decoded(parts, call, body);
  } catch (thrown) {
    if (thrown instanceof RollcallError) return thrown;
    throw thrown;
  }
}

interface Looks {
  /** The first monitor's boundary that was met; null: none was. */
  firstIn: Proven | null;
  /** Spans counted by why they would not be taken. */
  refused: ReadonlyMap<string, number>;
}

/** What would refuse the whole batch, as at the way in; else what each monitor that it names would do. */
async function lookAtEach(
  { parts, looked }: Twin,
  knock: Knock,
  reading: TraceReading,
): Promise<Looks | RefusedLook> {
  const refused = new Map(reading.refused);
  let firstIn: Proven | null = null;
  for (const { slug, knock: atMonitor, spans } of runsByMonitor(reading, knock)) {
    const found = await look(parts, atMonitor);
    if (!found.isOk && !found.isProofGood) return found;
    if (found.isOk && isShownBefore(looked, found)) return SHOWN_BEFORE;
    if (found.isOk) firstIn ??= found;
    const why = whyNot(slug, found);
    if (why !== null) refused.set(why, (refused.get(why) ?? 0) + spans);
  }
  return { firstIn, refused };
}

/** And from now on it was. */
function isShownBefore(looked: Twin["looked"], { duplicateKey }: Proven): boolean {
  if (duplicateKey === undefined) return false;
  if (looked.entries.has(duplicateKey)) return true;
  cached(looked, duplicateKey, () => true);
  return false;
}

function whyNot(slug: string, found: Authentication): string | null {
  if (!found.isOk) return sentenceOf(found);
  return found.monitorId === null ? namesNoMonitor(slug).message : null;
}
