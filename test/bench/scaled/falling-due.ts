/**
 * A hundred thousand monitors fall due in one second: how long until two workers have opened all their incidents, with
 * all that is to be said of them in the outbox.
 */
import { startWebhookReceiver, WEBHOOK_SECRET } from "../../e2e/receivers.ts";
import { until } from "../../e2e/waiting.ts";
import { cronOf } from "../falling-due.ts";
import { seconds, type Benchmark } from "../figures.ts";
import { cpuMsOf } from "../programs.ts";
import { startScaled } from "./instance.ts";

const MONITORS = 100_000;
const PARTITIONS = 16;
const GRACE_MS = 1_000;
/** Time enough to make them all, and to start, before they are expected. */
const MAKING_SECONDS = 90;
const MINUTE_MS = 60_000;
const SETTLED_WITHIN_MS = 300_000;

export const scaledFallingDue: Benchmark = {
  name: "scaled-falling-due",
  group: "scaled",
  about: `${MONITORS} monitors whose runs do not come, all expected in the same second, on two workers`,
  async run({ isProfiled }) {
    const hooks = await startWebhookReceiver();
    const expectedAt = Math.ceil(Date.now() / 1_000 + MAKING_SECONDS) * 1_000;
    const input = () => ({ schedule: { cron: cronOf(expectedAt) }, graceMs: GRACE_MS });
    const rollcall = await startScaled({
      filling: { count: MONITORS, input, partitions: PARTITIONS },
      apis: 1,
      workers: 2,
      isProfiled,
    });
    try {
      const settings = { url: hooks.url, secret: WEBHOOK_SECRET };
      await rollcall.apis[0]?.client.channels.put("on-call", { kind: "webhook", settings });
      if (Date.now() > expectedAt)
        throw new Error("Making the monitors took longer than there was time for.");
      const deadlineAt = expectedAt + GRACE_MS;
      await until("the deadline", () => Date.now() > deadlineAt, { withinMs: 2 * MAKING_SECONDS * 1_000 });
      const cpu = (): number => rollcall.workers.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
      const before = { workers: cpu(), redis: cpuMsOf(rollcall.redis.pid) };
      const isAllJudged = async () =>
        (await rollcall.store.dueMonitors(deadlineAt + MINUTE_MS, 1)).length === 0;
      await until("every monitor judged", isAllJudged, { withinMs: SETTLED_WITHIN_MS });
      const tookMs = Date.now() - deadlineAt;
      const workersMs = cpu() - before.workers;
      const redisMs = cpuMsOf(rollcall.redis.pid) - before.redis;
      const page = await rollcall.store.listIncidents(
        "default",
        { status: "open", monitorId: null },
        { cursor: null, limit: 200 },
      );
      if (page.items.length < 200) throw new Error("There are no incidents.");
      return [
        {
          what: `all ${MONITORS} open and queued`,
          perSecond: (MONITORS * 1_000) / tookMs,
          perCpuSecond: workersMs > 0 ? (MONITORS * 1_000) / (workersMs + redisMs) : null,
          figure: `${seconds(tookMs)}; CPU: workers ${seconds(workersMs)}, Redis ${seconds(redisMs)}`,
        },
      ];
    } finally {
      await rollcall.stop();
      await hooks.close();
    }
  },
};
