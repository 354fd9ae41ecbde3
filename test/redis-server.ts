/** Real Redis servers for tests: one, or a Cluster of three masters, on spare ports, with folders of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { pause } from "../src/system/pause.ts";
import { until } from "./e2e/waiting.ts";
import { sparePort } from "./spare-port.ts";

export interface RedisServer {
  url: string;
  port: number;
  pid: number;
  /** What it has appended to its log since it was first started, where that is kept and was not written anew. */
  logFile: string;
  /** Ends it as `kill -9` does; its folder stays. */
  kill(): Promise<void>;
  /** Starts it again over its folder, after `kill`, with more options if there are any. */
  start(more?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** A server of a Cluster also listens so much higher. */
const BUS_OFFSET = 10_000;

/** `options`: as on the command line, `{ appendonly: "yes" }`. `environment`: beside that of the tests. */
export async function startRedis(
  program: string,
  options: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<RedisServer> {
  for (;;) {
    const server = serverAt(await sparePort({ alsoAbove: BUS_OFFSET }), { program, options, environment });
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      // Somebody else was faster to take one of its ports.
      if (!String(error).includes("Address already in use")) throw error;
    }
  }
}

interface Given {
  program: string;
  options: Readonly<Record<string, string>>;
  environment: Readonly<Record<string, string>>;
}

function serverAt(port: number, { program, options, environment }: Given): RedisServer {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-redis-"));
  const given = { port: String(port), bind: "127.0.0.1", dir: folder, save: "", ...options };
  const wordsOf = (all: Readonly<Record<string, string>>): string[] =>
    Object.entries(all).flatMap(([name, value]) => [`--${name}`, ...value.split(/ (?!$)/)]);
  let child: ChildProcess | null = null;
  let ended: Promise<unknown> = Promise.resolve();

  const server: RedisServer = {
    url: `redis://127.0.0.1:${port}`,
    port,
    logFile: join(folder, "appendonlydir", "appendonly.aof.1.incr.aof"),
    get pid() {
      return child?.pid ?? 0;
    },
    async kill() {
      child?.kill("SIGKILL");
      await ended;
    },
    async start(more = {}) {
      child = spawn(program, wordsOf({ ...given, ...more }), { env: { ...process.env, ...environment } });
      ended = once(child, "exit");
      await serving(child, server.url);
    },
    async stop() {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return server;
}

/** Resolves when it answers, itself and not another one at its port. Throws what it said last if it ends before. */
async function serving(child: ChildProcess, url: string): Promise<void> {
  let said = "";
  child.stdout?.on("data", (chunk) => (said = (said + String(chunk)).slice(-2_000)));
  child.stderr?.resume();
  const client = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  client.on("error", () => {});
  const answers = async (): Promise<void> => {
    while (!(await client.info("server")).includes(`process_id:${child.pid}\r`)) await pause(20);
  };
  const ends = once(child, "close").then(() => {
    throw new Error(`Redis ended: ${said}`);
  });
  // It ends some day in any case.
  ends.catch(() => {});
  try {
    await Promise.race([answers(), ends]);
  } finally {
    client.disconnect();
  }
}

/** Of one server, on a connection of its own. */
export async function asked<Answer>(
  server: RedisServer,
  ask: (client: Redis) => Promise<Answer>,
): Promise<Answer> {
  const client = new Redis(server.url);
  try {
    return await ask(client);
  } finally {
    client.disconnect();
  }
}

export interface RedisCluster {
  urls: readonly string[];
  masters: readonly RedisServer[];
  /** One of each master, in the same order; none unless asked for. */
  replicas: readonly RedisServer[];
  stop(): Promise<void>;
}

const SLOTS = 16_384;
const MASTERS = 3;

/** Long enough that none takes another for dead only because the machine has much to do. */
const PATIENT_MS = "15000";
/** Servers that wait for long for each other also take long to get to know each other. */
const QUICK_MS = "1000";

/**
 * Three masters that know each other and answer for all slots, each with a replica if that is asked for. A test that
 * needs one that is gone to be noticed gives a shorter `nodeTimeoutMs`.
 */
export async function startRedisCluster(
  program: string,
  options: Readonly<Record<string, string>> = {},
  { hasReplicas = false, nodeTimeoutMs = PATIENT_MS } = {},
): Promise<RedisCluster> {
  const given = {
    "cluster-enabled": "yes",
    "cluster-node-timeout": QUICK_MS,
    "repl-diskless-sync-delay": "0",
    ...options,
  };
  const many = hasReplicas ? 2 * MASTERS : MASTERS;
  const servers = await Promise.all(Array.from({ length: many }, () => startRedis(program, given)));
  const cluster: RedisCluster = {
    urls: servers.slice(0, MASTERS).map(({ url }) => url),
    masters: servers.slice(0, MASTERS),
    replicas: servers.slice(MASTERS),
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
  const clients = servers.map(({ url }) => new Redis(url));
  try {
    await introduce(clients);
    for (const client of clients) await client.config("SET", "cluster-node-timeout", nodeTimeoutMs);
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  } finally {
    for (const client of clients) client.disconnect();
  }
}

/** Gives each master its slots, and each that is beyond these a master, and waits until all know of all. */
async function introduce(servers: readonly Redis[]): Promise<void> {
  const [masters, replicas] = [servers.slice(0, MASTERS), servers.slice(MASTERS)];
  const told = async (server: Redis | undefined, ...words: string[]): Promise<string> =>
    String(await server?.call("CLUSTER", ...words));
  const share = Math.ceil(SLOTS / MASTERS);
  for (const [index, master] of masters.entries()) {
    const last = Math.min((index + 1) * share, SLOTS) - 1;
    await told(master, "ADDSLOTSRANGE", String(index * share), String(last));
  }
  for (const server of servers) {
    await until("a server that knows all others", async () => {
      const known = (await told(server, "NODES")).trim().split("\n");
      // Whoever does not answer an introduction in time has to be introduced again.
      if (known.length < servers.length)
        for (const other of servers) await told(server, "MEET", "127.0.0.1", String(other.options.port));
      const areKnown = known.length === servers.length && !known.some((line) => line.includes("handshake"));
      return areKnown && (await told(server, "INFO")).includes("cluster_state:ok");
    });
  }
  for (const [index, replica] of replicas.entries()) {
    await told(replica, "REPLICATE", await told(masters[index], "MYID"));
    const isInStep = async () => (await replica.info("replication")).includes("master_link_status:up");
    await until("a replica that is in step", isInStep);
  }
}
