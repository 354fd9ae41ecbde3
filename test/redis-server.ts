/** Real Redis servers for tests: one, or a Cluster of three masters, on spare ports, with folders of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";

export interface RedisServer {
  url: string;
  port: number;
  pid: number;
  /** Ends it as `kill -9` does; its folder stays. */
  kill(): Promise<void>;
  /** Starts it again over its folder, after `kill`. */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** `options`: as on the command line, `{ appendonly: "yes" }`. */
export async function startRedis(
  program: string,
  options: Readonly<Record<string, string>> = {},
): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-redis-"));
  const port = await sparePort();
  const given = { port: String(port), bind: "127.0.0.1", dir: folder, save: "", ...options };
  const words = Object.entries(given).flatMap(([name, value]) => [`--${name}`, ...value.split(/ (?!$)/)]);
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;

  const server: RedisServer = {
    url,
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    async kill() {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
    async start() {
      child = spawn(program, words, { stdio: "ignore" });
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

export interface RedisCluster {
  urls: readonly string[];
  masters: readonly RedisServer[];
  stop(): Promise<void>;
}

const SLOTS = 16_384;

/** Three masters that know each other and answer for all slots. */
export async function startRedisCluster(
  program: string,
  options: Readonly<Record<string, string>> = {},
): Promise<RedisCluster> {
  const of = { "cluster-enabled": "yes", "cluster-node-timeout": "1000", ...options };
  const masters = await Promise.all([0, 1, 2].map(() => startRedis(program, of)));
  const clients = masters.map(({ url }) => new Redis(url));
  try {
    const share = Math.ceil(SLOTS / masters.length);
    await Promise.all(
      clients.map((client, index) =>
        client.cluster("ADDSLOTSRANGE", index * share, Math.min((index + 1) * share, SLOTS) - 1),
      ),
    );
    for (const client of clients.slice(1)) await client.cluster("MEET", "127.0.0.1", masters[0]?.port ?? 0);
    for (const client of clients) {
      while (!/cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(String(await client.cluster("INFO"))));
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
  return {
    urls: masters.map(({ url }) => url),
    masters,
    async stop() {
      await Promise.all(masters.map((master) => master.stop()));
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
