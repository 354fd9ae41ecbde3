/**
 * The disk is full while check-ins come: none is acknowledged that is not kept, and what could not be heard meanwhile
 * is a blind spot. A limit on the size of the program's files stands for the disk: it can be lifted while it runs.
 */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requirement } from "../requirements.ts";
import { makeHome, PING_KEY, startServer, type Home, type ServerProgram } from "./server-program.ts";
import { until } from "./waiting.ts";

/** Longer than the gap that makes a blind spot. */
const FULL_MS = 18_000;

const prlimit = requirement("prlimit");

// Without prlimit the limit cannot be lifted while the server runs.
describe.skipIf(prlimit === null)("a full disk", () => {
  let home: Home;
  let server: ServerProgram;
  const kept: string[] = [];
  const refused: string[] = [];
  let count = 0;

  beforeAll(async () => {
    home = makeHome();
    server = await startServer(home);
    // Expected while the disk is full: it must not be called missing.
    await server.client.monitors.put("silent", { schedule: { cron: "*/10 * * * * *" }, grace: "10s" });
    await server.client.monitors.put("filling", { schedule: { every: "1h" } });
  });
  afterAll(async () => {
    await server.kill();
    home.remove();
  });

  /** The soft limit only, so that it can be lifted again. */
  function limitFiles(bytes: string): void {
    execFileSync(prlimit?.path ?? "", ["--pid", String(server.pid), `--fsize=${bytes}:`]);
  }

  async function checkIn(): Promise<Response> {
    const runId = `run-${(count += 1)}`;
    const answer = await fetch(`${server.url}/checkin/${PING_KEY}/filling?run=${runId}`, {
      method: "POST",
      body: "x".repeat(20_000),
    });
    (answer.status === 200 ? kept : refused).push(runId);
    return answer;
  }

  test("check-ins are refused with 503 and Retry-After", { timeout: 60_000 }, async () => {
    for (let index = 0; index < 20; index += 1) expect((await checkIn()).status).toBe(200);
    limitFiles("4096");
    const fullAt = Date.now();
    while (Date.now() < fullAt + FULL_MS) {
      const answer = await checkIn();
      const told = await answer.text();
      expect({ status: answer.status, told }).toEqual({
        status: 503,
        told: expect.stringMatching(/free some space/),
      });
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      await until("the next second", () => Date.now() > fullAt + refused.length * 500);
    }
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  test(
    "when there is room again it goes on by itself, and the gap is a blind spot",
    { timeout: 30_000 },
    async () => {
      limitFiles("unlimited");
      await until("a check-in that is taken", async () => (await checkIn()).status === 200);
      const spot = await until("a blind spot", async () => (await server.client.blindSpots.list()).items[0]);
      expect(spot.cause).toBe("stopped");
      const lengthMs = Date.parse(spot.to) - Date.parse(spot.from);
      expect(lengthMs).toBeGreaterThan(FULL_MS - 5_000);
      const kinds = (await server.client.incidents.list()).items.map(({ kind }) => kind);
      expect(kinds).toEqual(["blind"]);
    },
  );

  test("what was acknowledged is there, what was refused is not", async () => {
    const { items } = await server.client.monitors.runs("filling", { limit: 200 });
    const there = items.map(({ run_id }) => run_id);
    expect(kept.filter((runId) => !there.includes(runId))).toEqual([]);
    expect(refused.filter((runId) => there.includes(runId))).toEqual([]);
    await server.stop();
    server = await startServer(home);
    expect((await server.client.monitors.runs("filling", { limit: 200 })).items).toEqual(items);
  });
});
