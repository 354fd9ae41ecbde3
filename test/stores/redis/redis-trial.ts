/** A Redis for the tests of one file, and stores on it: each test has a prefix of its own, every store is another process. */
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { Store } from "../../../src/ports/store.ts";
import { openRedis } from "../../../src/stores/redis.ts";
import type { RedisSettings } from "../../../src/stores/redis/parts.ts";
import { type RedisServer, startRedis } from "../../redis-server.ts";

export interface RedisTrial {
  /** On the prefix of this test, or one beside it. */
  open(beside?: string, more?: Partial<RedisSettings>): Promise<Store>;
  /** Every key under the prefix of this test, without it. */
  keys(): Promise<string[]>;
  /** What every key of this test begins with. */
  prefix(): string;
  /** A client of the server's own, for looking and for breaking things. */
  raw(): Redis;
  server(): RedisServer;
}

export function redisTrial(program: string): RedisTrial {
  let server: RedisServer;
  let raw: Redis;
  let prefix = "";
  let tests = 0;
  const opened: Store[] = [];
  beforeAll(async () => {
    server = await startRedis(program);
    raw = new Redis(server.url);
  });
  beforeEach(() => {
    prefix = `trial-${(tests += 1)}`;
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  afterAll(async () => {
    raw.disconnect();
    await server.stop();
  });
  return {
    async open(beside = "", more = {}) {
      const settings = { urls: [server.url], prefix: prefix + beside, wait: "none", clock: null } as const;
      const { store } = await openRedis({ ...settings, ...more });
      opened.push(store);
      return store;
    },
    async keys() {
      const found = await raw.keys(`${prefix}:*`);
      return found.map((key) => key.slice(prefix.length + 1)).toSorted();
    },
    prefix: () => prefix,
    raw: () => raw,
    server: () => server,
  };
}
