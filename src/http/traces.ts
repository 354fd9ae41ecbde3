/**
 * The way of traces in: a batch is read whole or refused, its key is proven before anything is decoded, and each run in
 * it checks in at the same boundary and by the same rate as any other check-in. Exporters are told what was not taken.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { CheckIn } from "../domain/check-in.ts";
import { RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { ProofUse } from "../ports/trust.ts";
import type { TraceAnswer, TracedCheckIn, TracedRun, TraceReading } from "../ports/traces.ts";
import {
  authenticate,
  refusalOf,
  reject,
  turnAway,
  type Knock,
  type Proven,
  type Unproven,
} from "./boundary.ts";
import { callerOf } from "./caller.ts";
import type { RecordCheckIn } from "./check-in-recording.ts";
import { rollcallErrorOf } from "./errors.ts";
import {
  BATCH_EXPECTED,
  bodyOf,
  decoded,
  knockOf,
  MESSAGE_CHARACTERS,
  namesNoMonitor,
  notTaken,
  runsByMonitor,
  traceCallOf,
  tracePreflight,
  type TraceCall,
} from "./heard-traces.ts";
import type { HttpParts } from "./parts.ts";

interface Desk {
  parts: HttpParts;
  record: RecordCheckIn;
}

export function mountTraces(app: OpenAPIHono, desk: Desk): void {
  for (const path of desk.parts.traces.paths) {
    app.all(path, (context) => answerTraces(desk, context));
  }
}

async function answerTraces(desk: Desk, context: Context): Promise<Response> {
  const { traces, log } = desk.parts;
  if (context.req.method === "OPTIONS") return tracePreflight();
  const call = traceCallOf(desk.parts, context);
  const refused = (status: number, message: string, more: Readonly<Record<string, string>>): Response =>
    responseOf(status, traces.refused(call.form ?? "json", { status, message }), more);
  if ("status" in call) return refused(call.status, call.message, call.headers);
  try {
    return responseOf(200, await taken(desk, call));
  } catch (thrown) {
    const { code, status, message, retryAfterSeconds } = refusalOf(rollcallErrorOf(thrown, log));
    countOutcome(desk.parts, code);
    return refused(
      status,
      message,
      retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) },
    );
  }
}

/** Throws what concerns the whole batch; what concerns one monitor only is told in the answer. */
async function taken(desk: Desk, call: TraceCall): Promise<TraceAnswer> {
  const { parts } = desk;
  const body = await bodyOf(parts, call);
  const arrival = parts.engine.arrivals.arrive();
  try {
    const knock = knockOf(parts, call, { body, receivedAt: arrival.receivedAt });
    const project = await projectOf(parts, knock);
    const reading = await decodedOrRejected(parts, { ...knock, project }, { call, body });
    const refused = new Map(reading.refused);
    const recording = runsByMonitor(reading, knock).map(async (each) => {
      const why = await recordRuns(desk, each.knock, each.runs);
      if (why !== null) refused.set(why, (refused.get(why) ?? 0) + each.spans);
    });
    await allOf(recording);
    return parts.traces.accepted(call.form, notTaken(refused, reading.warnings));
  } finally {
    arrival.leave();
  }
}

/** A key that is good for some monitor. Throws when it is none; null where only its monitors are bounded. */
async function projectOf(parts: HttpParts, knock: Knock): Promise<string | null> {
  const authentication = await authenticate(parts, knock);
  if (authentication.isOk || authentication.isProofGood) return authentication.project;
  throw await turnedAway(parts, knock, authentication);
}

async function turnedAway(parts: HttpParts, knock: Knock, unproven: Unproven): Promise<RollcallError> {
  const { code, message } = await turnAway(parts, knock, unproven);
  return new RollcallError(code, message);
}

async function decodedOrRejected(
  parts: HttpParts,
  knock: Knock & { project: string | null },
  { call, body }: { call: TraceCall; body: Uint8Array },
): Promise<TraceReading> {
  try {
    return await decoded(parts, call, body);
  } catch (thrown) {
    if (!(thrown instanceof RollcallError)) throw thrown;
    const { message } = thrown;
    await reject(parts, knock, {
      project: knock.project,
      monitorId: null,
      slug: null,
      reason: "malformed",
      expected: BATCH_EXPECTED,
      seen: message.slice(0, MESSAGE_CHARACTERS),
      message,
    });
    throw thrown;
  }
}

/** Waits for all, whatever comes of one. The whole batch comes again then: what was taken is known by its spans. */
async function allOf(works: readonly Promise<void>[]): Promise<void> {
  for (const each of await Promise.allSettled(works)) if (each.status === "rejected") throw each.reason;
}

/**
 * The runs of one monitor; their check-ins take turns there in the order in which they are handed in. Why they were
 * not taken, or null.
 */
async function recordRuns(desk: Desk, knock: Knock, runs: readonly TracedRun[]): Promise<string | null> {
  const { parts } = desk;
  try {
    const proven = await authenticate(parts, { ...knock, use: useOf(runs) });
    if (!proven.isOk) {
      const refusal = await turnedAway(parts, knock, proven);
      if (!proven.isProofGood) throw refusal;
      countOutcome(parts, refusal.code);
      return refusal.message;
    }
    if (proven.monitorId === null) return await unknownMonitor(parts, knock, proven);
    const { monitorId } = proven;
    const recording = runs.flatMap((run) =>
      run.checkIns.map(async (told) => {
        const receipt = await desk.record(monitorId, checkInOf(parts, knock, { proven, run, told }));
        countOutcome(parts, receipt.isDuplicate ? "duplicate" : "accepted");
      }),
    );
    await allOf(recording);
    return null;
  } catch (thrown) {
    if (!(thrown instanceof RollcallError) || thrown.code !== "gone") throw thrown;
    countOutcome(parts, thrown.code);
    return thrown.message;
  }
}

/** A proof that is good once is so for these spans: the same batch again is the same check-ins. */
function useOf(runs: readonly TracedRun[]): ProofUse {
  const told = runs.flatMap(({ runId, checkIns }) =>
    checkIns.map(({ kind, sameAs }) => `${kind}/${runId}/${sameAs}`),
  );
  return { kind: "log", runId: null, duplicateKey: told.join(" ") };
}

function countOutcome({ metrics, traces }: HttpParts, outcome: string): void {
  metrics.countCheckIn({ dialect: traces.name, outcome });
}

async function unknownMonitor(parts: HttpParts, knock: Knock, proven: Proven): Promise<string> {
  const { slug } = proven;
  const { code, message } = await reject(parts, knock, {
    ...proven,
    slug: slug === "" ? null : slug,
    reason: "unknown_monitor",
    expected: "spans of a monitor that exists, named by the resource attribute monitor.slug or service.name",
    ...namesNoMonitor(slug),
  });
  countOutcome(parts, code);
  return message;
}

function checkInOf(
  { vault, traces }: HttpParts,
  knock: Knock,
  { proven, run, told }: { proven: Proven; run: TracedRun; told: TracedCheckIn },
): CheckIn {
  const { kind, occurredAt, durationMs, body, outcome, notes, isSampled, sameAs } = told;
  const { receivedAt } = knock;
  return {
    kind,
    receivedAt,
    runId: run.runId,
    trigger: proven.told?.trigger ?? "schedule",
    scheduledForAt: null,
    // Clocks differ by a moment: what has only just happened happened now.
    occurredAt: isJustNow(occurredAt, receivedAt) ? null : occurredAt,
    sentAt: null,
    durationMs,
    exitStatus: null,
    body,
    outcome,
    principal: proven.principal,
    via: proven.via,
    dialect: traces.name,
    duplicateKey: `${traces.name}/${kind}/${run.runId}/${vault.hash(sameAs)}`,
    notes,
    ...(isSampled ? { isSampled } : {}),
    folded: 1,
    caller: callerOf({ method: "POST", headers: knock.headers }, knock.addressPrefix),
  };
}

function isJustNow(occurredAt: number | null, receivedAt: number): boolean {
  return occurredAt !== null && occurredAt >= receivedAt && occurredAt - receivedAt <= LIMITS.sameWithinMs;
}

function responseOf(
  status: number,
  answer: TraceAnswer,
  more: Readonly<Record<string, string>> = {},
): Response {
  const { contentType, body } = answer;
  return new Response(body, {
    status,
    headers: {
      "content-type": contentType,
      "cache-control": "no-store",
      "access-control-allow-origin": "*",
      ...more,
    },
  });
}
