/** The script that starts the scaled edition without containers: what it starts, keeps running, gives up and stops. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startLocally, type Options, type Running } from "../../deploy/local/start.mjs";
import { readSettings } from "../../src/system/settings.ts";
import { startChild } from "../e2e/server-program.ts";
import { until } from "../e2e/waiting.ts";
import { requirement } from "../requirements.ts";
import { PROJECT } from "./reading.ts";

const redis = requirement("redis");
const STUB = fileURLToPath(new URL("server-stub.mjs", import.meta.url));

let data: string;
let lines: string[];
let running: Running | null;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "rollcall-local-"));
  lines = [];
  running = null;
});
afterEach(async () => {
  await running?.stop();
  rmSync(data, { recursive: true, force: true });
});

async function started(more: Options = {}): Promise<Running> {
  const environment = { PATH: process.env["PATH"], ...more.environment };
  const options = { port: 0, data, server: STUB, tell: (line: string) => void lines.push(line), pauseMs: 1 };
  return (running = await startLocally({ ...options, ...more, environment }));
}

const given = async (url: string): Promise<Record<string, string>> =>
  (await (await fetch(url)).json()) as Record<string, string>;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

// Without Redis there is nothing to start it over.
describe.skipIf(redis === null)("started on one machine", () => {
  test("APIs and workers have their roles, one Redis and the same secrets, which are kept", async () => {
    const first = await started({ apis: 2, workers: 1 });
    const members = [...first.apis, ...first.workers];
    expect(members.map(({ name }) => name)).toEqual(["api-1", "api-2", "worker-1"]);
    const all = await Promise.all(members.map(({ url }) => given(url)));
    expect(all.map(({ words }) => words)).toEqual([
      ["serve", "--role", "api"],
      ["serve", "--role", "api"],
      ["serve", "--role", "worker"],
    ]);
    const { ROLLCALL_VAULT_KEY: vault, ROLLCALL_ADMIN_KEY: admin, ROLLCALL_PING_KEY: ping } = first.secrets;
    const alike = { redis: first.redisUrl, publicUrl: first.apis[0]?.url, vault, admin, ping };
    for (const each of all) expect(each).toMatchObject(alike);
    expect(vault).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(join(data, "secrets.env")).mode & 0o777).toBe(0o600);
    // The server takes keys of this form.
    const { ROLLCALL_VAULT_KEY: _, ...keys } = first.secrets;
    expect(readSettings(keys)).toMatchObject({ adminKey: admin, pingKey: ping });
    await first.stop();

    const again = await started({ apis: 1, workers: 0, environment: { ROLLCALL_PING_KEY: "another" } });
    expect(again.secrets).toEqual({ ...first.secrets, ROLLCALL_PING_KEY: "another" });
  });

  test("what Redis was told before all was stopped, or it was killed, is there again", async () => {
    const first = await started({ apis: 0, workers: 0 });
    const told = async (url: string, use: (client: Redis) => Promise<unknown>): Promise<unknown> => {
      const client = new Redis(url);
      return use(client).finally(() => client.disconnect());
    };
    await told(first.redisUrl, (client) => client.set("kept", "a"));
    const pid = first.redis?.pid ?? 0;
    first.redis?.signal("SIGKILL");
    await until("another Redis", () => ![null, pid].includes(first.redis?.pid ?? null));
    await first.redis?.ready();
    expect(await told(first.redisUrl, (client) => client.append("kept", "b"))).toBe(2);
    await expect(startLocally({ port: 0, data, server: STUB })).rejects.toThrow("already has this folder");
    await first.stop();

    const again = await started({ apis: 0, workers: 0, fsync: "everysec" });
    expect(await told(again.redisUrl, (client) => client.get("kept"))).toBe("ab");
    const settings = await told(again.redisUrl, (client) =>
      client.config("GET", "append*", "maxmemory-policy"),
    );
    expect(settings).toEqual(expect.arrayContaining(["appendonly", "yes", "everysec", "noeviction"]));
  });

  test("a process that ends is started again where it was, and what it writes has its name before it", async () => {
    const { apis, redisUrl } = await started({ apis: 1, workers: 0 });
    const [api] = apis;
    const pid = api?.pid ?? 0;
    api?.signal("SIGKILL");
    await until("another one", () => ![null, pid].includes(api?.pid ?? null));
    await api?.ready();
    expect(await given(api?.url ?? "")).toMatchObject({ redis: redisUrl });
    expect(lines).toContain("api-1 | ended with SIGKILL");
    expect(lines.filter((line) => line === "api-1 | listening")).toHaveLength(2);
  });

  test("one that is not kept alive stays down until it is started", async () => {
    const { apis } = await started({ apis: 1, workers: 0, isKeptAlive: false });
    apis[0]?.signal("SIGKILL");
    await until("its end", () => apis[0]?.pid === null);
    apis[0]?.start();
    await apis[0]?.ready();
    expect(await given(apis[0]?.url ?? "")).toMatchObject({ words: ["serve", "--role", "api"] });
  });

  test("one that never becomes ready ends the start, with its name, and nothing is left", async () => {
    const environment = { STUB_FAILS: "worker" };
    await expect(started({ environment })).rejects.toThrow(
      /^worker-[12] ended with exit code 1 before it was ready\.$/,
    );
    expect(lines).toContainEqual(expect.stringMatching(/^worker-[12] \| A setting is wrong\.$/));
    const [, pid = ""] = /\| (\d+):M .*ready to accept/i.exec(lines.join("\n")) ?? [];
    expect(isAlive(Number(pid))).toBe(false);
  });

  test("one that cannot come back is given up, and the others are stopped with it", async () => {
    const server = join(data, "server.mjs");
    writeFileSync(server, readFileSync(STUB));
    const { apis, workers, redis: own, over } = await started({ apis: 1, workers: 1, server });
    const pids = [workers[0]?.pid ?? 0, own?.pid ?? 0];
    writeFileSync(server, "process.exit(7);");
    apis[0]?.signal("SIGKILL");
    expect(await over).toBe("api-1 ended with exit code 7 before it was ready.");
    expect(pids.filter(isAlive)).toEqual([]);
    expect(lines.filter((line) => line === "api-1 | ended with exit code 7")).toHaveLength(5);
  });

  test("a port that is taken is told before anything is started", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => void taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(started({ port })).rejects.toThrow(`Port ${port} is in use`);
    await new Promise((resolve) => taken.close(resolve));
    expect(lines).toEqual([]);
  });

  test("as a program it says where it is, and a signal ends all of it with exit code 0", async () => {
    const words = ["deploy/local/start.mjs", "--port", "0", "--apis", "1", "--workers", "1", "--data", data];
    const child = startChild(
      [
        process.execPath,
        ...words.map((word) => word.replace("deploy/", `${PROJECT}deploy/`)),
        "--server",
        STUB,
      ],
      { PATH: process.env["PATH"] },
    );
    const told = await until("its address", () =>
      /Ready at (\S+), over redis:\S+:(\d+)/.exec(child.output().stdout),
    );
    expect(await given(told[1] ?? "")).toMatchObject({ redis: `redis://127.0.0.1:${told[2]}` });
    child.process.kill("SIGINT");
    const { code, stdout, stderr } = await child.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/redis \| .*Redis is now ready to exit/);
  });
});

test("a wrong word is a sentence and exit code 1", async () => {
  const program = join(PROJECT, "deploy/local/start.mjs");
  const { code, stderr } = await startChild([process.execPath, program, "--fsync", "no"], process.env).ended;
  expect({ code, stderr }).toEqual({ code: 1, stderr: "--fsync is no: give it always or everysec.\n" });
});
