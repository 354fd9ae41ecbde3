/** For those who run Rollcall: is it alive, can it work, and its numbers. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { HttpParts } from "./parts.ts";

export function mountOperators(app: OpenAPIHono, { engine, metrics }: HttpParts): void {
  app.get("/healthz", (context) => context.text("ok\n"));

  app.get("/readyz", async (context) => {
    const { isReady, problems, failingChannels, failingHeartbeats } = await engine.readiness();
    if (!isReady) return context.text(`not ready: ${problems.join(" ")}\n`, 503);
    const channels = failingChannels === 0 ? "" : `; channels that fail: ${failingChannels}`;
    const heartbeats = failingHeartbeats === 0 ? "" : `; heartbeats that failed: ${failingHeartbeats}`;
    return context.text(`ready${channels}${heartbeats}\n`);
  });

  metrics.gauge("rollcall_due_lag_seconds", "How long the oldest due monitor has been waiting.", async () => {
    return (await engine.readiness()).lagMs / 1_000;
  });
  metrics.gauge("rollcall_channels_failing", "How many channels do not deliver.", async () => {
    return (await engine.readiness()).failingChannels;
  });
  app.get("/metrics", async (context) => {
    const { contentType, body } = await metrics.text();
    return context.body(body, 200, { "content-type": contentType });
  });
}
