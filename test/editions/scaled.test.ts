/** The scaled edition as the processes it is: alike wherever a request goes, and there while one of them is not. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLocally } from "../../deploy/local/start.mjs";
import { testEdition, type RunningEdition } from "../contracts/edition.ts";
import { type RedisServer, startRedis, startRedisCluster } from "../redis-server.ts";
import { requirement } from "../requirements.ts";
import { endedServer, oneProcess, spawnedServer, startServer } from "./program.ts";

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
function instanceAt(url: string): Record<string, string> & typeof KEYS {
  count += 1;
  return {
    ...KEYS,
    ROLLCALL_REDIS_URL: url,
    ROLLCALL_REDIS_PREFIX: `scaled-${count}`,
    ROLLCALL_VAULT_KEY: VAULT_KEY,
    ROLLCALL_OUTBOUND_ALLOW: "127.0.0.0/8",
    ROLLCALL_DATA: join(folder, `data-${count}`),
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

/** The same by the script that starts them on one machine, with a Redis of its own. */
async function byTheScript(): Promise<RunningEdition> {
  const { ROLLCALL_REDIS_URL: _started, ROLLCALL_DATA: data, ...environment } = instanceAt("");
  const running = await startLocally({
    port: 0,
    data,
    server: join(import.meta.dirname, "../../dist/server.mjs"),
    environment: { PATH: process.env["PATH"], ...environment },
    tell: () => undefined,
  });
  let turn = 0;
  return {
    get url() {
      turn += 1;
      return running.apis[turn % 2]?.url ?? "";
    },
    adminKey: KEYS.ROLLCALL_ADMIN_KEY,
    pingKey: KEYS.ROLLCALL_PING_KEY,
    async restart() {
      for (const each of [...running.apis, ...running.workers]) {
        const { pid } = each;
        each.signal("SIGTERM");
        await expect.poll(() => ![null, pid].includes(each.pid)).toBe(true);
        await each.ready();
      }
    },
    async stop() {
      await running.stop();
      expect(await running.over).toBeNull();
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
  testEdition("scaled (one process, one Redis)", async () => oneProcess(instanceAt(await aRedis())));
  testEdition("scaled (two APIs and two workers, started by the script)", byTheScript);
  testEdition("scaled (two APIs and two workers, a Cluster)", () => fourProcesses(aCluster));
});

// As above.
describe.skipIf(redisProgram === null)("processes of the scaled edition", () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis(redisProgram?.path ?? "", SAFE);
  });
  afterAll(() => redis.stop());

  /** Without given keys, each process with a data folder of its own. */
  function instance() {
    const { ROLLCALL_ADMIN_KEY: _admin, ROLLCALL_PING_KEY: _ping, ...environment } = instanceAt(redis.url);
    const data = environment["ROLLCALL_DATA"] ?? "";
    return { environment, of: (name: string) => ({ ...environment, ROLLCALL_DATA: join(data, name) }) };
  }
  async function refused(environment: Record<string, string>, words: string[], sentence: RegExp) {
    const { code, stdout, stderr } = await endedServer(
      { ROLLCALL_LOG_LEVEL: "silent", ...environment },
      words,
    );
    const [first = "", ...rest] = stderr.trim().split("\n");
    expect(first).toMatch(sentence);
    expect([code, stdout, rest]).toEqual([1, "", []]);
  }

  test("that start at once on an empty Redis make one set of keys; one tells them, the others say so", async () => {
    const { of } = instance();
    const names = ["one", "two", "three", "four"];
    const servers = await Promise.all(names.map((name) => startServer(of(name))));
    const files = names.map((name) => join(of(name).ROLLCALL_DATA, "first-start.txt")).filter(existsSync);
    expect(files).toHaveLength(1);
    expect(servers.filter((each) => each.said().includes("has told the keys"))).toHaveLength(3);
    const [, key = ""] = /checkin\/(rck_ping_\w+)/.exec(readFileSync(files[0] ?? "", "utf8")) ?? [];
    const paths = servers.map(({ url }, index) => `${url}/checkin/${key}/job-${index}?create=1&every=5m`);
    const answers = await Promise.all(paths.map((path) => fetch(path)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await Promise.all(servers.map((each) => each.stop()))).toEqual([0, 0, 0, 0]);
  });

  test("that cannot tell the keys they have made say what to do, and the keys given then are let in", async () => {
    const { environment } = instance();
    const { ROLLCALL_DATA: data = "", ...more } = environment;
    writeFileSync(data, "no folder");
    await refused(
      { ...more, ROLLCALL_DATA: join(data, "in-it") },
      [],
      /^The keys that were just made cannot be told/,
    );
    const publicUrl = "https://rollcall.example.org";
    const given = { ...more, ...KEYS, ROLLCALL_PUBLIC_URL: publicUrl };
    const server = await startServer({ ...given, ROLLCALL_DATA: join(data, "in-it") });
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const headers = { authorization: `Bearer ${KEYS.ROLLCALL_ADMIN_KEY}` };
    expect((await fetch(`${server.url}/v1/project`, { headers })).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });

  test("one that is started with keys from before the others' says so, and the others' stay good", async () => {
    const { environment } = instance();
    const before = { ...environment, ...KEYS };
    const NEXT = {
      ROLLCALL_ADMIN_KEY: "rck_admin_default_anotherSecret0123456",
      ROLLCALL_PING_KEY: "rck_ping_default_anotherSecret0123456",
    };
    const first = await startServer(before);
    const changed = await startServer({ ...before, ...NEXT });
    expect(await first.stop()).toBe(0);
    const left = spawnedServer(before, ["--role", "worker"]);
    await expect.poll(() => left.said().stdout).toMatch(/listening at/);
    for (const name of Object.keys(NEXT)) expect(left.said().stderr).toContain(`${name} was revoked`);
    const { status } = await fetch(`${changed.url}/checkin/${NEXT.ROLLCALL_PING_KEY}/job?create=1&every=5m`);
    const headers = { authorization: `Bearer ${NEXT.ROLLCALL_ADMIN_KEY}` };
    expect([status, (await fetch(`${changed.url}/v1/project`, { headers })).status]).toEqual([200, 200]);
    left.child.kill("SIGTERM");
    expect([(await left.ended).code, await changed.stop()]).toEqual([0, 0]);
  });

  test("are ended by SIGTERM also while they wait for another one that is starting", async () => {
    const { environment } = instance();
    const client = new Redis(redis.url);
    await client.set(`${environment["ROLLCALL_REDIS_PREFIX"]}:{/0}:turn`, "of another", "PX", 60_000);
    client.disconnect();
    const { child, ended } = spawnedServer(environment);
    const isWaiting = new Promise((resolve) => {
      child.stderr?.on("data", (line: Buffer) => line.includes("waiting for another") && resolve(true));
    });
    await Promise.race([isWaiting, ended]);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  });

  test("are ended by SIGTERM soon also while Redis is away", async () => {
    const own = await startRedis(redisProgram?.path ?? "", SAFE);
    closing.push(() => own.stop());
    const environment = { ...instanceAt(own.url), ROLLCALL_PARTITIONS: "4" };
    const servers = await Promise.all(
      ["all", "api", "worker"].map((role) => startServer(environment, ["--role", role])),
    );
    const states = () => Promise.all(servers.map(async ({ url }) => (await fetch(`${url}/readyz`)).status));
    await expect.poll(states).toEqual([200, 200, 200]);
    await own.kill();
    await expect.poll(states).toEqual([503, 503, 503]);
    const beganAt = performance.now();
    expect(await Promise.all(servers.map((each) => each.stop()))).toEqual([0, 0, 0]);
    // Two seconds for an answer that may still come; the rest is for a busy machine.
    expect(performance.now() - beganAt).toBeLessThan(8_000);
  });

  test("that cannot belong to the instance do not start, with one sentence each", async () => {
    const { environment, of } = instance();
    await (await startServer(environment)).stop();
    const other = { ...environment, ROLLCALL_VAULT_KEY: "fedcba9876543210".repeat(4) };
    await refused(other, [], /^The key that this process has opens nothing .*ROLLCALL_VAULT_KEY/);
    const keyless = { ...of("elsewhere"), ROLLCALL_VAULT_KEY: "" };
    await refused(keyless, [], /^There is no secret\.key in .*elsewhere: set ROLLCALL_VAULT_KEY/);
    await refused(environment, ["--role", "boss"], /^--role is "boss": set it to one of api, worker, all/);
    await refused(
      { ROLLCALL_DATA: folder },
      ["--role", "api"],
      /^--role is for the scaled edition: set ROLL/,
    );
    const gone = { ...environment, ROLLCALL_REDIS_URL: "redis://127.0.0.1:1" };
    await refused(gone, [], /Redis at 127\.0\.0\.1:1 .*ROLLCALL_REDIS_URL/);
  });

  test("say that a project keeps the number of parts it was made with", async () => {
    const { environment } = instance();
    const made = await startServer({ ...environment, ROLLCALL_PARTITIONS: "4" });
    const { child, ended, said } = spawnedServer({ ...environment, ROLLCALL_PARTITIONS: "8" });
    await expect.poll(() => said().stdout).toMatch(/listening at/);
    expect(said().stderr).toContain("ROLLCALL_PARTITIONS is 8, and the first project was made with 4");
    child.kill("SIGTERM");
    expect([(await ended).code, await made.stop()]).toEqual([0, 0]);
  });

  test("a worker is asked by those who run it and by nobody else", async () => {
    const { environment } = instance();
    const worker = await startServer(environment, ["--role", "worker"]);
    expect(await (await fetch(`${worker.url}/readyz`)).text()).toMatch(/^not ready: No process that takes/);
    const api = await startServer(environment, ["--role", "api"]);
    await expect.poll(async () => (await fetch(`${worker.url}/readyz`)).status).toBe(200);
    const answers = await Promise.all(
      ["/healthz", "/readyz", "/metrics", "/", "/v1/monitors"].map((path) => fetch(worker.url + path)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404, 404]);
    expect(await answers[4]?.text()).toContain("ask an API process");
    expect(await Promise.all([worker.stop(), api.stop()])).toEqual([0, 0]);
  });

  test("what is revoked at one is refused at the other, at once", async () => {
    const environment = { ...instance().environment, ...KEYS };
    const [one, other] = await Promise.all([startServer(environment), startServer(environment)]);
    const api = async (method: string, path: string, body?: unknown) => {
      const headers = { authorization: `Bearer ${KEYS.ROLLCALL_ADMIN_KEY}` };
      const response = await fetch(one.url + path, { method, headers, body: JSON.stringify(body) });
      return (await response.json()) as { id: string; key: string };
    };
    const { id, key } = await api("POST", "/v1/keys", { kind: "ping", label: "for a while" });
    const checkIn = async () => (await fetch(`${other.url}/checkin/${key}/job?create=1&every=5m`)).status;
    expect([await checkIn(), await checkIn()]).toEqual([200, 200]);
    await api("POST", `/v1/keys/${id}/revoke`, {});
    expect(await checkIn()).toBe(401);
    await Promise.all([one.stop(), other.stop()]);
  });

  test("say where people look what Redis may lose", async () => {
    const weak = await startRedis(redisProgram?.path ?? "");
    closing.push(() => weak.stop());
    const server = await startServer(instanceAt(weak.url));
    const ready = await fetch(`${server.url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([
      200,
      expect.stringMatching(/^ready; Redis at .*appendonly yes/),
    ]);
    const signIn = await fetch(`${server.url}/sign-in`, {
      method: "POST",
      body: new URLSearchParams({ key: KEYS.ROLLCALL_ADMIN_KEY }),
      redirect: "manual",
    });
    const [cookie = ""] = (signIn.headers.get("set-cookie") ?? "").split(";");
    const page = await (await fetch(server.url, { headers: { cookie } })).text();
    expect(page).toMatch(/This Rollcall.*keeps no log on its disk/s);
    expect(await server.stop()).toBe(0);
  });

  test("answer 503 while Redis is lost, say that they are not ready, and go on when it is back", async () => {
    const own = await startRedis(redisProgram?.path ?? "", SAFE);
    closing.push(() => own.stop());
    const server = await startServer(instanceAt(own.url));
    const checkIn = () => fetch(`${server.url}/checkin/${KEYS.ROLLCALL_PING_KEY}/job?create=1&every=5m`);
    expect((await checkIn()).status).toBe(200);
    await own.kill();
    const beganAt = performance.now();
    const lost = await checkIn();
    expect(performance.now() - beganAt).toBeLessThan(2_000);
    expect([lost.status, lost.headers.has("retry-after")]).toEqual([503, true]);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    await own.start();
    await expect.poll(async () => (await checkIn()).status).toBe(200);
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });
});
