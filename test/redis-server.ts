/** Real Redis servers for tests: one, or a Cluster of three masters, on spare ports, with folders of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { pause } from "../src/system/pause.ts";

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

/** `options`: as on the command line, `{ appendonly: "yes" }`. `environment`: beside that of the tests. */
export async function startRedis(
  program: string,
  options: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-redis-"));
  const port = await sparePort();
  const given = { port: String(port), bind: "127.0.0.1", dir: folder, save: "", ...options };
  const wordsOf = (all: Readonly<Record<string, string>>): string[] =>
    Object.entries(all).flatMap(([name, value]) => [`--${name}`, ...value.split(/ (?!$)/)]);
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;

  const server: RedisServer = {
    url,
    port,
    logFile: join(folder, "appendonlydir", "appendonly.aof.1.incr.aof"),
    get pid() {
      return child?.pid ?? 0;
    },
    async kill() {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
    async start(more = {}) {
      child = spawn(program, wordsOf({ ...given, ...more }), {
        stdio: "ignore",
        env: { ...process.env, ...environment },
      });
      await answering(url);
    },
    async stop() {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
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

/** Three masters that know each other and answer for all slots, each with a replica if that is asked for. */
export async function startRedisCluster(
  program: string,
  options: Readonly<Record<string, string>> = {},
  { hasReplicas = false } = {},
): Promise<RedisCluster> {
  const of = { "cluster-enabled": "yes", "cluster-node-timeout": "1000", ...options };
  const many = hasReplicas ? 2 * MASTERS : MASTERS;
  const servers = await Promise.all(Array.from({ length: many }, () => startRedis(program, of)));
  const clients = servers.map(({ url }) => new Redis(url));
  const told = async (index: number, ...words: string[]): Promise<string> =>
    String(await clients[index]?.call("CLUSTER", ...words));
  const until = async (index: number, what: RegExp, ...words: string[]): Promise<void> => {
    while (!what.test(await told(index, ...words))) await pause(20);
  };
  try {
    const share = Math.ceil(SLOTS / MASTERS);
    for (let index = 0; index < MASTERS; index += 1) {
      const last = Math.min((index + 1) * share, SLOTS) - 1;
      await told(index, "ADDSLOTSRANGE", String(index * share), String(last));
    }
    for (let index = 1; index < many; index += 1)
      await told(index, "MEET", "127.0.0.1", String(servers[0]?.port));
    const isWhole = new RegExp(`cluster_state:ok[\\s\\S]*cluster_known_nodes:${many}`);
    for (let index = 0; index < many; index += 1) await until(index, isWhole, "INFO");
    for (let index = MASTERS; index < many; index += 1) {
      await told(index, "REPLICATE", await told(index - MASTERS, "MYID"));
    }
    for (let index = 0; index < many; index += 1) {
      const role = index < MASTERS ? "master" : "slave";
      await until(index, new RegExp(`myself,${role}`), "NODES");
    }
    for (let index = MASTERS; index < many; index += 1) {
      while (!/master_link_status:up/.test(String(await clients[index]?.info("replication"))))
        await pause(20);
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
  return {
    urls: servers.slice(0, MASTERS).map(({ url }) => url),
    masters: servers.slice(0, MASTERS),
    replicas: servers.slice(MASTERS),
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

async function answering(url: string): Promise<void> {
  const client = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  client.on("error", () => {});
  try {
    await client.ping();
  } finally {
    client.disconnect();
  }
}

async function sparePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    // A server of a Cluster also listens ten thousand ports higher.
    if (port < 55_000) return port;
  }
}
