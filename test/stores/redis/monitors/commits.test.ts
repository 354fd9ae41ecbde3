/** When Redis takes a commit, and when it is not taken: by the clocks of both, by what waits, by where it has to be. */
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Change } from "../../../../src/domain/change.ts";
import { LIMITS } from "../../../../src/domain/limits.ts";
import type { Clock } from "../../../../src/ports/outside.ts";
import { openRedis, type OpenedRedis } from "../../../../src/stores/redis.ts";
import type { RedisSettings } from "../../../../src/stores/redis/parts.ts";
import { wallClock } from "../../../../src/system/clock.ts";
import { change, HOUR, journalEntry, MINUTE, monitor, notification, SECOND, state } from "../../../makers.ts";
import { checkInAt } from "../../../stories/world.ts";
import { type RedisServer, startRedis } from "../../../redis-server.ts";
import { requirement } from "../../../requirements.ts";

const redis = requirement("redis");
const real = wallClock();
const LATER = { code: "unavailable", retryAfterSeconds: 1 };

// Without redis-server nobody takes a commit.
describe.skipIf(redis === null)("a commit", () => {
  let server: RedisServer;
  const ends: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    server = await startRedis(redis?.path ?? "");
  });
  afterAll(() => server.stop());
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  const opened = async (more: Partial<RedisSettings> = {}): Promise<OpenedRedis> => {
    const settings = {
      urls: [server.url],
      prefix: `p${(prefixes += 1)}`,
      wait: "none",
      clock: null,
    } as const;
    const open = await openRedis({ ...settings, ...more });
    ends.push(() => open.store.close());
    return open;
  };
  let prefixes = 0;

  describe("by the clock of Redis", () => {
    /** This machine's clock, which someone sets. */
    const local: Clock & { offMs: number } = { offMs: 0, now: () => real.now() + local.offMs };
    afterEach(() => {
      local.offMs = 0;
    });
    const withMonitor = async () => {
      const { store, clock } = await opened({ clock: local });
      if (clock === null) throw new Error("time is real here");
      await store.createMonitor(change());
      return { store, clock };
    };
    const decided = (at: number, given: Partial<Change> = {}): Change =>
      change({ baseVersion: 1, journal: journalEntry({ version: 2, at }), ...given });

    test.each([-5 * MINUTE, 5 * MINUTE])(
      "is taken from a machine that is %i ms off, also when it was set since",
      async (offMs) => {
        local.offMs = offMs;
        const { store, clock } = await withMonitor();
        expect(await store.commit(decided(clock.now()))).toBe("committed");
        local.offMs = 0;
        expect(await store.commit(change({ baseVersion: 2 }))).toBe("committed");
        expect(Math.abs(clock.now() - real.now())).toBeLessThan(LIMITS.clockOffMs);
      },
    );

    test("is not taken when it was decided ahead of the time, for then it may have judged too early", async () => {
      const { store, clock } = await withMonitor();
      local.offMs = 5 * SECOND;
      const early = clock.now();
      await expect(store.commit(decided(early))).rejects.toMatchObject(LATER);
      expect(await store.load("mon_1", {})).toMatchObject({ version: 1 });
      // By then the time is known again.
      expect(await store.commit(decided(clock.now()))).toBe("committed");
    });

    test("is not taken when it took for settled what may still be on its way, though it is dated back", async () => {
      const { store, clock } = await withMonitor();
      const settledAt = (at: number): Change => {
        const entry = journalEntry({ version: 2, at });
        return decided(at, { journal: { ...entry, context: { ...entry.context, settledAt: at } } });
      };
      local.offMs = 0.9 * SECOND;
      const early = settledAt(clock.now() - LIMITS.settleMs);
      await expect(store.commit(early)).rejects.toMatchObject(LATER);
      expect(await store.load("mon_1", {})).toMatchObject({ version: 1 });
      expect(await store.commit(settledAt(clock.now() - LIMITS.settleMs))).toBe("committed");
    });

    test("of a check-in is not taken when it comes so late that its window may have been judged without it", async () => {
      const { store, clock } = await withMonitor();
      const received = (receivedAt: number) =>
        decided(clock.now(), {
          journal: {
            ...journalEntry({ version: 2, at: clock.now() }),
            event: { type: "check_in", checkIn: checkInAt("start", receivedAt) },
          },
        });
      const tooLate = received(clock.now() - LIMITS.commitWithinMs - 50);
      await expect(store.commit(tooLate)).rejects.toMatchObject(LATER);
      expect(await store.load("mon_1", {})).toMatchObject({ version: 1 });
      expect(await store.commit(received(clock.now() - LIMITS.commitWithinMs / 2))).toBe("committed");
    });

    test("and so is a claim: nothing is leased by a clock that was set", async () => {
      const { store, clock } = await withMonitor();
      await store.addNotification(notification({ id: "ntf_1" }));
      const claim = (nowAt: number) => store.claimNotifications({ nowAt, leaseMs: MINUTE, limit: 10 });
      for (const offMs of [24 * HOUR, -5 * MINUTE]) {
        local.offMs += offMs;
        await expect(claim(clock.now())).rejects.toMatchObject(LATER);
      }
      expect(await claim(clock.now())).toHaveLength(1);
      expect(await claim(clock.now() + 2 * SECOND)).toEqual([]);
    });

    test("of the clock's own is taken however long ago it was decided", async () => {
      const { store, clock } = await withMonitor();
      expect(await store.commit(decided(clock.now() - HOUR))).toBe("committed");
    });
  });

  test("is refused before memory grows, when more is on its way than may be", async () => {
    const { store } = await opened();
    await store.createMonitor(change());
    await store.createMonitor(change({ monitor: monitor({ id: "mon_2" }) }));
    const long = (share: number) =>
      state({ lastRun: { ...LAST_RUN, state: "x".repeat(share * LIMITS.writesWaitingCharacters) } });
    const first = store.commit(change({ baseVersion: 1, state: long(0.05) }));
    const second = store.commit(
      change({ baseVersion: 1, monitor: monitor({ id: "mon_2" }), state: long(0.96) }),
    );
    await expect(second).rejects.toMatchObject(LATER);
    expect(await first).toBe("committed");
    expect(await store.load("mon_2", {})).toMatchObject({ version: 1 });
    expect(await store.commit(change({ baseVersion: 1, monitor: monitor({ id: "mon_2" }) }))).toBe(
      "committed",
    );
  });

  describe("that has to be with a replica", () => {
    test("is refused when it is with none in time, though it may be there", async () => {
      const { store } = await opened({ wait: "replica" });
      await expect(store.createMonitor(change())).rejects.toMatchObject(LATER);
      expect(await store.findMonitor("default", "mon-1")).toMatchObject({ id: "mon_1" });
    });

    test("is told once it is there, those that came together by one wait", async () => {
      const replica = await startRedis(redis?.path ?? "", { replicaof: `127.0.0.1 ${server.port}` });
      ends.push(() => replica.stop());
      const client = new Redis(replica.url);
      ends.push(async () => client.disconnect());
      await expect.poll(() => client.info("replication")).toContain("master_link_status:up");
      const { store } = await opened({ wait: "replica", prefix: "replicated" });
      const ids = Array.from({ length: 20 }, (_none, index) => `mon_${index}`);
      const added = ids.map((id) => store.createMonitor(change({ monitor: monitor({ id }) })));
      expect(new Set(await Promise.all(added))).toEqual(new Set(["committed"]));
      const kept = await client.keys("replicated:*:m:mon_*");
      expect(kept).toHaveLength(ids.length);
    });
  });
});

const LAST_RUN = { id: "mon_1-r1", runId: null, state: "started", startedAt: 0, finishedAt: null };
