/** A scaled Rollcall to be measured: a Redis with a log, filled through the store's own port, and its processes. */
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openRedis } from "../../../src/stores/redis.ts";
import type { Store } from "../../../src/ports/store.ts";
import { zoneDataVersion } from "../../../src/system/zone-data.ts";
import { type ServerProgram, startServer } from "../../e2e/server-program.ts";
import { type RedisServer, startRedis } from "../../redis-server.ts";
import { requirement } from "../../requirements.ts";
import { fill, type Filling, PROJECT } from "../monitors.ts";
import { makeFolder, programFile, resultsFolder } from "../programs.ts";

const PREFIX = "rollcall";

export interface ScaledRollcall {
  redis: RedisServer;
  apis: readonly ServerProgram[];
  workers: readonly ServerProgram[];
  /** The same store, for questions that no API answers in one call. */
  store: Store;
  start(role: "api" | "worker"): Promise<ServerProgram>;
  stop(): Promise<void>;
}

export async function startScaled(of: {
  filling: Filling;
  fsync?: "always" | "everysec";
  apis?: number;
  workers?: number;
  isProfiled?: boolean;
}): Promise<ScaledRollcall> {
  const { filling, fsync = "everysec", apis = 0, workers = 0, isProfiled = false } = of;
  const program = requirement("redis");
  if (program === null) throw new Error("These figures need redis-server on PATH.");
  const redis = await startRedis(program.path, {
    appendonly: "yes",
    appendfsync: fsync,
    "maxmemory-policy": "noeviction",
  });
  const folder = makeFolder();
  const open = () => openRedis({ urls: [redis.url], prefix: PREFIX, wait: "none", clock: null });
  const { store: filled } = await open();
  await fill(filled, filling);
  await knowZoneData(filled);
  await filled.close();
  // One that remembers nothing of what was filled in, as a process finds it.
  const { store } = await open();
  const vaultKey = randomBytes(32).toString("hex");
  const started: ServerProgram[] = [];

  const start = async (role: "api" | "worker"): Promise<ServerProgram> => {
    const data = join(folder.path, `${role}-${started.length}`);
    mkdirSync(data, { mode: 0o700 });
    const server = programFile("server");
    const home = { folder: data, data, server, cli: programFile("cli"), remove: () => undefined };
    const environment = {
      ROLLCALL_REDIS_URL: redis.url,
      ROLLCALL_REDIS_PREFIX: PREFIX,
      ROLLCALL_VAULT_KEY: vaultKey,
      ROLLCALL_LOG_LEVEL: "warn",
      NODE_ENV: "production",
    };
    const profiling = isProfiled ? ["--cpu-prof", "--cpu-prof-dir", resultsFolder()] : [];
    const words = [process.execPath, ...profiling, server, "serve", "--role", role];
    const running = await startServer(home, environment, words);
    started.push(running);
    return running;
  };
  const many = async (role: "api" | "worker", count: number): Promise<ServerProgram[]> => {
    const all: ServerProgram[] = [];
    for (let index = 0; index < count; index += 1) all.push(await start(role));
    return all;
  };
  return {
    redis,
    apis: await many("api", apis),
    workers: await many("worker", workers),
    store,
    start,
    async stop() {
      await store.close();
      // A profile is written by a process that ends in its own time.
      await Promise.all(started.map((each) => (isProfiled ? each.stop() : each.kill())));
      await redis.stop();
      folder.remove();
    },
  };
}

/** Else the first process would look at every monitor once, and that would be measured. */
async function knowZoneData(store: Store): Promise<void> {
  const found = await store.loadProject(PROJECT);
  if (found === null) throw new Error("The project was not made.");
  const { project, state, version } = found;
  await store.commitProject({
    baseVersion: version,
    project,
    state: { ...state, zoneData: zoneDataVersion() },
    incidents: [],
    notifications: [],
    reported: [],
    dueAt: null,
  });
}
