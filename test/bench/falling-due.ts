/** A thousand monitors fall due at one instant: how long until the last of their incidents has been told. */
import { everyItem, type Client } from "../../src/client/client.ts";
import { startWebhookReceiver, WEBHOOK_SECRET, type ToldEvent } from "../e2e/receivers.ts";
import { until } from "../e2e/waiting.ts";
import { cpuMsOf, startRollcall } from "./programs.ts";

const MONITORS = 1_000;
/** No more on a channel than are told one by one. */
const ON_A_CHANNEL = 20;
const GRACE_MS = 1_000;
/** Time enough to make them all before they are expected. */
const MAKING_SECONDS = 10;
/** Monitors made at once. */
const AT_ONCE = 8;

export interface DueFigures {
  channels: number;
  monitors: number;
  messages: number;
  /** From the deadline, in ms. */
  firstToldMs: number;
  lastToldMs: number;
  /** The same for the moment at which each incident was opened in the store. */
  lastOpenedMs: number;
  cpuMs: number | null;
}

export async function measureFallingDue(options: {
  channels: number;
  profile: boolean;
}): Promise<DueFigures> {
  const toldAt: number[] = [];
  const told = new Set<string>();
  const onTold = ({ digest, incident }: ToldEvent): void => {
    toldAt.push(Date.now());
    for (const id of digest?.incident_ids ?? [incident?.id ?? ""]) told.add(id);
  };
  const hooks = await startWebhookReceiver({ onTold });
  const { server, home } = await startRollcall(options);
  try {
    const { client } = server;
    const deadlineAt = await makeMonitors(client, { url: hooks.url, channels: options.channels });
    await until("the deadline", () => Date.now() >= deadlineAt - 100, { withinMs: 30_000 });
    const cpuBeforeMs = cpuMsOf(server.pid);
    await until("every incident told", () => told.size >= MONITORS, { withinMs: 30_000 });
    const cpuAfterMs = cpuMsOf(server.pid);
    return {
      channels: options.channels,
      monitors: MONITORS,
      messages: toldAt.length,
      firstToldMs: Math.min(...toldAt) - deadlineAt,
      lastToldMs: Math.max(...toldAt) - deadlineAt,
      lastOpenedMs: (await lastOpenedAt(client)) - deadlineAt,
      cpuMs: cpuBeforeMs === null || cpuAfterMs === null ? null : cpuAfterMs - cpuBeforeMs,
    };
  } finally {
    await server.stop();
    await hooks.close();
    home.remove();
  }
}

/** Resolves with the instant at which all of them fall due. */
async function makeMonitors(client: Client, to: { url: string; channels: number }): Promise<number> {
  for (let index = 0; index < to.channels; index += 1) {
    const settings = { url: `${to.url}/${index}`, secret: WEBHOOK_SECRET };
    await client.channels.put(`channel-${index}`, { kind: "webhook", settings });
  }
  // One second of one day.
  const expectedAt = Math.ceil(Date.now() / 1_000 + MAKING_SECONDS) * 1_000;
  const expected = new Date(expectedAt);
  const clock = [expected.getUTCSeconds(), expected.getUTCMinutes(), expected.getUTCHours()];
  const cron = `${clock.join(" ")} ${expected.getUTCDate()} ${expected.getUTCMonth() + 1} *`;
  let made = 0;
  const makeSome = async (): Promise<void> => {
    for (let index = made; index < MONITORS; index = made) {
      made += 1;
      const channel = `channel-${Math.floor(index / ON_A_CHANNEL) % to.channels}`;
      await client.monitors.put(`job-${index}`, {
        schedule: { cron },
        grace: GRACE_MS / 1_000,
        channels: [{ name: channel }],
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, makeSome));
  if (Date.now() > expectedAt) throw new Error("Making the monitors took longer than there was time for.");
  return expectedAt + GRACE_MS;
}

async function lastOpenedAt(client: Client): Promise<number> {
  let latestAt = 0;
  for await (const { created_at: createdAt } of everyItem(client.notifications.list)) {
    latestAt = Math.max(latestAt, Date.parse(createdAt));
  }
  return latestAt;
}
