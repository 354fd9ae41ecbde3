/** What the document says of sizes follows from its own assumptions, and what it says of backups brings the data back. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { startLocally } from "../../deploy/local/start.mjs";
import { assumptionsOf, sizeOf, sizingExample, sizingTable } from "../../deploy/sizing.mjs";
import { LIMITS } from "../../src/domain/limits.ts";
import { QUEUE_LIMITS } from "../../src/domain/queue-limits.ts";
import { STORE_LIMITS } from "../../src/domain/store-limits.ts";
import { requirement } from "../requirements.ts";
import { sparePort } from "../spare-port.ts";
import { commandsIn, PROJECT, read } from "./reading.ts";

const readme = read("README.md");
const assumptions = assumptionsOf(readme);
const redis = requirement("redis");

describe("sizes", () => {
  test("are those that follow from the assumptions beside them", () => {
    const cells = (line: string): string[] => line.split("|").map((cell) => cell.trim());
    const said = /^### What follows$.*?(^\|.*?)^$/ms.exec(readme)?.[1]?.trim().split("\n") ?? [];
    const follows = sizingTable(assumptions);
    expect(said.filter((line) => !/^[|\s-]+$/.test(line)).map(cells)).toEqual(
      follows.filter((line) => !/^[|\s-]+$/.test(line)).map(cells),
    );
    expect(readme.replaceAll(/\s+/g, " ")).toContain(sizingExample(assumptions));
  });

  test("are made with the arithmetic that a reader would do", () => {
    const round = {
      "check-ins a run": 2,
      "peak to average": 2,
      "runs in 100 that never come": 50,
      "windows kept a monitor": 100,
      "days kept": 10,
      "bytes a monitor": 1_000,
      "bytes a kept window": 10,
      "check-ins a second an API": 10,
      "due monitors a second a worker": 5,
      "check-ins a second a master": 10,
      "gigabytes of a master in use": 1,
      "bytes a check-in outside": 125,
      "bytes a check-in to Redis": 1_250,
      "partitions a project": 2,
      "masters a cluster": 3,
    };
    // 10 runs a second: 20 check-ins, 40 at the peak, where 10 never come.
    expect(sizeOf(round, { monitors: 36_000, everySeconds: 3_600 })).toEqual({
      checkIns: 20,
      peak: 40,
      apis: 5,
      workers: 3,
      gigabytes: 0.072,
      masters: 4,
      megabits: { outside: 0.04, redis: 0.4 },
      projects: 2,
      clusters: 2,
    });
    // A day's windows of ten days are ten, not a hundred.
    expect(sizeOf(round, { monitors: 1_000_000, everySeconds: 86_400 }).gigabytes).toBe(1.1);
    expect(() => sizeOf({}, { monitors: 1, everySeconds: 1 })).toThrow('has no "check-ins a run"');
  });

  test("assume the limits that there are", () => {
    expect(assumptions["days kept"]).toBe(LIMITS.historyMs / 86_400_000);
    expect(assumptions["windows kept a monitor"]).toBe(STORE_LIMITS.rowsPerMonitorInRedis);
    expect(assumptions["partitions a project"]).toBe(LIMITS.partitionsPerProject);
    expect(readme).toMatch(new RegExp(`at most ${QUEUE_LIMITS.tickGroups} judge at a\\s+time`));
  });
});

// Without Redis there is nothing to copy.
describe.skipIf(redis === null)("a backup of Redis", () => {
  test(
    "taken and restored with the commands of the document holds everything",
    { timeout: 60_000 },
    async () => {
      const root = mkdtempSync(join(tmpdir(), "rollcall-restored-"));
      const spare = await sparePort();
      const quiet = {
        port: 0,
        apis: 0,
        workers: 0,
        server: join(PROJECT, "package.json"),
        tell: () => undefined,
      };
      const first = await startLocally({ ...quiet, data: join(root, "first") });
      try {
        const { port } = new URL(first.redisUrl);
        const client = new Redis(first.redisUrl);
        await client.mset(
          Object.fromEntries(Array.from({ length: 1_000 }, (_, place) => [`key-${place}`, place])),
        );
        client.disconnect();
        const commands = commandsIn(readme).filter((line) => /redis-|\.rdb/.test(line));
        expect(commands).toHaveLength(5);
        for (const command of commands) {
          const here = command
            .replaceAll(/\/var\/(backups|lib)/g, join(root, "var"))
            .replaceAll("-p 6379", `-p ${port}`)
            .replaceAll("6399", String(spare));
          execFileSync("sh", ["-ec", `mkdir -p ${join(root, "var")}; ${here}`], { stdio: "ignore" });
        }
      } finally {
        await first.stop();
      }
      cpSync(join(root, "var/restored/appendonlydir"), join(root, "second/redis/appendonlydir"), {
        recursive: true,
      });
      const second = await startLocally({ ...quiet, data: join(root, "second") });
      const client = new Redis(second.redisUrl);
      const kept = [await client.dbsize(), await client.get("key-999")];
      client.disconnect();
      await second.stop();
      rmSync(root, { recursive: true, force: true });
      expect(kept).toEqual([1_000, "999"]);
    },
  );
});
