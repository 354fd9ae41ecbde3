/** The outgoing heartbeat: sent by ticks that were completed, seldom, one at a time, and a failure is told once. */
import { expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { OutboundError, type OutboundResponse } from "../../src/ports/outbound.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { createWorld, partsOf } from "../stories/world.ts";

const URL = "https://watcher.example.org/checkin/rck_ping_default_secret/this-one?create=1&every=1m";
const ANSWERED: OutboundResponse = { status: 200, headers: {}, body: "OK" };

test("a completed tick sends one, and the next not before its time", async () => {
  const { world, called, everyMs } = await watched();
  expect(called).toEqual([URL]);
  for (let passedMs = 0; passedMs < 2 * everyMs; passedMs += 1_000) {
    world.wall.at += 1_000;
    await world.tick();
    await world.engine.heartbeatSettled();
  }
  expect(called).toHaveLength(3);
});

test("a tick that fails sends none, nor does one that judges where nobody hears", async () => {
  const { world, called, everyMs, store } = await watched();
  store.isBroken = true;
  world.wall.at += everyMs;
  await expect(world.engine.tick()).rejects.toThrow();
  expect(called).toHaveLength(1);

  const deaf = await watched({ sharing: { isHearing: false } });
  expect(deaf.called).toEqual([]);
  await deaf.world.store.signOfLife(deaf.world.wall.at);
  deaf.world.wall.at += LIMITS.blindAfterMs;
  await deaf.world.tick();
  expect(deaf.called).toHaveLength(1);
  deaf.world.wall.at += everyMs;
  await deaf.world.tick();
  expect(deaf.called).toHaveLength(1);
});

test("while one is on its way there is no second, and ticks go on", async () => {
  const { world, called, answer, everyMs } = await watched();
  const { promise, resolve } = Promise.withResolvers<OutboundResponse>();
  answer.with = () => promise;
  for (let count = 0; count < 5; count += 1) {
    world.wall.at += everyMs;
    await world.tick();
  }
  expect(called).toHaveLength(2);
  resolve(ANSWERED);
  await world.engine.heartbeatSettled();
  await world.tick();
  expect(called).toHaveLength(3);
});

test("failures are counted, told once and without the address, and leave Rollcall ready", async () => {
  const { world, answer, logged, everyMs } = await watched();
  const beat = async (): Promise<void> => {
    world.wall.at += everyMs;
    await world.tick();
    await world.engine.heartbeatSettled();
  };
  const failing = [
    () => Promise.reject(new OutboundError("connect", "The connection to watcher.example.org failed.")),
    () => Promise.reject(new Error(`of ours, with ${URL}`)),
    () => Promise.resolve({ ...ANSWERED, status: 404 }),
  ];
  for (const one of failing) {
    answer.with = one;
    await beat();
  }
  expect(await world.engine.readiness()).toMatchObject({ isReady: true, failingHeartbeats: 3 });
  expect(logged).toEqual(["the heartbeat does not arrive"]);
  answer.with = () => Promise.resolve(ANSWERED);
  await beat();
  expect(await world.engine.readiness()).toMatchObject({ isReady: true, failingHeartbeats: 0 });
  expect(logged).toEqual(["the heartbeat does not arrive", "the heartbeat arrives again"]);
});

test("no log holds the address, whatever fails", async () => {
  for (const error of [
    new OutboundError("timeout", "It did not answer."),
    new Error(URL),
    new TypeError(URL),
  ]) {
    const { world, answer, told, everyMs } = await watched();
    answer.with = () => Promise.reject(error);
    world.wall.at += everyMs;
    await world.tick();
    await world.engine.heartbeatSettled();
    expect(told()).toContain("does not arrive");
    expect(told()).not.toContain("secret");
  }
});

async function watched(more: { sharing?: { isHearing: boolean } } = {}) {
  const called: string[] = [];
  const logged: string[] = [];
  const whole: unknown[] = [];
  const answer = { with: (): Promise<OutboundResponse> => Promise.resolve(ANSWERED) };
  const inner = createMemoryStore();
  const store = { isBroken: false };
  const breaking: Store = {
    ...inner,
    async dueMonitors(...asked) {
      if (store.isBroken) throw new Error("the store does not answer");
      return inner.dueMonitors(...asked);
    },
  };
  const note = (what: string, fields?: Record<string, unknown>): void => {
    if (!what.startsWith("the heartbeat")) return;
    logged.push(what);
    whole.push(what, fields);
  };
  const way = {
    request: ({ url }: { url: string }) => {
      called.push(url);
      return answer.with();
    },
  };
  const { log } = partsOf(inner, { at: 0 });
  const world = await createWorld("2026-03-02T00:00:00Z", breaking, {
    log: { ...log, info: note, warn: note },
    heartbeatTo: { url: URL, way },
    ...more,
  });
  await world.engine.heartbeatSettled();
  const told = (): string => JSON.stringify(whole);
  return { world, called, logged, told, answer, store, everyMs: LIMITS.heartbeatEveryMs };
}
