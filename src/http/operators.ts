/** For those who run Rollcall: is it alive, can it work, and its numbers. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Engine } from "../engine/engine.ts";
import type { VitalSigns } from "../engine/vital-signs.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Condition, HttpParts } from "./parts.ts";

export type OperatorParts = Pick<HttpParts, "engine" | "metrics" | "condition">;

const NOTHING_KNOWN: Condition = { problems: [], notes: [] };

export function mountOperators(app: OpenAPIHono, { engine, metrics, condition }: OperatorParts): void {
  app.get("/healthz", (context) => context.text("ok\n"));

  app.get("/readyz", async (context) => {
    const [readiness, own, delays] = await Promise.all([
      engine.readiness(),
      condition?.() ?? NOTHING_KNOWN,
      // Where the store does not answer, readiness says so.
      engine.delays().catch(() => []),
    ]);
    const { failingChannels, failingHeartbeats } = readiness;
    const problems = [...readiness.problems, ...own.problems];
    if (problems.length > 0) return context.text(`not ready: ${problems.join(" ")}\n`, 503);
    const channels = failingChannels === 0 ? [] : [`channels that fail: ${failingChannels}`];
    const heartbeats = failingHeartbeats === 0 ? [] : [`heartbeats that failed: ${failingHeartbeats}`];
    const notes = [
      ...channels,
      ...heartbeats,
      ...[...delays, ...own.notes].map((told) => told.replace(/\.$/, "")),
    ];
    return context.text(`${["ready", ...notes].join("; ")}\n`);
  });

  registerGauges(engine, metrics);
  app.get("/metrics", async (context) => {
    const { contentType, body } = await metrics.text();
    return context.body(body, 200, { "content-type": contentType });
  });
}

interface Gauge {
  name: string;
  about: string;
  value: (signs: VitalSigns) => number | null;
}

/** All of them about the whole: every process that shares the store answers the same. */
const GAUGES: readonly Gauge[] = [
  {
    name: "rollcall_due_lag_seconds",
    about: "Of the whole: how long the oldest due monitor has been waiting to be judged.",
    value: ({ dueLagMs }) => dueLagMs / 1_000,
  },
  {
    name: "rollcall_outbox_age_seconds",
    about: "Of the whole: how long the message that waits longest could have been sent already.",
    value: ({ outboxAgeMs }) => outboxAgeMs / 1_000,
  },
  {
    name: "rollcall_channels_failing",
    about: "Of the whole: how many channels do not deliver.",
    value: ({ failingChannels }) => failingChannels,
  },
  {
    name: "rollcall_hearing_age_seconds",
    about: "Of the whole: since the latest sign of life of any process that hears.",
    value: ({ hearingAgeMs }) => (hearingAgeMs === null ? null : hearingAgeMs / 1_000),
  },
  {
    name: "rollcall_blind_last_day_seconds",
    about: "Of the whole: for how long of the last 24 hours nothing could be heard.",
    value: ({ blindMs }) => blindMs / 1_000,
  },
  {
    name: "rollcall_blind_last_day_spots",
    about: "Of the whole: how many blind spots reach into the last 24 hours.",
    value: ({ blindSpots }) => blindSpots,
  },
];

function registerGauges(engine: Engine, metrics: Metrics): void {
  let underWay: Promise<VitalSigns> | null = null;
  // Read all together, each asks for the same.
  const signs = (): Promise<VitalSigns> =>
    (underWay ??= engine.vitalSigns().finally(() => {
      underWay = null;
    }));
  for (const { name, about, value } of GAUGES) metrics.gauge(name, about, async () => value(await signs()));
}
