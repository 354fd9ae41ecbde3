/**
 * Ten thousand monitors fall due in one second: how long until all their incidents are open and everything that is to
 * be said of them is queued, and how long a check-in takes meanwhile.
 */
import { everyItem, type Client } from "../../src/client/client.ts";
import { startWebhookReceiver, WEBHOOK_SECRET } from "../e2e/receivers.ts";
import { PING_KEY } from "../e2e/server-program.ts";
import { until } from "../e2e/waiting.ts";
import { seconds, type Benchmark, type Figure } from "./figures.ts";
import { p99, probe } from "./load.ts";
import { fillFolder } from "./monitors.ts";
import { cpuMsOf, makeFolder, startRollcall } from "./programs.ts";

const MONITORS = 10_000;
/** Those that check in meanwhile. */
const OTHERS = 100;
const CHECK_INS_A_SECOND = 200;
const GRACE_MS = 1_000;
/** Time enough to make them all, and to start, before they are expected. */
const MAKING_SECONDS = 20;
const WANTED_OPEN_MS = 5_000;
const WANTED_P99_MS = 100;

export const fallingDue: Benchmark = {
  name: "falling-due",
  about: `${MONITORS} monitors whose runs do not come, all expected in the same second`,
  async run({ isProfiled }) {
    const folder = makeFolder();
    const hooks = await startWebhookReceiver();
    const expectedAt = Math.ceil(Date.now() / 1_000 + MAKING_SECONDS) * 1_000;
    const due = { schedule: { cron: cronOf(expectedAt) }, graceMs: GRACE_MS };
    const other = { schedule: { every: 3_600_000 } };
    const input = (index: number) => (index < MONITORS ? due : other);
    await fillFolder(folder.path, { count: MONITORS + OTHERS, input });
    const server = await startRollcall({ data: folder.path, isProfiled });
    try {
      const settings = { url: hooks.url, secret: WEBHOOK_SECRET };
      await server.client.channels.put("on-call", { kind: "webhook", settings });
      if (Date.now() > expectedAt)
        throw new Error("Making the monitors took longer than there was time for.");
      return await watched(server, expectedAt + GRACE_MS);
    } finally {
      await server.stop();
      await hooks.close();
      folder.remove();
    }
  },
};

/** One second of one day. */
export function cronOf(expectedAt: number): string {
  const at = new Date(expectedAt);
  const clock = [at.getUTCSeconds(), at.getUTCMinutes(), at.getUTCHours()];
  return `${clock.join(" ")} ${at.getUTCDate()} ${at.getUTCMonth() + 1} *`;
}

async function watched(
  server: Awaited<ReturnType<typeof startRollcall>>,
  deadlineAt: number,
): Promise<Figure[]> {
  await until("the deadline", () => Date.now() > deadlineAt, { withinMs: 60_000 });
  const cpuBeforeMs = cpuMsOf(server.pid);
  const checkIns = await probe({ ...server, perSecond: CHECK_INS_A_SECOND, request: successes() });
  await until("every monitor judged", async () => (await dueLag(server.url)) === 0, { withinMs: 120_000 });
  const openMs = Date.now() - deadlineAt;
  const cpuMs = cpuMsOf(server.pid) - cpuBeforeMs;
  const tookMs = await checkIns.stop();
  await requireAll(server.client);
  return [
    {
      what: `all ${MONITORS} open and queued`,
      perSecond: (MONITORS * 1_000) / openMs,
      perCpuSecond: cpuMs > 0 ? (MONITORS * 1_000) / cpuMs : null,
      figure: seconds(openMs),
      wanted: seconds(WANTED_OPEN_MS),
    },
    {
      what: `p99 of ${tookMs.length} check-ins meanwhile`,
      figure: `${p99(tookMs).toFixed(0)} ms`,
      wanted: `${WANTED_P99_MS} ms`,
    },
  ];
}

function successes(): () => string {
  let count = 0;
  return () => {
    const path = `/checkin/${PING_KEY}/job-${MONITORS + (count % OTHERS)}?run=${count}`;
    count += 1;
    return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;
  };
}

/** How long the oldest due monitor has been waiting, in seconds. */
async function dueLag(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^rollcall_due_lag_seconds (\S+)$/m.exec(text)?.[1]);
}

async function requireAll(client: Client): Promise<void> {
  const opened = new Set<string>();
  for await (const { incident, change } of everyItem(client.notifications.list)) {
    if (change === "opened" && incident !== null) opened.add(incident);
  }
  if (opened.size !== MONITORS) throw new Error(`Only ${opened.size} of ${MONITORS} are told of.`);
}
