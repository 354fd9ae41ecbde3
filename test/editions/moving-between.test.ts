/**
 * An instance moves from a data folder into Redis and back, by the programs as they are: its ledgers are the same on
 * every side, and its jobs go on with the keys they have.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RedisServer, startRedis } from "../redis-server.ts";
import { requirement } from "../requirements.ts";
import { startServer } from "./program.ts";

const redisProgram = requirement("redis");
const SERVER = fileURLToPath(new URL("../../dist/server.mjs", import.meta.url));

/** A dozen programs are started one after the other. */
const MINUTES = { timeout: 120_000 };

type Environment = Record<string, string>;

/** One command of the server's program; what it told people. */
function rollcall(environment: Environment, ...words: string[]): { status: number | null; said: string } {
  const { status, stderr } = spawnSync(process.execPath, [SERVER, ...words], {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    encoding: "utf8",
  });
  return { status, said: stderr };
}

/**
 * The lines of an export, without when it was made and what follows from that. In which order different monitors come is
 * told by no store.
 */
function recordsOf(file: string): string[] {
  return readFileSync(file, "utf8").split("\n").slice(1, -2).toSorted();
}

// Without redis-server there is nowhere to move to; CI requires it.
describe.skipIf(redisProgram === null)("an instance", () => {
  let redis: RedisServer;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "rollcall-moving-"));
    redis = await startRedis(redisProgram?.path ?? "", { appendonly: "yes", appendfsync: "always" });
  });
  afterAll(async () => {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const path = (name: string) => join(folder, name);
  const inFolder = (data: string): Environment => ({ ROLLCALL_DATA: path(data) });
  const inRedis = (prefix: string, more: Environment = {}): Environment => ({
    ROLLCALL_REDIS_URL: redis.url,
    ROLLCALL_REDIS_PREFIX: prefix,
    ROLLCALL_DATA: path(`beside-${prefix}`),
    ...more,
  });
  const moved = (file: string, from: Environment, to: Environment): void => {
    const exported = rollcall(from, "export", path(file), "--with-key");
    expect(exported, exported.said).toMatchObject({ status: 0 });
    const imported = rollcall(to, "import", "instance", path(file));
    expect(imported, imported.said).toMatchObject({ status: 0 });
  };

  test(
    "goes from a folder into Redis and back, with its ledgers, and its jobs check in on every side",
    MINUTES,
    async () => {
      const first = await startServer(inFolder("data"));
      const [, ping = ""] =
        /checkin\/(rck_ping_\w+)/.exec(readFileSync(path("data/first-start.txt"), "utf8")) ?? [];
      const checkIn = async (url: string, job: string) =>
        (await fetch(`${url}/checkin/${ping}/${job}`)).status;
      expect(await checkIn(first.url, "nightly?create=1&cron=*+*+*+*+*+*&grace=0s")).toBe(200);
      expect(await checkIn(first.url, "backup/start?create=1&every=1h&run=first")).toBe(200);
      expect(await checkIn(first.url, "backup/success?run=first")).toBe(200);
      expect(await checkIn(first.url, "backup/start?run=second")).toBe(200);
      await expect.poll(async () => (await fetch(`${first.url}/readyz`)).status).toBe(200);
      expect(await first.stop()).toBe(0);

      moved("one.ndjson", inFolder("data"), inRedis("moved"));
      rollcall(inRedis("moved"), "export", path("two.ndjson"));
      expect(recordsOf(path("two.ndjson"))).toEqual(recordsOf(path("one.ndjson")));
      const scaled = await startServer(inRedis("moved"));
      expect(await checkIn(scaled.url, "backup/success?run=second")).toBe(200);
      expect(await scaled.stop()).toBe(0);

      moved("three.ndjson", inRedis("moved"), inFolder("back"));
      rollcall(inFolder("back"), "export", path("four.ndjson"));
      expect(recordsOf(path("four.ndjson"))).toEqual(recordsOf(path("three.ndjson")));
      expect(recordsOf(path("three.ndjson")).length).toBeGreaterThan(recordsOf(path("one.ndjson")).length);
      const back = await startServer(inFolder("back"));
      expect(await checkIn(back.url, "backup?run=third")).toBe(200);
      expect(await back.stop()).toBe(0);
    },
  );

  test("never comes over another, with another key, or half", MINUTES, async () => {
    await (await startServer(inFolder("whole"))).stop();
    const file = path("whole.ndjson");
    expect(rollcall(inFolder("whole"), "export", file).status).toBe(0);
    const into = (environment: Environment, ...more: string[]) =>
      rollcall(environment, "import", "instance", file, ...more);
    expect(into(inRedis("keyless")).said).toMatch(/give --key-file/);
    const otherKey = { ROLLCALL_VAULT_KEY: "0123456789abcdef".repeat(4) };
    expect(into(inRedis("keyless", otherKey)).said).toMatch(/line \d+: .*another key/);
    const key = { ROLLCALL_VAULT_KEY: readFileSync(path("whole/secret.key"), "utf8").trim() };
    expect(into(inRedis("there", key), "--force").said).toMatch(/^--force .*ROLLCALL_REDIS_PREFIX/);
    expect(into(inRedis("there", key)).status).toBe(0);
    expect(existsSync(path("beside-there"))).toBe(false);
    expect(into(inRedis("there", key)).said).toMatch(
      /^Something is under the prefix there .*ROLLCALL_REDIS_/,
    );
    expect(rollcall(inRedis("nowhere"), "export").said).toMatch(
      /^There is no instance under the prefix nowhere/,
    );
    expect(rollcall(inRedis("there", key), "backup", path("copy")).said).toMatch(
      /^backup and restore are for/,
    );
  });
});
