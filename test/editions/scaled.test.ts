/** The scaled edition as the processes it is: alike wherever a request goes, and there while one of them is not. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import { testEdition, type RunningEdition } from "../contracts/edition.ts";
import { startRedis, startRedisCluster } from "../redis-server.ts";
import { requirement } from "../requirements.ts";
import { startServer } from "./program.ts";

const redisProgram = requirement("redis");
const VAULT_KEY = "0123456789abcdef".repeat(4);
const KEYS = {
  ROLLCALL_ADMIN_KEY: "rck_admin_default_0123456789abcdefABCD",
  ROLLCALL_PING_KEY: "rck_ping_default_0123456789abcdefABCD",
};
const SAFE = { appendonly: "yes", appendfsync: "always" };

const folder = mkdtempSync(join(tmpdir(), "rollcall-scaled-"));
const closing: (() => Promise<unknown>)[] = [];
let count = 0;

afterAll(async () => {
  for (const close of closing.splice(0)) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** Of one instance: a prefix of its own, in whatever Redis. */
function instanceAt(url: string): Record<string, string> {
  count += 1;
  return {
    ...KEYS,
    ROLLCALL_REDIS_URL: url,
    ROLLCALL_REDIS_PREFIX: `scaled-${count}`,
    ROLLCALL_VAULT_KEY: VAULT_KEY,
    ROLLCALL_DATA: join(folder, `data-${count}`),
  };
}

/** All that is needed in one process. */
async function oneProcess(urls: () => Promise<string>): Promise<RunningEdition> {
  const environment = instanceAt(await urls());
  let server = await startServer(environment);
  return {
    get url() {
      return server.url;
    },
    adminKey: KEYS.ROLLCALL_ADMIN_KEY,
    pingKey: KEYS.ROLLCALL_PING_KEY,
    async restart() {
      await server.stop();
      server = await startServer(environment);
    },
    async stop() {
      expect(await server.stop()).toBe(0);
    },
  };
}

/** Two that take requests, by turns, and two that tick and deliver; all started at once. */
async function fourProcesses(urls: () => Promise<string>): Promise<RunningEdition> {
  const environment = { ...instanceAt(await urls()), ROLLCALL_PARTITIONS: "4" };
  const roles = ["api", "api", "worker", "worker"];
  const startOne = (role: string | undefined) => startServer(environment, ["--role", role ?? ""]);
  const servers = await Promise.all(roles.map(startOne));
  let turn = 0;
  return {
    get url() {
      turn += 1;
      return servers[turn % 2]?.url ?? "";
    },
    adminKey: KEYS.ROLLCALL_ADMIN_KEY,
    pingKey: KEYS.ROLLCALL_PING_KEY,
    async restart() {
      for (const [index, server] of servers.entries()) {
        expect(await server.stop()).toBe(0);
        servers[index] = await startOne(roles[index]);
      }
    },
    async stop() {
      expect(await Promise.all(servers.map((server) => server.stop()))).toEqual([0, 0, 0, 0]);
    },
  };
}

const aRedis = async () => {
  const redis = await startRedis(redisProgram?.path ?? "", SAFE);
  closing.push(() => redis.stop());
  return redis.url;
};
const aCluster = async () => {
  const cluster = await startRedisCluster(redisProgram?.path ?? "", SAFE);
  closing.push(() => cluster.stop());
  return cluster.urls.join(",");
};

// Where there is no redis-server there is nothing to run on; CI requires it.
describe.skipIf(redisProgram === null)("on Redis", () => {
  testEdition("scaled (one process, one Redis)", () => oneProcess(aRedis));
  testEdition("scaled (two APIs and two workers, one Redis)", () => fourProcesses(aRedis));
  testEdition("scaled (two APIs and two workers, a Cluster)", () => fourProcesses(aCluster));
});
