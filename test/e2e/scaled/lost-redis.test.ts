/**
 * Every way of losing Redis while check-ins come: whoever checks in is told within two seconds to come again, be it the
 * first to find out, one of many in line for the same monitor, or one that would make its monitor.
 */
import { Redis } from "ioredis";
import { describe, expect, test, type TestContext } from "vitest";
import { pause } from "../../../src/system/pause.ts";
import { type RedisServer, startRedisCluster } from "../../redis-server.ts";
import { requirement } from "../../requirements.ts";
import { startStallingProxy } from "../../stalling-proxy.ts";
import { PING_KEY } from "../server-program.ts";
import { type Instance, startDurableRedis, startInstance } from "./instance.ts";

/** What is promised, and what a machine may add to it that runs other tests beside this one. */
const PROMISED_MS = 2_000;
const BUSY_MS = 500;
/** Long enough for those in line behind the second who waited in vain. */
const TURNS = 40;
const EVERY_MS = 100;

const redis = requirement("redis");

// Skipped where there is no redis-server, which `requirement` has told by then.
describe.skipIf(redis === null)(
  "check-ins are told within two seconds that Redis",
  { timeout: 120_000 },
  () => {
    const alone = async ({ onTestFinished }: TestContext): Promise<RedisServer> => {
      const server = await startDurableRedis(redis?.path ?? "");
      onTestFinished(() => server.stop());
      return server;
    };
    const operatorOf = ({ url }: RedisServer, { onTestFinished }: TestContext): Redis => {
      const operator = new Redis(url);
      operator.on("error", () => {});
      onTestFinished(() => operator.disconnect());
      return operator;
    };

    test("was killed", async (context) => {
      const server = await alone(context);
      const { instance, slugs } = await atWork(context, [server.url]);
      await server.kill();
      expectSoonTold(await askedBy(instance, slugs));
    });

    test("was stopped in the middle of everything", async (context) => {
      const server = await alone(context);
      const { instance, slugs } = await atWork(context, [server.url]);
      process.kill(server.pid, "SIGSTOP");
      expectSoonTold(await askedBy(instance, slugs));
    });

    test("is behind a network on which nothing passes", async (context) => {
      const server = await alone(context);
      const proxy = await startStallingProxy(server.port);
      context.onTestFinished(() => proxy.close());
      const { instance, slugs } = await atWork(context, [`redis://127.0.0.1:${proxy.port}`]);
      proxy.stall();
      expectSoonTold(await askedBy(instance, slugs));
    });

    test("is full", async (context) => {
      const server = await alone(context);
      const operator = operatorOf(server, context);
      const { instance, slugs } = await atWork(context, [server.url]);
      await operator.config("SET", "maxmemory", "1mb");
      expectSoonTold(await askedBy(instance, slugs));
    });

    test("was started again and still reads its log", async (context) => {
      const server = await alone(context);
      const operator = operatorOf(server, context);
      const { instance, slugs } = await atWork(context, [server.url]);
      const keys = Array.from({ length: 10_000 }, (_none, index) => `filler-${index}`);
      await Promise.all(keys.map((key) => operator.set(key, "1")));
      await server.kill();
      // A millisecond for each: longer than is asked.
      const started = server.start({
        "key-load-delay": "1000",
        "loading-process-events-interval-bytes": "1024",
      });
      expectSoonTold(await askedBy(instance, slugs));
      await started;
    });

    test("became the replica of another one", async (context) => {
      const [server, other] = [await alone(context), await alone(context)];
      const operator = operatorOf(server, context);
      const { instance, slugs } = await atWork(context, [server.url]);
      await operator.replicaof("127.0.0.1", other.port);
      expectSoonTold(await askedBy(instance, slugs));
    });

    for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
      test(`has lost a master of its Cluster by ${signal}`, async (context) => {
        const cluster = await startRedisCluster(redis?.path ?? "", {}, { nodeTimeoutMs: "1000" });
        context.onTestFinished(() => cluster.stop());
        const { instance, slugs } = await atWork(context, cluster.urls);
        process.kill(cluster.masters[0]?.pid ?? 0, signal);
        expectSoonTold(await askedBy(instance, slugs), { isInPart: true });
      });
    }
  },
);

/** One process, and monitors of which several lie in each part; one of them is checked in for by many at once. */
async function atWork({ onTestFinished }: TestContext, urls: readonly string[]) {
  const instance = await startInstance({ urls, apis: 1, workers: 0, more: { ROLLCALL_PARTITIONS: "6" } });
  onTestFinished(() => instance.close());
  const slugs = Array.from({ length: 12 }, (_none, index) => `job-${index}`);
  for (const slug of slugs) await instance.client.monitors.put(slug, { schedule: { every: "1h" } });
  const told = await Promise.all(slugs.map((slug) => checkedIn(instance, `${slug}/log`)));
  expect(told.map(({ status }) => status)).toEqual(slugs.map(() => 200));
  return { instance, slugs };
}

interface Told {
  path: string;
  status: number;
  retryAfter: number;
  tookMs: number;
}

async function checkedIn({ apis }: Instance, path: string): Promise<Told> {
  const askedAt = performance.now();
  const answer = await fetch(`${apis[0]?.url}/checkin/${PING_KEY}/${path}`, { method: "POST", body: "here" });
  await answer.text();
  const retryAfter = Number(answer.headers.get("retry-after"));
  return { path, status: answer.status, retryAfter, tookMs: performance.now() - askedAt };
}

/** A caller of each kind every now and then, none of whom waits for the others. */
async function askedBy(instance: Instance, slugs: readonly string[]): Promise<readonly Told[]> {
  const underWay: Promise<Told>[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const paths = [
      `${slugs[0]}/log`,
      `${slugs[turn % slugs.length]}/start?run=${turn}`,
      `new-${turn}/log?create=1&every=1h`,
      `nobody-${turn % 3}/log`,
    ];
    underWay.push(...paths.map((path) => checkedIn(instance, path)));
    await pause(EVERY_MS);
  }
  return Promise.all(underWay);
}

function expectSoonTold(told: readonly Told[], { isInPart = false } = {}): void {
  const late = told.filter(({ tookMs }) => tookMs > PROMISED_MS + BUSY_MS);
  expect(late).toEqual([]);
  const putOff = told.filter(({ status, retryAfter }) => status === 503 && retryAfter > 0);
  // What lies elsewhere is taken until the others have noticed that one of them is gone.
  const others = told.filter(({ status }) => !(isInPart && (status === 200 || status === 404)));
  expect(putOff.length).toBeGreaterThan(TURNS);
  expect(others).toEqual(putOff);
}
