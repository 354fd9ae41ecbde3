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
import type { TraceAnswer, TracedCheckIn, TracedRun, TraceForm, TraceReading } from "../ports/traces.ts";
import {
  addressPrefixOf,
  authenticate,
  refusalOf,
  reject,
  shownSlug,
  turnAway,
  type Knock,
  type Proven,
  type Unproven,
} from "./boundary.ts";
import { callerOf } from "./caller.ts";
import type { RecordCheckIn } from "./check-in-recording.ts";
import { decompressed, encodingOf } from "./decompress.ts";
import { rollcallErrorOf } from "./errors.ts";
import { addressedAs } from "./heard-check-in.ts";
import type { HttpParts, Wire } from "./parts.ts";
import { readWholeBody, wireOf } from "./read-body.ts";

const MESSAGE_CHARACTERS = 1_000;

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
  const { method } = context.req;
  if (method === "OPTIONS") return preflight();
  const wire = wireOf(desk.parts, context);
  const { headers } = wire;
  const form = traces.formOf(headers["content-type"] ?? "");
  const refused = (status: number, message: string, more: Record<string, string> = {}): Response =>
    responseOf(status, traces.refused(form ?? "json", { status, message }), more);
  if (method !== "POST") return refused(405, "Traces are sent by POST.", { allow: "POST, OPTIONS" });
  if (form === null) {
    return refused(415, "The Content-Type must be application/json or application/x-protobuf.");
  }
  if (encodingOf(headers["content-encoding"] ?? "") === null) {
    return refused(415, "The Content-Encoding must be gzip, deflate or none.");
  }
  try {
    return responseOf(200, await taken(desk, { context, wire, form }));
  } catch (thrown) {
    const { code, status, message, retryAfterSeconds } = refusalOf(rollcallErrorOf(thrown, log));
    countOutcome(desk.parts, code);
    const again: Record<string, string> =
      retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) };
    return refused(status, message, again);
  }
}

interface Asked {
  context: Context;
  wire: Wire;
  form: TraceForm;
}

/** Throws what concerns the whole batch; what concerns one monitor only is told in the answer. */
async function taken(desk: Desk, asked: Asked): Promise<TraceAnswer> {
  const { parts } = desk;
  const { context, form } = asked;
  const { headers, body } = asked.wire;
  const sent = await readWholeBody(body, { after: parts.after, readBytes: LIMITS.traceBodyBytes });
  const arrival = parts.engine.arrivals.arrive();
  try {
    const knock: Knock = {
      presented: { credential: credentialIn(headers), project: null, slug: null, uuid: null },
      request: { method: "POST", url: addressedAs(parts, context.req.url), headers, body: sent },
      use: null,
      headers,
      addressPrefix: addressPrefixOf(parts, context),
      receivedAt: arrival.receivedAt,
    };
    const project = await projectOf(parts, knock);
    const encoding = encodingOf(headers["content-encoding"] ?? "") ?? "identity";
    const reading = await decoded(parts, { ...knock, project }, async () =>
      parts.traces.read(form, await decompressed(sent, encoding, LIMITS.traceBatchBytes)),
    );
    const refused = new Map(reading.refused);
    const bySlug = Map.groupBy(reading.runs, ({ slug }) => slug);
    const recording = [...bySlug].map(async ([slug, runs]) => {
      const why = await recordRuns(desk, { ...knock, presented: { ...knock.presented, slug } }, runs);
      const spans = runs.reduce((sum, run) => sum + run.spans, 0);
      if (why !== null) refused.set(why, (refused.get(why) ?? 0) + spans);
    });
    await allOf(recording);
    return parts.traces.accepted(form, notTaken(refused, reading.warnings));
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

async function decoded(
  parts: HttpParts,
  knock: Knock & { project: string | null },
  read: () => Promise<TraceReading>,
): Promise<TraceReading> {
  try {
    return await read();
  } catch (thrown) {
    if (!(thrown instanceof RollcallError)) throw thrown;
    const { message } = thrown;
    await reject(parts, knock, {
      project: knock.project,
      monitorId: null,
      slug: null,
      reason: "malformed",
      expected: "a batch of spans as OTLP has it",
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
    seen: slug === "" ? "spans that name no monitor" : "spans of a name that no monitor has",
    message:
      slug === ""
        ? "These spans name no monitor: set OTEL_RESOURCE_ATTRIBUTES=monitor.slug=<monitor>"
        : `There is no monitor ${shownSlug(slug)} in this project: create it, or name another one with OTEL_RESOURCE_ATTRIBUTES=monitor.slug=<monitor>`,
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

function notTaken(
  refused: ReadonlyMap<string, number>,
  warnings: readonly string[],
): { rejectedSpans: number; message: string } | null {
  if (refused.size === 0 && warnings.length === 0) return null;
  const rejectedSpans = [...refused.values()].reduce((sum, spans) => sum + spans, 0);
  const reasons = [...refused].map(([reason, spans]) => `${spans} not taken: ${reason}`);
  return { rejectedSpans, message: [...reasons, ...warnings].join("; ").slice(0, MESSAGE_CHARACTERS) };
}

/** Values in `OTEL_EXPORTER_OTLP_HEADERS` are URL-encoded, and not every exporter decodes them. */
function credentialIn(headers: Readonly<Record<string, string>>): Knock["presented"]["credential"] {
  const text = (headers["authorization"] ?? "")
    .replace(/%20/g, " ")
    .trim()
    .replace(/^Bearer\s+/i, "");
  return text === "" ? null : { text, where: "authorization" };
}

function preflight(): Response {
  const allow = "POST, OPTIONS";
  const headers = {
    allow,
    "access-control-allow-origin": "*",
    "access-control-allow-methods": allow,
    "access-control-allow-headers": "Authorization, Content-Type, Content-Encoding",
  };
  return new Response(null, { status: 204, headers });
}

function responseOf(status: number, answer: TraceAnswer, more: Record<string, string> = {}): Response {
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
