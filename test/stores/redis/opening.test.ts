/** What Redis has to be before anything is entrusted to it, shown on real servers set up in other ways. */
import { Redis } from "ioredis";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { openRedis, type OpenedRedis } from "../../../src/stores/redis.ts";
import { assertServer, durabilityOf, type ServerSeen } from "../../../src/stores/redis/opening.ts";
import type { RedisSettings } from "../../../src/stores/redis/parts.ts";
import { infoIn } from "../../../src/stores/redis/connection/reaching.ts";
import { startRedis, startRedisCluster } from "../../redis-server.ts";
import { requirement } from "../../requirements.ts";

const redis = requirement("redis");
const SETTINGS = { prefix: "rollcall", wait: "none", clock: null } as const;

// Without a Redis there is nothing to open.
describe.skipIf(redis === null)("a Redis is opened", () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const started = async (options: Readonly<Record<string, string>> = {}) => {
    const server = await startRedis(redis?.path ?? "", options);
    ends.push(() => server.stop());
    const client = new Redis(server.url);
    ends.push(async () => client.disconnect());
    return { ...server, client, host: new URL(server.url).host };
  };
  const opened = async (url: string, more: Partial<RedisSettings> = {}): Promise<OpenedRedis> => {
    const open = await openRedis({ ...SETTINGS, urls: [url], ...more });
    ends.push(() => open.store.close());
    return open;
  };

  test("that loses nothing, with nothing to say", async () => {
    const { url } = await started({ appendonly: "yes", appendfsync: "always" });
    expect((await opened(url)).durable).toEqual({ level: "always", findings: [] });
  });

  test.each<{ options: Record<string, string>; level: string; says: RegExp }>([
    { options: { appendonly: "yes" }, level: "everysec", says: /every second.*set appendfsync always/ },
    {
      options: { appendonly: "yes", appendfsync: "no" },
      level: "none",
      says: /to its system.*set appendfsync always/,
    },
    { options: {}, level: "none", says: /no log on its disk.*set appendonly yes/ },
  ])("that may lose something ($options), which is said", async ({ options, level, says }) => {
    const { url } = await started(options);
    expect((await opened(url)).durable).toEqual({ level, findings: [expect.stringMatching(says)] });
  });

  test("that keeps its configuration to itself, which is said", async () => {
    const { client, host } = await started({ appendonly: "yes" });
    await client.acl("SETUSER", "rollcall", "on", ">a secret", "~*", "&*", "+@all", "-config");
    expect((await opened(`redis://rollcall:a%20secret@${host}`)).durable).toEqual({
      level: "unknown",
      findings: [expect.stringContaining("make sure that appendfsync is always")],
    });
  });

  test("without the replica that is to be waited for, which is said", async () => {
    const { url } = await started({ appendonly: "yes", appendfsync: "always" });
    const { findings } = (await opened(url, { wait: "replica" })).durable;
    expect(findings).toEqual([expect.stringContaining("has no replica")]);
  });

  test("and set up anew while it runs, which is said once it was looked at again", async () => {
    const { url, client } = await started({ appendonly: "yes", appendfsync: "always" });
    const open = await opened(url);
    await client.config("SET", "appendfsync", "everysec");
    await client.config("SET", "maxmemory-policy", "allkeys-lru");
    await open.lookAgain();
    expect(open.durable).toEqual({
      level: "everysec",
      findings: [
        expect.stringMatching(/throws away what it holds .* set it to noeviction\.$/),
        expect.stringMatching(/every second.*set appendfsync always/),
      ],
    });
    await client.config("SET", "appendfsync", "always");
    await client.config("SET", "maxmemory-policy", "noeviction");
    await open.lookAgain();
    expect(open.durable.findings).toEqual([]);
  });

  test("again, and by several at once, under one prefix; others beside it", async () => {
    const { url, client } = await started();
    await Promise.all([opened(url), opened(url), opened(url, { prefix: "other" })]);
    await opened(url);
    expect(await client.mget("rollcall:schema", "other:schema")).toEqual(["1", "1"]);
  });

  describe("but not", () => {
    const refusal = async (url: string, more: Partial<RedisSettings> = {}): Promise<string> => {
      const error: unknown = await opened(url, more).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ name: "RollcallError", code: "unavailable" });
      return error instanceof Error ? error.message : "";
    };

    test("where nothing answers", async () => {
      expect(await refusal("redis://:a-secret@127.0.0.1:1")).toBe(
        "Redis at 127.0.0.1:1 does not answer (connect ECONNREFUSED 127.0.0.1:1): start it, or set ROLLCALL_REDIS_URL to where it is.",
      );
    });

    test("one of several that are no Cluster: each would be a Rollcall of its own", async () => {
      const { url, host } = await started();
      expect(await refusal("", { urls: ["redis://127.0.0.1:1", url] })).toContain(
        `several addresses, which are for the nodes of one Cluster, and Redis at ${host} is none`,
      );
      await opened("", { urls: [url, url] });
    });

    test("with another password than its own, or none; which is never told", async () => {
      const { url, client, host } = await started();
      await client.config("SET", "requirepass", "the-secret");
      expect(await refusal(url)).toMatch(/wants a password: write it into ROLLCALL_REDIS_URL/);
      const wrong = await refusal(`redis://:another-secret@${host}`);
      expect(wrong).toMatch(/refuses the password: write the right one into ROLLCALL_REDIS_URL/);
      expect(wrong).not.toContain("another-secret");
      await opened(`redis://:the-secret@${host}`);
    });

    test("one that throws away what it holds when memory is short, also where CONFIG is forbidden", async () => {
      const { client, host } = await started({ "maxmemory-policy": "allkeys-lru" });
      await client.acl("SETUSER", "rollcall", "on", ">secret", "~*", "&*", "+@all", "-config");
      expect(await refusal(`redis://rollcall:secret@${host}`)).toMatch(
        /maxmemory-policy allkeys-lru\): set it to noeviction/,
      );
    });

    test("a replica, which takes nothing in", async () => {
      const [master, replica] = [await started(), await started()];
      await replica.client.replicaof("127.0.0.1", master.port);
      expect(await refusal(replica.url)).toContain(
        `is a replica, which takes nothing in: set ROLLCALL_REDIS_URL to its master (127.0.0.1:${master.port})`,
      );
    });

    test("where another Rollcall's keys lie", async () => {
      const { url, client } = await started();
      await client.set("rollcall:schema", "2");
      expect(await refusal(url)).toMatch(
        /schema 2; this one knows 1\): start that version, or set ROLLCALL_REDIS_PREFIX/,
      );
      await opened(url, { prefix: "mine" });
    });

    test("where it may not write", async () => {
      const { client, host } = await started();
      await client.acl("SETUSER", "rollcall", "on", ">secret", "~other:*", "&*", "+@all");
      expect(await refusal(`redis://rollcall:secret@${host}`)).toMatch(
        /lets nothing be written under rollcall/,
      );
    });

    test("under a prefix that would change where keys lie in a Cluster", async () => {
      const { url } = await started();
      expect(await refusal(url, { prefix: "{one}" })).toMatch(/ROLLCALL_REDIS_PREFIX has spaces or braces/);
    });

    test("a Cluster that does not serve every slot", async () => {
      const { url, client } = await started({ "cluster-enabled": "yes" });
      await client.call("CLUSTER", "ADDSLOTSRANGE", "0", "100");
      expect(await refusal(url)).toMatch(/serves 101 of 16384 slots: give the others to a master/);
    });
  });

  describe("of a Cluster", () => {
    const cluster = redis === null ? null : startRedisCluster(redis.path, { appendonly: "yes" });
    afterAll(async () => (await cluster)?.stop());

    test("by any of its servers, the first that answers; each master is looked at", async () => {
      const { urls } = (await cluster) ?? { urls: [] };
      const some = ["redis://127.0.0.1:1", ...urls.slice(1, 2)];
      const { level, findings } = (await opened("", { urls: some })).durable;
      expect(level).toBe("everysec");
      expect(findings).toHaveLength(3);
    });

    test("but not beside a server that is none of it, nor beside another Cluster", async () => {
      const { urls } = (await cluster) ?? { urls: [] };
      const [alone, another] = [await started(), await started({ "cluster-enabled": "yes" })];
      await another.client.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
      const open = (...given: readonly string[]) => opened("", { urls: given });
      for (const given of [
        [...urls, alone.url],
        [alone.url, ...urls],
      ])
        await expect(open(...given)).rejects.toThrow(`Redis at ${alone.host} is none: name one server`);
      await expect(open(...urls, another.url)).rejects.toThrow(
        `The Redis servers at ${new URL(urls[0] ?? "").host} and ${another.host} are of two Clusters`,
      );
    });
  });
});

describe("a server is fit", () => {
  const seen = (info: string, appendfsync: string | null = "always"): ServerSeen => ({
    host: "here",
    info: infoIn(info),
    appendfsync,
  });
  const fit =
    (info: string, wait: RedisSettings["wait"] = "none") =>
    () =>
      assertServer(seen(info), { wait });

  test("from Redis 7.0 on, and every Valkey, which tells an old version of Redis too", () => {
    expect(fit("redis_version:7.0.0\r\nrole:master")).not.toThrow();
    expect(fit("redis_version:10.2.1")).not.toThrow();
    expect(fit("redis_version:6.2.14")).toThrow("Redis at here is 6.2.14: upgrade it to 7.0 or newer.");
    expect(fit("redis_version:7.2.4\r\nvalkey_version:8.1.0\r\naof_enabled:1", "aof")).not.toThrow();
  });

  test("to be waited for from Redis 7.2 on, with a log; then every commit is on its disk", () => {
    expect(fit("redis_version:7.0.15\r\naof_enabled:1", "aof")).toThrow(/has no WAITAOF: upgrade it to 7\.2/);
    expect(fit("redis_version:7.2.0\r\naof_enabled:0", "aof")).toThrow(/set appendonly yes/);
    const server = seen("redis_version:7.2.0\r\naof_enabled:1", "everysec");
    expect(() => assertServer(server, { wait: "aof" })).not.toThrow();
    expect(durabilityOf([server], { wait: "aof" })).toEqual({ level: "always", findings: [] });
  });

  test("as far as its weakest master is", () => {
    const [strong, weak] = [seen("aof_enabled:1"), seen("aof_enabled:0")];
    expect(durabilityOf([strong, weak, strong], { wait: "none" }).level).toBe("none");
    expect(durabilityOf([strong, seen("aof_enabled:1", null)], { wait: "none" }).level).toBe("unknown");
  });
});
