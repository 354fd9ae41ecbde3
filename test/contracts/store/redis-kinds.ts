/** Redis as kinds of store: one server, and a Cluster of three masters. Each is started once for a test file. */
import { afterAll } from "vitest";
import type { StoreKind } from "../../../src/ports/store.ts";
import { redisStore } from "../../../src/stores/redis.ts";
import { startRedis, startRedisCluster } from "../../redis-server.ts";
import { requirement } from "../../requirements.ts";

interface Started {
  urls: readonly string[];
  stop(): Promise<void>;
}

const redis = requirement("redis");

export const REDIS_KINDS: readonly StoreKind[] =
  redis === null
    ? []
    : [
        kindOf("redis", async () => {
          const { url, stop } = await startRedis(redis.path);
          return { urls: [url], stop };
        }),
        kindOf("redis-cluster", () => startRedisCluster(redis.path)),
      ];

/** The servers start with the first store that is opened; the folder of a store is its prefix. */
function kindOf(name: string, start: () => Promise<Started>): StoreKind {
  let started: Promise<Started> | null = null;
  afterAll(async () => (await started)?.stop());
  return {
    name,
    isPersistent: true,
    async open(place) {
      started ??= start();
      const { urls } = await started;
      return redisStore({ urls, wait: "none", clock: null }).open(place);
    },
  };
}
