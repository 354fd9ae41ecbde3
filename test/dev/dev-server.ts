/**
 * The embedded edition on a fast clock, with sample monitors whose jobs really check in and channels whose messages
 * are told to whoever works on it. Everything it keeps is in a folder that goes with it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "../../src/client/client.ts";
import { startEmbedded } from "../../src/editions/embedded.ts";
import { wallClock } from "../../src/system/clock.ts";
import { readSettings } from "../../src/system/settings.ts";
import { type Loop, startLoop } from "../../src/system/timers.ts";
import { answering, startHttpReceiver } from "../stubs/http-receiver.ts";
import { type FastClock, fastClock } from "./fast-clock.ts";
import { type Sample, samplesAt, SUSPENDED } from "./samples.ts";

export const ADMIN_KEY = "rck_admin_default_devAdminSecret0123456789";
export const PING_KEY = "rck_ping_default_devPingSecret01234567890";
const WRONG_KEY = "rck_ping_default_thisSecretIsTheOldOne12345";

/** Loops turn as often as the clock needs them, whatever its speed. */
const TURN_MS = 40;
const PACE = { tickMs: TURN_MS, deliveryMs: TURN_MS, hearingMs: TURN_MS, sweepMs: 60_000 };

export interface DevServer {
  url: string;
  client: Client;
  clock: FastClock;
  stop(): Promise<void>;
}

/** `tell` writes a line for each message that a channel was given. */
export async function startDevServer(given: {
  port: number;
  speed: number;
  tell: (line: string) => void;
}): Promise<DevServer> {
  const { port, speed, tell } = given;
  const folder = mkdtempSync(join(tmpdir(), "rollcall-dev-"));
  const clock = fastClock(wallClock(), speed);
  const startAt = clock.now();
  const settings = readSettings({
    ROLLCALL_PORT: String(port),
    ROLLCALL_DATA: folder,
    ROLLCALL_ADMIN_KEY: ADMIN_KEY,
    ROLLCALL_PING_KEY: PING_KEY,
    ROLLCALL_OUTBOUND_ALLOW: "127.0.0.0/8",
    ROLLCALL_LOG_LEVEL: "error",
  });
  const receiver = await startHttpReceiver((received, response) => {
    const channel = received.path.slice(1);
    if (channel === "gone") return answering({ status: 410 })(received, response);
    tell(`${clockText(clock)}  ${channel.padEnd(9)} ${messageIn(received.body)}`);
    return answering({ status: 204 })(received, response);
  });
  const server = await startEmbedded(settings, { clock, pace: PACE });
  const client = createClient({ url: server.url, key: ADMIN_KEY });
  const samples = samplesAt(startAt);
  await putChannels(client, receiver.url);
  await putSamples(client, samples);
  const loops = [
    loop(tell, async () => clock.step()),
    loop(tell, suspendOnce(clock, startAt)),
    ...samples.map((sample) => loop(tell, jobOf(sample, { clock, url: server.url }))),
  ];
  return {
    url: server.url,
    client,
    clock,
    async stop() {
      await Promise.all(loops.map((each) => each.stop()));
      await server.stop();
      await receiver.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function loop(tell: (line: string) => void, turn: () => Promise<void>): Loop {
  return startLoop({ everyMs: TURN_MS, turn, onError: (error) => tell(`a sample failed: ${String(error)}`) });
}

async function putChannels(client: Client, url: string): Promise<void> {
  for (const name of ["team", "operators", "gone"]) {
    await client.channels.put(name, { kind: "webhook", settings: { url: `${url}/${name}` } });
  }
  await client.project.patch({ default_channels: ["team"], operator_channels: ["operators"] });
}

async function putSamples(client: Client, samples: readonly Sample[]): Promise<void> {
  for (const { slug, monitor, pausedFor } of samples) {
    await client.monitors.put(slug, monitor);
    if (pausedFor !== undefined) await client.monitors.pause(slug, { reason: pausedFor });
  }
}

function jobOf(sample: Sample, { clock, url }: { clock: FastClock; url: string }): () => Promise<void> {
  const { slug, job, hasWrongKey = false } = sample;
  const key = hasWrongKey ? WRONG_KEY : PING_KEY;
  let count = 0;
  let nextAt = clock.now();
  return async () => {
    if (job === undefined || clock.now() < nextAt) return;
    // After a suspension the next one comes in its turn: what was missed was not run.
    while (nextAt <= clock.now()) nextAt += job.everyMs;
    await job.run(async (path, body = "") => {
      const answer = await fetch(`${url}/checkin/${key}/${slug}/${path}`, { method: "POST", body });
      await answer.text();
      if (!answer.ok && !hasWrongKey) throw new Error(`${slug}/${path} was answered ${answer.status}`);
    }, count);
    count += 1;
  };
}

function suspendOnce(clock: FastClock, startAt: number): () => Promise<void> {
  let isDone = false;
  return async () => {
    if (isDone || clock.now() < startAt + SUSPENDED.afterMs) return;
    isDone = true;
    clock.jump(SUSPENDED.forMs);
  };
}

function messageIn(body: string): string {
  const { data } = JSON.parse(body) as { data: { changes: { change: string; title: string }[] } };
  return data.changes.map(({ change, title }) => `${change}: ${title}`).join("; ");
}

function clockText(clock: FastClock): string {
  return new Date(clock.now()).toISOString().slice(11, 19);
}
