/** `run` with a Rollcall that keeps what it is told over real HTTP, and a world in which time passes when a test says so. */
import { expect } from "vitest";
import { createRun, type RunJob, type RunOptions } from "../../src/client/run.ts";
import { pause } from "../../src/system/pause.ts";
import { answering, startHttpReceiver } from "../stubs/http-receiver.ts";
import type { Answer, HttpReceiver } from "../stubs/http-receiver.ts";

export const NOW = Date.parse("2026-11-22T06:00:00Z");
export const RECEIPT: Answer = answering({ status: 200, body: "{}" });

export interface Told {
  kind: string;
  query: Record<string, string>;
  body: Record<string, unknown>;
  /** `Idempotency-Key`. */
  key: string;
}

export interface WatchedRun {
  run: RunJob;
  server: HttpReceiver;
  options: RunOptions;
  now: number;
  /** What somebody was told that could not be told. */
  troubles: string[];
  /** What waits for time to pass, and how long it would. */
  timers: { delayMs: number; act: () => void }[];
  /** Lets everything that waits for time happen. */
  passTime(): void;
  /** Every check-in, in order. */
  told(): Told[];
  kinds(): string[];
  end(): Told;
  /** The steps told with the end. */
  steps(): Record<string, unknown>[];
  received(count: number): Promise<void>;
}

export async function watchRuns(): Promise<WatchedRun> {
  const server = await startHttpReceiver(RECEIPT);
  let ids = 0;
  const watched: WatchedRun = {
    server,
    now: NOW,
    troubles: [],
    timers: [],
    options: {
      url: server.url,
      key: "rck_ping_default_0123456789abcdefABCDEF",
      onTrouble: (trouble) => watched.troubles.push(trouble.message),
    },
    run: createRun({
      now: () => watched.now,
      uuid: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, "0")}`,
      after(delayMs, act) {
        const timer = { delayMs, act };
        watched.timers.push(timer);
        return () => void watched.timers.splice(watched.timers.indexOf(timer), 1);
      },
      pause,
      warn: (sentence) => watched.troubles.push(sentence),
    }),
    passTime() {
      for (const { act } of watched.timers.splice(0)) act();
    },
    told: () =>
      server.received.map(({ path, body, headers }) => {
        const url = new URL(path, server.url);
        return {
          kind: url.pathname.split("/").at(-1) ?? "",
          query: Object.fromEntries(url.searchParams),
          body: body === "" ? {} : (JSON.parse(body) as Record<string, unknown>),
          key: headers["idempotency-key"] ?? "",
        };
      }),
    kinds: () => watched.told().map(({ kind }) => kind),
    end() {
      const last = watched.told().at(-1);
      if (last === undefined) throw new Error("Nothing was told.");
      return last;
    },
    steps: () => watched.end().body["steps"] as Record<string, unknown>[],
    received: async (count) => {
      await expect.poll(() => server.received.length).toBe(count);
    },
  };
  return watched;
}
