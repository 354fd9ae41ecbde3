/** The commands that ask or show, run as the program: what people see, what programs get, and how they end. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answering, startHttpReceiver } from "../stubs/http-receiver.ts";
import type { Answer, HttpReceiver } from "../stubs/http-receiver.ts";
import { PING_KEY, problem } from "../stubs/check-in-server.ts";
import { cliAlone, run, start } from "./program.ts";
import type { Program } from "./program.ts";

const READ_KEY = "rck_read_default_0123456789abcdefABCDEF0123456789";

let program: Program;
let server: HttpReceiver;
let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  program = cliAlone();
});
afterAll(() => program.remove());
beforeEach(async () => {
  server = await startHttpReceiver();
  folder = mkdtempSync(join(tmpdir(), "rollcall-cli-"));
  environment = {
    ROLLCALL_URL: server.url,
    ROLLCALL_READ_KEY: READ_KEY,
    ROLLCALL_SPOOL: join(folder, "spool"),
  };
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const cli = (...words: string[]) => run(program, words, environment);
const json = (value: unknown): Answer => answering({ status: 200, body: JSON.stringify(value) });

const UP = {
  slug: "api-sync",
  status: "up",
  since: null,
  next: { expected_at: "2100-01-01T00:00:00Z", start_by: "2100-01-01T00:10:00Z" },
  last_run: null,
  never_verified: false,
  degraded_by: null,
  acceleration: null,
  incident: null,
};
const DOWN = {
  ...UP,
  slug: "nightly",
  status: "down",
  since: "2026-01-01T00:00:00Z",
  incident: { title: "nightly: nothing arrived\u001b[2J", opened_at: "2026-01-01T00:00:00Z" },
};

describe("status", () => {
  test("shows what is down first, in plain columns, and exits 1", async () => {
    server.answer = json({ items: [UP, DOWN], next_cursor: null });
    const { code, stdout } = await cli("status");
    const [heading, first, second] = stdout.split("\n");
    expect(heading).toMatch(/^MONITOR +STATUS +SINCE +NEXT +REMARK$/);
    expect(first).toMatch(/^nightly +down +\S.* +in \d+d.* +nightly: nothing arrived \[2J$/);
    expect(second).toMatch(/^api-sync +up +in \d+d[^:]*$/);
    expect(stdout).not.toContain("\u001b");
    expect(code).toBe(1);
    expect(server.received[0]).toMatchObject({ method: "GET", path: "/v1/monitors" });
    expect(server.received[0]?.headers["authorization"]).toBe(`Bearer ${READ_KEY}`);
  });

  test("says of what is up what its green does not say", async () => {
    const degraded = { ...UP, degraded_by: "processed 3; the last 20 runs: 180-210", never_verified: true };
    server.answer = json({ items: [degraded, { ...UP, never_verified: true }], next_cursor: null });
    const [, first, second] = (await cli("status")).stdout.split("\n");
    expect(first).toMatch(/ degraded: processed 3; the last 20 runs: 180-210$/);
    expect(second).toMatch(/ never verified: it has no check$/);
  });

  test("walks through all pages, gives programs JSON, and exits 0 when nothing is down", async () => {
    server.answer = (received, response) =>
      json(
        received.path.includes("cursor")
          ? { items: [UP], next_cursor: null }
          : { items: [UP], next_cursor: "c 2" },
      )(received, response);
    const { code, stdout } = await cli("status", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ items: [UP, UP] });
    expect(server.received.map(({ path }) => path)).toEqual(["/v1/monitors", "/v1/monitors?cursor=c+2"]);
  });

  test("of one monitor asks for that one", async () => {
    server.answer = json(DOWN);
    expect((await cli("status", "a b")).code).toBe(1);
    expect(server.received[0]?.path).toBe("/v1/monitors/a%20b");
  });

  test("says when there are none", async () => {
    server.answer = json({ items: [], next_cursor: null });
    expect(await cli("status")).toMatchObject({ code: 0, stdout: "There are no monitors yet.\n" });
  });

  test("passes the API's sentence on and exits 3", async () => {
    server.answer = problem(404, "not_found", "There is no monitor nope.");
    expect(await cli("status", "nope")).toMatchObject({
      code: 3,
      stderr: "rollcall: There is no monitor nope.\n",
    });
  });

  test("says that Rollcall cannot be reached and exits 3", async () => {
    const { code, stderr } = await cli("status", "--url", "http://127.0.0.1:2");
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: "rollcall: Rollcall cannot be reached at http://127.0.0.1:2 (connection refused).\n",
    });
  });

  test("without a key says where one goes and exits 2", async () => {
    environment["ROLLCALL_READ_KEY"] = "";
    const { code, stderr } = await cli("status");
    expect(code).toBe(2);
    expect(stderr).toContain("ROLLCALL_READ_KEY");
  });
});

describe("explain", () => {
  const ANSWER = {
    monitor: "nightly",
    window: { expected_at: "2026-03-08T02:00:00Z", start_by: "2026-03-08T02:10:00Z" },
    run: {
      story_line: "is not verified: processed 3 of 200 = 1.5 %, needs at least 95 %",
      checks: [{ layer: "rule", check: "processed / expected >= 0.95", status: "failed", sentence: "1.5 %" }],
    },
    judgements: [
      {
        verdict: "missing",
        reason: "No start was received by the deadline.",
        judged_at: "2026-03-08T02:10:00Z",
      },
      { verdict: "late", reason: "A start was received 5m late.", judged_at: "2026-03-08T02:15:00Z" },
    ],
    check_ins: [
      {
        kind: "fail",
        received_at: "2026-03-08T02:15:00Z",
        occurred_at: "2026-03-08T02:14:00Z",
        run_id: "r1",
        trigger: "schedule",
        exit_status: 3,
        folded: 1,
        by: "ping key key_1",
      },
    ],
    rejections: [
      {
        last_at: "2026-03-08T02:05:00Z",
        reason: "wrong_secret",
        route: "GET /api/cron",
        count: 2,
        address_prefix: "10.0.0.0/24",
        expected: "a ping key",
        seen: "another\nsecret",
      },
    ],
    blind_spots: [],
    pauses: [{ kind: "pause", from: "2026-03-08T00:00:00Z", until: null, reason: "moving" }],
  };

  test("prints every judgement with its reason, and what was considered", async () => {
    server.answer = json(ANSWER);
    const { code, stdout } = await cli("explain", "nightly", "--at", "2026-03-08T04:00:00+01:00");
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "nightly: expected at 2026-03-08T02:00:00Z, to start by 2026-03-08T02:10:00Z.",
        "2026-03-08T02:10:00Z  missing: No start was received by the deadline.",
        "2026-03-08T02:15:00Z  late: A start was received 5m late.",
        "The run is not verified: processed 3 of 200 = 1.5 %, needs at least 95 %.",
        "Checks:",
        "  failed  processed / expected >= 0.95: 1.5 %",
        "Check-ins:",
        "  2026-03-08T02:15:00Z  fail, exit code 3, run r1, delivered late, said to be of 2026-03-08T02:14:00Z, by ping key key_1",
        "Rejections:",
        "  2026-03-08T02:05:00Z  wrong_secret at GET /api/cron, 2 times from 10.0.0.0/24: expected a ping key, but saw another secret",
        "Blind spots: none.",
        "Pauses and maintenance:",
        "  pause from 2026-03-08T00:00:00Z on: moving",
        "",
      ].join("\n"),
    );
    expect(server.received[0]?.path).toBe("/v1/monitors/nightly/explain?at=2026-03-08T03%3A00%3A00.000Z");
  });

  test("says nothing of a run that told nothing", async () => {
    for (const run of [null, { story_line: null, checks: [] }]) {
      server.answer = json({ ...ANSWER, run });
      expect((await cli("explain", "nightly")).stdout).not.toMatch(/Checks|The run/);
    }
  });

  test("gives programs the answer as it came", async () => {
    server.answer = json(ANSWER);
    expect(JSON.parse((await cli("explain", "nightly", "--json")).stdout)).toEqual(ANSWER);
  });

  test("refuses an instant without a zone", async () => {
    const { code, stderr } = await cli("explain", "nightly", "--at", "2026-03-08T02:00");
    expect(code).toBe(2);
    expect(stderr).toContain("write it like");
  });
});

describe("preview", () => {
  const FROM = ["--from", "2026-03-27T12:00:00Z"];

  test("shows local and UTC time over a clock change, asking no server", async () => {
    const { code, stdout } = await cli(
      "preview",
      "0 12 * * *",
      "--tz",
      "Europe/Berlin",
      "--count",
      "3",
      ...FROM,
    );
    expect(code).toBe(0);
    expect(stdout.split("\n").map((line) => line.split("  ").slice(0, 2).join("  "))).toEqual(
      [
        "at 12:00 every day, Europe/Berlin",
        "Sat 2026-03-28 12:00:00 CET   2026-03-28T11:00:00Z",
        "Sun 2026-03-29 12:00:00 CEST  2026-03-29T10:00:00Z",
        "Mon 2026-03-30 12:00:00 CEST  2026-03-30T10:00:00Z",
        "",
      ].map((line) => line.split("  ").slice(0, 2).join("  ")),
    );
    expect(server.received).toEqual([]);
  });

  test("gives programs instants and warnings", async () => {
    const { stdout } = await cli("preview", "@daily", "30 6 * * *", "--count", "2", "--json", ...FROM);
    expect(JSON.parse(stdout)).toEqual({
      description: "at 00:00 every day and at 06:30 every day, UTC",
      runs: ["2026-03-28T00:00:00Z", "2026-03-28T06:30:00Z"],
      warnings: [],
    });
  });

  test("takes an interval too", async () => {
    const { stdout } = await cli("preview", "--every", "90m", "--count", "2", "--json", ...FROM);
    expect(JSON.parse(stdout)).toMatchObject({
      runs: ["2026-03-27T13:30:00Z", "2026-03-27T15:00:00Z"],
    });
  });

  test.each([
    [["61 * * * *"], "61"],
    [["0 2 * * *", "--tz", "Mars/Olympus"], "Mars/Olympus"],
    [["0", "2", "*", "*", "*"], "in quotes"],
    [["0 2 * * *", "--count", "0"], "--count"],
    [[], "neither cron nor every|neither"],
  ])("refuses %j with one sentence", async (words, sentence) => {
    const { code, stdout, stderr } = await cli("preview", ...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(new RegExp(sentence));
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("flush", () => {
  const spoolOne = async (): Promise<void> => {
    await run(program, ["exec", "nightly", "--run-id", "r1", "--", "true"], {
      ...environment,
      ROLLCALL_URL: server.url,
      ROLLCALL_PING_KEY: PING_KEY,
    });
  };

  test("delivers what is kept, says so, and has then nothing left to do", async () => {
    // The mark of a sender at work keeps exec from leaving one of its own.
    mkdirSync(join(folder, "spool"));
    writeFileSync(join(folder, "spool", "sender"), "");
    server.answer = answering({ status: 500, body: "{}" });
    await spoolOne();
    const failed = await cli("flush");
    expect(failed).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^2 check-ins left: .* answered 500/),
    });
    server.answer = json({ monitor: "nightly" });
    const { code, stdout } = await cli("flush");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^delivered +nightly start, of .*\ndelivered +nightly end with exit code 0, of .*\n$/,
    );
    expect((await cli("flush")).stdout).toBe("Nothing is waiting to be delivered.\n");
    expect(server.received.filter(({ path }) => path.includes("occurred_at")).length).toBeGreaterThanOrEqual(
      2,
    );
  });

  test("says what was refused, exits 1, and delivers it after its reason was mended", async () => {
    server.answer = problem(404, "not_found", "There is no monitor nightly.");
    await spoolOne();
    const again = await cli("flush", "--refused");
    expect(again.code).toBe(1);
    expect(again.stdout).toMatch(/refused +nightly start, of .*: There is no monitor nightly\./);
    server.answer = json({ monitor: "nightly" });
    const mended = await cli("flush", "--refused", "--json");
    expect(mended.code).toBe(0);
    expect(JSON.parse(mended.stdout)).toMatchObject({
      delivered: [
        { monitor: "nightly", kind: "start", exit_status: null, run_id: "r1" },
        { monitor: "nightly", kind: "success", exit_status: 0, run_id: "r1" },
      ],
      left: 0,
    });
    expect(mended.stdout).not.toContain("rck_");
  });

  test("says nothing when it is to be quiet", async () => {
    expect(await cli("flush", "--quiet")).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });
});

describe("serve", () => {
  test("runs the server beside itself, with its arguments, signals and exit code", async () => {
    const server = `
      process.on("SIGTERM", () => process.exit(9));
      setInterval(() => {}, 1_000);
      console.log(process.argv.slice(2).join(" "));`;
    writeFileSync(join(dirname(program.file), "server.mjs"), server);
    const running = start(program, ["serve", "--flag", "x"], environment);
    await running.says("serve --flag x");
    running.child.kill("SIGTERM");
    expect((await running.ended).code).toBe(9);
  });
});

describe("bad usage", () => {
  test("an unknown command is one sentence and exit code 2", async () => {
    const { code, stderr } = await cli("stauts");
    expect(code).toBe(2);
    expect(stderr.trim()).toMatch(/^rollcall: unknown command 'stauts'/);
  });

  test("nothing at all shows the help", async () => {
    const { code, stderr } = await cli();
    expect(code).toBe(2);
    for (const command of ["serve", "exec", "flush", "status", "preview", "explain"]) {
      expect(stderr).toContain(`  ${command} `);
    }
  });

  test("--help is no mistake", async () => {
    const { code, stdout } = await cli("exec", "--help");
    expect(code).toBe(0);
    expect(stdout).toContain("<monitor> [options] -- <command>");
  });
});
