/**
 * The fast edition with sample monitors whose jobs really check in, and channels whose messages are told to whoever
 * works on it.
 */
import type { Client } from "../../src/client/client.ts";
import { type Loop, startLoop } from "../../src/system/timers.ts";
import { answering, startHttpReceiver } from "../stubs/http-receiver.ts";
import type { FastClock } from "./fast-clock.ts";
import { type FastEdition, PING_KEY, startFastEdition, TURN_MS } from "./fast-edition.ts";
import { guardOf } from "./guards.ts";
import { type Sample, samplesAt, SUSPENDED } from "./samples.ts";

const WRONG_KEY = "rck_ping_default_thisSecretIsTheOldOne12345";

/** `tell` writes a line for each message that a channel was given. */
export async function startDevServer(given: {
  port: number;
  speed: number;
  tell: (line: string) => void;
}): Promise<FastEdition> {
  const { tell } = given;
  const edition = await startFastEdition(given);
  const { url, client, clock } = edition;
  const receiver = await startHttpReceiver((received, response) => {
    const channel = received.path.slice(1);
    if (channel === "gone") return answering({ status: 410 })(received, response);
    tell(`${clockText(clock)}  ${channel.padEnd(9)} ${messageIn(received.body)}`);
    return answering({ status: 204 })(received, response);
  });
  const startAt = clock.now();
  const samples = samplesAt(startAt);
  await putChannels(client, receiver.url);
  await putSamples(client, samples);
  const loops = [
    loop(tell, suspendOnce(clock, startAt)),
    loop(tell, guardOf(samples, { clock, url })),
    ...samples.map((sample) => loop(tell, jobOf(sample, { clock, url }))),
  ];
  return {
    ...edition,
    async stop() {
      await Promise.all(loops.map((each) => each.stop()));
      await edition.stop();
      await receiver.close();
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
  const { slug, job, refusedFor } = sample;
  const key = refusedFor === "key" ? WRONG_KEY : PING_KEY;
  const name = typeof refusedFor === "object" ? refusedFor.name : slug;
  let count = 0;
  let nextAt = clock.now();
  return async () => {
    if (job === undefined || clock.now() < nextAt) return;
    // After a suspension the next one comes in its turn: what was missed was not run.
    while (nextAt <= clock.now()) nextAt += job.everyMs;
    await job.run(async (path, body = "") => {
      const headers = { "content-type": body.startsWith("{") ? "application/json" : "text/plain" };
      const answer = await fetch(`${url}/checkin/${key}/${name}/${path}`, { method: "POST", headers, body });
      await answer.text();
      if (!answer.ok && refusedFor === undefined)
        throw new Error(`${slug}/${path} was answered ${answer.status}`);
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
