/** The numbers of this process in the text format of Prometheus. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Metrics } from "../ports/metrics.ts";

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "rollcall_http_request_seconds",
    help: "HTTP exchanges by route pattern.",
    labelNames: ["method", "route", "status"],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  const checkIns = new Counter({
    name: "rollcall_check_ins_total",
    help: "Check-ins by dialect and what came of them.",
    labelNames: ["dialect", "outcome"],
    registers: [registry],
  });
  return {
    observeRequest: ({ method, route, status, durationMs }) =>
      requests.observe({ method, route, status: String(status) }, durationMs / 1_000),
    countCheckIn: (labels) => checkIns.inc(labels),
    gauge(name, about, read) {
      registry.removeSingleMetric(name);
      const gauge = new Gauge({
        name,
        help: about,
        registers: [registry],
        async collect() {
          gauge.set(await read());
        },
      });
    },
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
