/** How many messages a second two workers deliver to a receiver on loopback, each signed and settled. */
import { notification } from "../../makers.ts";
import { startHttpReceiver, answering } from "../../stubs/http-receiver.ts";
import { until } from "../../e2e/waiting.ts";
import { seconds, type Benchmark } from "../figures.ts";
import { cpuMsOf } from "../programs.ts";
import { startScaled } from "./instance.ts";

const CHANNELS = 50;
const MESSAGES_EACH = 200;

export const scaledDeliveries: Benchmark = {
  name: "scaled-deliveries",
  group: "scaled",
  about: `${CHANNELS * MESSAGES_EACH} messages on ${CHANNELS} channels to a receiver on loopback, by two workers`,
  async run() {
    let received = 0;
    const taken = answering({ status: 204 });
    const receiver = await startHttpReceiver((...exchange) => {
      received += 1;
      return taken(...exchange);
    });
    const filling = { count: 1, input: () => ({ schedule: { every: 3_600_000 } }), partitions: 4 };
    const rollcall = await startScaled({ filling, apis: 1 });
    try {
      const names = Array.from({ length: CHANNELS }, (_none, index) => `channel-${index}`);
      for (const name of names) {
        const settings = { url: `${receiver.url}/${name}`, secret: null };
        await rollcall.apis[0]?.client.channels.put(name, { kind: "webhook", settings });
      }
      const before = received;
      for (const channel of names) {
        const some = Array.from({ length: MESSAGES_EACH }, (_none, index) =>
          notification({
            id: `bench-${channel}-${String(index).padStart(6, "0")}`,
            channel,
            incidentId: null,
            monitorId: null,
            change: "test",
            createdAt: Date.now(),
            notBeforeAt: Date.now(),
          }),
        );
        await Promise.all(some.map((each) => rollcall.store.addNotification(each)));
      }
      const all = CHANNELS * MESSAGES_EACH;
      const startedAt = Date.now();
      const workers = [await rollcall.start("worker"), await rollcall.start("worker")];
      await until("every message delivered", () => received - before >= all, { withinMs: 300_000 });
      const tookMs = Date.now() - startedAt;
      const cpuMs = workers.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
      return [
        {
          what: `${all} messages delivered, the workers' start included`,
          perSecond: (all * 1_000) / tookMs,
          perCpuSecond: cpuMs > 0 ? (all * 1_000) / cpuMs : null,
          figure: seconds(tookMs),
        },
      ];
    } finally {
      await rollcall.stop();
      await receiver.close();
    }
  },
};
