/** The CLI and the server together, both as the programs they are: what one sends, the other understands. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createClient } from "../../src/client/client.ts";
import type { Client } from "../../src/client/client.ts";
import { cliAndServer, run, startServer } from "./program.ts";
import type { Program, Running } from "./program.ts";

const ADMIN_KEY = "rck_admin_default_0123456789abcdefABCDEF";
const PING_KEY = "rck_ping_default_0123456789abcdefABCDEF";

let program: Program;
let folder: string;
let server: Running;
let url: string;
let environment: Record<string, string>;
let client: Client;

beforeAll(async () => {
  program = cliAndServer();
});
afterAll(() => program.remove());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-with-server-"));
  environment = {
    ROLLCALL_ADMIN_KEY: ADMIN_KEY,
    ROLLCALL_PING_KEY: PING_KEY,
    ROLLCALL_DATA: join(folder, "data"),
    ROLLCALL_SPOOL: join(folder, "spool"),
    ROLLCALL_PORT: "0",
  };
  await beginServer();
  client = createClient({ url, key: ADMIN_KEY });
  await client.monitors.put("nightly", { schedule: { every: "1h" } });
});
afterEach(async () => {
  await stopServer();
  rmSync(folder, { recursive: true, force: true });
});

async function beginServer(): Promise<void> {
  ({ server, url } = await startServer(program, environment));
  environment["ROLLCALL_URL"] = url;
  environment["ROLLCALL_PORT"] = new URL(url).port;
}

async function stopServer(): Promise<void> {
  server.child.kill("SIGTERM");
  expect(await server.ended).toMatchObject({ code: 0 });
}

const cli = (...words: string[]) => run(program, words, environment);

test("a failing job is a failed run with its output, and the monitor is down until it ends well", async () => {
  const failed = await cli("exec", "nightly", "--run-id", "r1", "--", "sh", "-c", "echo boom >&2; exit 3");
  expect(failed).toMatchObject({ code: 3, stderr: "boom\n" });
  const [first] = (await client.monitors.runs("nightly", { run_id: "r1" })).items;
  expect(first).toMatchObject({ state: "failed", outcome: { exit_status: 3, message: "boom\n" } });
  expect(await cli("status")).toMatchObject({ code: 1, stdout: expect.stringMatching(/nightly +down/) });

  expect((await cli("exec", "nightly", "--", "true")).code).toBe(0);
  expect(await cli("status", "nightly")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/nightly +up/),
  });
});

test("a job whose outcome cannot be read has not succeeded, whatever its exit code", async () => {
  const half = `printf '{"counts": {"proc' > "$ROLLCALL_OUTCOME_FILE"`;
  expect(await cli("exec", "nightly", "--", "sh", "-c", half)).toMatchObject({ code: 0, stderr: "" });
  const [found] = (await client.monitors.runs("nightly")).items;
  const unreadable = expect.stringMatching(/^the outcome file is not JSON: /);
  expect(found).toMatchObject({ state: "unverified", outcome: { exit_status: 0, unreadable } });
});

test("what a job had to say while the server was down is told with its own instants", async () => {
  await stopServer();
  const before = Date.now();
  expect((await cli("exec", "nightly", "--run-id", "r2", "--", "echo", "meanwhile")).code).toBe(0);
  const after = Date.now();
  await beginServer();
  await expect.poll(async () => (await cli("flush", "--json")).code, { timeout: 15_000 }).toBe(0);
  const [found] = (await client.monitors.runs("nightly", { run_id: "r2" })).items;
  expect(found).toMatchObject({ state: "reported", outcome: { exit_status: 0, message: "meanwhile\n" } });
  for (const at of [found?.started_at, found?.finished_at]) {
    expect(Date.parse(at ?? "")).toBeGreaterThanOrEqual(before);
    expect(Date.parse(at ?? "")).toBeLessThanOrEqual(after);
  }
});

test("a monitor or a key that is not known does not fail the job, and says what to do", async () => {
  const unknown = await cli("exec", "nope", "--", "true");
  expect(unknown.code).toBe(0);
  expect(unknown.stderr).toMatch(
    /^rollcall: nope: the run was not accepted: There is no monitor "nope".*\n$/,
  );
  const wrong = await cli("exec", "nightly", "--key", PING_KEY.replace("0123", "9999"), "--", "true");
  expect(wrong.code).toBe(0);
  expect(wrong.stderr).toContain("the run was not accepted");
  const [rejection] = (await client.rejections.list()).items;
  expect(rejection).toMatchObject({ monitor: "nightly", reason: "wrong_secret", count: 2 });
});

test("explain and preview agree with the server", async () => {
  await cli("exec", "nightly", "--", "true");
  const later = new Date(Date.now() + 2 * 3_600_000).toISOString();
  const { code, stdout } = await cli("explain", "nightly", "--at", later);
  expect(code).toBe(0);
  expect(stdout).toMatch(/nightly: expected at .*, to start by/);

  const schedule = { cron: ["30 2 * * *", "0 */7 * * 1-5"], timezone: "Europe/Berlin" };
  const from = "2026-03-27T12:00:00Z";
  const asked = await client.schedules.preview({ schedule, from, count: 20 });
  const words = ["preview", ...schedule.cron, "--tz", schedule.timezone, "--from", from, "--count", "20"];
  const shown = await cli(...words, "--json");
  const local = JSON.parse(shown.stdout) as { runs: string[] };
  expect(local.runs).toEqual(asked.runs);
});

test("serve says which Node the server needs, where it is too old and nothing can fetch another", async () => {
  const older = `Object.defineProperty(process.versions, "node", { value: "20.20.2" });`;
  const options = `--import=data:text/javascript,${encodeURIComponent(older)}`;
  const ended = await run(program, ["serve"], { ...environment, NODE_OPTIONS: options });
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain("The server needs Node 24 or newer and this is 20.20.2: use a newer one.");
});
