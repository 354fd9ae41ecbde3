/** Signs of life among processes: one whose clock was set must not say what others would believe for an hour. */
import { describe, expect, test } from "vitest";
import type { Clock } from "../../../src/ports/outside.ts";
import { openRedis } from "../../../src/stores/redis.ts";
import { wallClock } from "../../../src/system/clock.ts";
import { blindSpot, HOUR, SECOND } from "../../makers.ts";
import { requirement } from "../../requirements.ts";
import { redisTrial } from "./redis-trial.ts";

const redis = requirement("redis");
const real = wallClock();
const LATER = { code: "unavailable", retryAfterSeconds: 1 };

// Without redis-server there is no time but one's own.
describe.skipIf(redis === null)("a process whose clock was set ahead", () => {
  const trial = redisTrial(redis?.path ?? "");
  const local: Clock & { offMs: number } = { offMs: 0, now: () => real.now() + local.offMs };
  const opened = async () => {
    const more = { urls: [trial.server().url], prefix: trial.prefix(), wait: "none" } as const;
    local.offMs = 0;
    const { store, clock } = await openRedis({ ...more, clock: local });
    if (clock === null) throw new Error("time is real here");
    return { store, clock };
  };

  test("gives no sign from the future, for then nobody would find that none was given until it comes", async () => {
    const { store, clock } = await opened();
    const at = clock.now();
    await store.signOfLife(at);
    local.offMs = HOUR;
    await expect(store.signOfLife(clock.now())).rejects.toMatchObject(LATER);
    expect(await store.lastSignOfLifeAt()).toBe(at);
    // By then the time is known again.
    await store.signOfLife(clock.now());
    expect(await store.lastSignOfLifeAt()).toBeLessThan(at + 10 * SECOND);
    await store.close();
  });

  test("finds no blind spot that is still to come, for nothing in it would be missing", async () => {
    const { store, clock } = await opened();
    const at = clock.now();
    await store.signOfLife(at);
    local.offMs = HOUR;
    const found = blindSpot({ id: "blind_1", fromAt: at, toAt: clock.now() });
    await expect(store.addBlindSpot(found)).rejects.toMatchObject(LATER);
    expect(await store.listBlindSpots(0)).toEqual([]);
    expect(await store.lastSignOfLifeAt()).toBe(at);
    const over = { ...found, toAt: clock.now() };
    await store.addBlindSpot(over);
    expect(await store.listBlindSpots(0)).toEqual([over]);
    await store.close();
  });
});
