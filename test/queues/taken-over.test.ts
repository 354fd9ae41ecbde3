/**
 * Whatever becomes of a job (it waits, its worker dies or stands still, it is put off, it has failed), what it was to see to
 * is seen to by somebody within a time: nothing in BullMQ's books keeps a channel from being drained, or a group from its tick.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { within } from "../../src/system/timers.ts";
import { startRedis, type RedisServer } from "../redis-server.ts";
import { requirement } from "../requirements.ts";
import { askUntil, closing, queuesAt, SLACK, told, worker } from "./workers.ts";

const program = requirement("redis");
/** Until a lock has ended, and others have looked twice whether it has; the rest is for a busy machine. */
const TAKEN_OVER_MS = 2 * LIMITS.jobLockMs + 5_000;
const SWEEP_MS = 1_000;
const SLOW = { timeout: 60_000 };

// Where there is no redis-server there is nothing to run on; CI requires it.
describe.skipIf(program === null)("taken over:", () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis(program?.path ?? "");
  });
  afterAll(() => redis.stop());

  test("a drain that was asked for when nobody took any", async () => {
    await queuesAt(redis.url, "unheard").askForDrains([SLACK]);
    const one = await worker(queuesAt(redis.url, "unheard"));
    await expect.poll(() => one.drained).toEqual(["slack"]);
  });

  test(
    "a tick, a chore and a drain of a worker that died, and what was asked for meanwhile",
    SLOW,
    async () => {
      const prefix = "killed";
      const dying = await aside(prefix);
      await dying.has("tick", "sweep", "drain slack");
      // Behind the one that is under way.
      await dying.queues.askForDrains([SLACK]);
      dying.child.kill("SIGKILL");
      let swept = 0;
      const chores = [{ name: "sweep", everyMs: SWEEP_MS, turn: async () => void (swept += 1) }];
      const other = await worker(queuesAt(redis.url, prefix), { chores });
      await askUntil([other], () => other.ticked.flat().includes("default/0") && swept > 0, 5_000);
      await askUntil([other], () => other.drained.length >= 2, TAKEN_OVER_MS);
      expect(new Set(other.drained)).toEqual(new Set(["slack"]));
    },
  );

  test("a drain of two workers that died one after the other", SLOW, async () => {
    const prefix = "killed-twice";
    for (let deaths = 0; deaths < 2; deaths += 1) {
      const dying = await aside(prefix);
      await dying.has("drain slack");
      dying.child.kill("SIGKILL");
      await once(dying.child, "exit");
    }
    const queues = queuesAt(redis.url, prefix);
    const other = await worker(queues);
    // So it has failed, which is told until the channel was drained.
    await askUntil([other], () => other.drained.length > 0, TAKEN_OVER_MS);
    expect(told.map(({ what }) => what)).toContain("a job failed");
    await expect.poll(() => queues.failedDrains()).toEqual([]);
  });

  test("a drain that was put off by a clock that is ahead", async () => {
    const queues = queuesAt(redis.url, "ahead");
    const client = new Redis(redis.url);
    closing.push(async () => client.disconnect());
    let isFit = false;
    let drained = 0;
    await worker(queues, {
      async drain() {
        if (!isFit) throw new Error("not now");
        drained += 1;
      },
    });
    await queues.askForDrains([SLACK]);
    const delayed = "ahead:{queues}:drains:delayed";
    await expect.poll(() => client.zcard(delayed)).toBe(1);
    isFit = true;
    const [id = "", score = ""] = await client.zrange(delayed, "0", "-1", "WITHSCORES");
    // By twelve minutes; scores are instants times 4 096.
    await client.zadd(delayed, "XX", String(Number(score) + 720_000 * 4_096), id);
    await queues.askForDrains([SLACK]);
    await expect.poll(() => drained, { timeout: 6_000 }).toBe(1);
  });

  test(
    "a drain that failed for good, again and again until it went well; only then is it told no more",
    SLOW,
    async () => {
      const queues = queuesAt(redis.url);
      let isFit = false;
      let tries = 0;
      const one = await worker(queues, {
        async drain({ channel }) {
          tries += 1;
          if (channel === "slack" && !isFit) throw new Error("the outbox cannot be read");
        },
      });
      await queues.askForDrains([SLACK]);
      await expect.poll(() => queues.failedDrains()).toEqual([SLACK]);
      // Of another channel, which says nothing about this one.
      await queues.askForDrains([{ ...SLACK, channel: "email" }]);
      await askUntil([one], () => tries > 2 * LIMITS.drainAttempts + 1);
      expect(await queues.failedDrains()).toEqual([SLACK]);
      isFit = true;
      await expect.poll(() => one.ask().then(() => queues.failedDrains())).toEqual([]);
    },
  );

  test("a drain and a chore that never end", SLOW, async () => {
    const prefix = "stuck";
    const impatient: typeof within = (work, durationMs) =>
      within(work, durationMs > LIMITS.queueAnswerMs ? 500 : durationMs);
    const never = () => new Promise<void>(() => {});
    const chores = [{ name: "sweep", everyMs: SWEEP_MS, turn: never }];
    const stuck = await worker(queuesAt(redis.url, prefix, { within: impatient }), { drain: never, chores });
    const queues = queuesAt(redis.url, prefix);
    await queues.askForDrains([SLACK]);
    await expect.poll(() => queues.failedDrains()).toEqual([SLACK]);
    await askUntil([stuck], () => told.some(({ more }) => more?.["job"] === "chore sweep"));
    await stuck.stop();
    const other = await worker(queues);
    await askUntil([other], () => other.drained.length > 0);
    await expect.poll(() => queues.failedDrains()).toEqual([]);
  });

  test("what a suspended worker had; when it goes on it does no harm", SLOW, async () => {
    const prefix = "suspended";
    const suspended = await aside(prefix);
    await suspended.has("tick", "drain slack");
    suspended.child.kill("SIGSTOP");
    const queues = queuesAt(redis.url, prefix);
    const gate = Promise.withResolvers<void>();
    let begun = 0;
    const other = await worker(queues, {
      async drain() {
        begun += 1;
        await gate.promise;
      },
    });
    await askUntil([other], () => other.ticked.flat().includes("default/0"), 5_000);
    await askUntil([other], () => begun === 1, TAKEN_OVER_MS);
    suspended.child.stdin?.write("go on\n");
    suspended.child.kill("SIGCONT");
    // It tells Redis in vain, for both jobs are others' now, and the drain is still under way there.
    await suspended.says("tick ends", "drain slack ends");
    suspended.child.kill("SIGKILL");
    await queues.askForDrains([SLACK]);
    expect(begun).toBe(1);
    gate.resolve();
    await expect.poll(() => begun).toBe(2);
    expect(told.filter(({ more }) => more?.["queue"] === "drains")).toEqual([]);
  });

  /** A process that holds what it takes. */
  async function aside(prefix: string) {
    const file = new URL("./worker-program.ts", import.meta.url).pathname;
    const child: ChildProcess = spawn(process.execPath, [file, redis.url, prefix], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines: string[] = [];
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
    closing.push(async () => void child.kill("SIGKILL"));
    const says = (...what: readonly string[]) =>
      expect.poll(() => lines, { timeout: TAKEN_OVER_MS }).toEqual(expect.arrayContaining([...what]));
    await says("takes part");
    const queues = queuesAt(redis.url, prefix);
    return { child, queues, says, has };

    async function has(...what: readonly string[]): Promise<void> {
      await queues.askForDrains([SLACK]);
      await says(...what);
    }
  }
});
