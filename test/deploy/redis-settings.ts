/** A real Redis started with the words of a manifest, asked what it then is set to. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { isRedisReady } from "../../deploy/local/ports.mjs";
import { startChild } from "../e2e/server-program.ts";
import { until } from "../e2e/waiting.ts";
import { sparePort } from "../spare-port.ts";
import { DEPLOY } from "./reading.ts";

/** `words` begin with redis-server; the file of settings they name is deploy/redis/redis.conf. */
export async function redisSettings(words: readonly string[]): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-redis-"));
  const port = await sparePort();
  const own = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder];
  const here = words.map((word) => (word.endsWith(".conf") ? join(DEPLOY, "redis/redis.conf") : word));
  const child = startChild([...here, ...own], process.env);
  const client = new Redis(port, { lazyConnect: true });
  try {
    await until("a Redis that answers", () => isRedisReady(port));
    return Object.fromEntries(pairsOf(await client.config("GET", "*")));
  } finally {
    client.disconnect();
    child.process.kill("SIGTERM");
    await child.ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

function pairsOf(list: readonly string[]): [string, string][] {
  return list.flatMap((name, place) => (place % 2 === 0 ? [[name, list[place + 1] ?? ""]] : []));
}

/** What makes a Redis a store and not a cache. */
export const LOSES_NOTHING = {
  appendonly: "yes",
  appendfsync: "always",
  "no-appendfsync-on-rewrite": "no",
  "maxmemory-policy": "noeviction",
};
