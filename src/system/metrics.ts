/** The numbers of this process in the text format of Prometheus. `deploy/metrics.md` says what to do about each. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Metrics, WorkMetrics } from "../ports/metrics.ts";

/** What is counted by names that are known before anything happens. */
export interface KnownNames {
  dialects: readonly string[];
  /** Kinds of channel. */
  kinds: readonly string[];
}

/**
 * What an alert waits for begins at nought: of a number that is not there until it has risen, Prometheus sees neither
 * its first rise nor that it stays away.
 */
export function createMetrics(known: KnownNames = { dialects: [], kinds: [] }): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    ...exchanges(registry, known),
    ...work(registry, known),
    gauge(name, about, read) {
      registry.removeSingleMetric(name);
      const gauge = new Gauge({
        name,
        help: about,
        registers: [registry],
        async collect() {
          // Where the store cannot be asked, the numbers that this process has counted must be there all the same.
          const value = await read().catch(() => null);
          if (value === null) gauge.remove();
          else gauge.set(value);
        },
      });
    },
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

function exchanges(
  registry: Registry,
  { dialects }: KnownNames,
): Pick<Metrics, "observeRequest" | "countCheckIn"> {
  const requests = new Histogram({
    name: "rollcall_http_request_seconds",
    help: "Of this process: HTTP exchanges by route pattern, in seconds.",
    labelNames: ["method", "route", "status"],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  const checkIns = new Counter({
    name: "rollcall_check_ins_total",
    help: "Of this process: check-ins by dialect and what came of them.",
    labelNames: ["dialect", "outcome"],
    registers: [registry],
  });
  for (const dialect of dialects) {
    for (const outcome of ["accepted", "unavailable"]) checkIns.inc({ dialect, outcome }, 0);
  }
  return {
    observeRequest: ({ method, route, status, durationMs }) =>
      requests.observe({ method, route, status: String(status) }, durationMs / 1_000),
    countCheckIn: (labels) => checkIns.inc(labels),
  };
}

function work(registry: Registry, { kinds }: KnownNames): WorkMetrics {
  const commits = new Counter({
    name: "rollcall_commits_total",
    help: "Of this process: decisions about monitors by what they were about and what came of writing them; stale ones were made again.",
    labelNames: ["event", "outcome"],
    registers: [registry],
  });
  const ticks = new Histogram({
    name: "rollcall_tick_seconds",
    help: "Of this process: passes over what is due, in seconds.",
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  });
  const judgings = new Counter({
    name: "rollcall_monitors_judged_total",
    help: "Of this process: due monitors that it judged, and those that it could not.",
    labelNames: ["outcome"],
    registers: [registry],
  });
  const lag = new Histogram({
    name: "rollcall_tick_lag_seconds",
    help: "Of this process: how long monitors had been due when they were judged, in seconds.",
    buckets: [0.25, 0.5, 1, 2, 5, 15, 60, 300, 3600],
    registers: [registry],
  });
  const attempts = new Counter({
    name: "rollcall_delivery_attempts_total",
    help: "Of this process: messages by kind of channel and what came of sending them.",
    labelNames: ["kind", "result"],
    registers: [registry],
  });
  const storeErrors = new Counter({
    name: "rollcall_store_errors_total",
    help: "Of this process: calls of the store that failed, by what was asked and why; overload: it refused because too much waits.",
    labelNames: ["operation", "why"],
    registers: [registry],
  });
  for (const outcome of ["judged", "failed"]) judgings.inc({ outcome }, 0);
  for (const kind of kinds) {
    for (const result of ["sent", "retry", "given_up"]) attempts.inc({ kind, result }, 0);
  }
  return {
    countCommit: (labels) => commits.inc(labels),
    observeTick: ({ durationMs }) => ticks.observe(durationMs / 1_000),
    observeJudging({ isJudged, lagMs }) {
      judgings.inc({ outcome: isJudged ? "judged" : "failed" });
      lag.observe(lagMs / 1_000);
    },
    countAttempt: (labels) => attempts.inc(labels),
    countStoreError: (labels) => storeErrors.inc(labels),
  };
}
