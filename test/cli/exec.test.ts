/** `rollcall exec` as the program it is, around real commands, with real signals, in front of a real HTTP server. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answering, hanging } from "../stubs/http-receiver.ts";
import { PING_KEY, problem, startCheckInServer } from "../stubs/check-in-server.ts";
import type { CheckInServer } from "../stubs/check-in-server.ts";
import { bundleCli, run, start } from "./program.ts";
import type { Program } from "./program.ts";

let program: Program;
let server: CheckInServer;
let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  program = await bundleCli();
});
afterAll(() => program.remove());
beforeEach(async () => {
  server = await startCheckInServer();
  folder = mkdtempSync(join(tmpdir(), "rollcall-spool-"));
  environment = {
    ROLLCALL_URL: server.url,
    ROLLCALL_PING_KEY: PING_KEY,
    ROLLCALL_SPOOL: join(folder, "spool"),
  };
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const exec = (...words: string[]) => run(program, ["exec", "nightly", ...words], environment);
const spooled = (): string[] =>
  existsSync(join(folder, "spool"))
    ? readdirSync(join(folder, "spool")).filter((name) => name.endsWith(".json"))
    : [];
const refused = (): string[] => {
  const path = join(folder, "spool", "refused");
  return existsSync(path) ? readdirSync(path) : [];
};
/** Nothing listens there: connections are refused. */
const DEAD = "http://127.0.0.1:2";
/** Marks a sender as at work, so that none is left behind and the spool stays as it is. */
const withoutSender = (): void => {
  mkdirSync(join(folder, "spool"));
  writeFileSync(join(folder, "spool", "sender"), "");
};
/** What is kept for a dead address is sent to the live server instead. */
const reviveSpool = (): void => {
  for (const name of spooled()) {
    const path = join(folder, "spool", name);
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(DEAD, server.url));
  }
};

describe("a job that runs", () => {
  test("is told of at its start and at its end, with exit code, duration and output", async () => {
    const { code, stdout, stderr } = await exec("--", "sh", "-c", "echo out; echo err >&2");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "out\n", stderr: "err\n" });
    const [first, second] = server.taken;
    expect(server.taken.map(({ monitor, kind }) => [monitor, kind])).toEqual([
      ["nightly", "start"],
      ["nightly", "0"],
    ]);
    expect(first?.query["run"]).toBe(second?.query["run"]);
    expect(first?.idempotencyKey).not.toBe(second?.idempotencyKey);
    expect(Number(second?.query["duration"])).toBeGreaterThan(0);
    expect(second?.body.split("\n").sort()).toEqual(["", "err", "out"]);
    expect(server.taken.every(({ query }) => query["occurred_at"] === undefined)).toBe(true);
    expect(server.faults).toEqual([]);
    expect(existsSync(join(folder, "spool"))).toBe(false);
  });

  test("ends with its own exit code, which is told", async () => {
    expect((await exec("--", "sh", "-c", "exit 7")).code).toBe(7);
    expect(server.taken.map(({ kind }) => kind)).toEqual(["start", "7"]);
  });

  test("finds the id of its run in its environment, and options after -- are its own", async () => {
    const { stdout } = await exec(
      "--run-id",
      "r-1",
      "--",
      "sh",
      "-c",
      "echo $ROLLCALL_RUN_ID $1",
      "-c",
      "--key",
    );
    expect(stdout).toBe("r-1 --key\n");
    expect(server.taken.map(({ query }) => query["run"])).toEqual(["r-1", "r-1"]);
  });

  test("says that a person started it, and which window it is for", async () => {
    await exec("--trigger", "manual", "--scheduled-for", "2026-03-08T02:00:00Z", "--", "true");
    for (const { query } of server.taken) {
      expect(query).toMatchObject({ trigger: "manual", scheduled_for: "2026-03-08T02:00:00.000Z" });
    }
  });

  test("tells the last 100 kB of a long output, whole characters only, and passes all of it on", async () => {
    const { stdout } = await exec(
      "--",
      process.execPath,
      "-e",
      "process.stdout.write('é'.repeat(150_000) + 'end')",
    );
    expect(stdout).toBe("é".repeat(150_000) + "end");
    const body = server.taken[1]?.body ?? "";
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(100_000);
    expect(body).toMatch(/^\[the first \d+ bytes of the output are left out\]\né+end$/);
  });

  test("passes output on while it is still running", async () => {
    const file = join(folder, "go");
    const script = `echo ready; while [ ! -e ${file} ]; do sleep 0.05; done`;
    const running = start(program, ["exec", "nightly", "--", "sh", "-c", script], environment);
    await running.says("ready");
    writeFileSync(file, "");
    await running.ended;
    expect(server.taken).toHaveLength(2);
  });

  test("tells no output with --no-output", async () => {
    const { stdout } = await exec("--no-output", "--", "echo", "secret");
    expect(stdout).toBe("secret\n");
    expect(server.taken[1]?.body).toBe("");
  });

  test("can open its outputs by name, as scripts do", async () => {
    const { code, stdout, stderr } = await exec(
      "--",
      "sh",
      "-c",
      "echo out >/dev/stdout; echo err >/dev/stderr",
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "out\n", stderr: "err\n" });
  });

  test("ends as it would alone when nobody reads its output any more", async () => {
    const running = start(program, ["exec", "nightly", "--", "sh", "-c", "yes; exit 5"], environment);
    await running.says("y\n");
    running.child.stdout?.destroy();
    await expect(running.ended).resolves.toMatchObject({ code: 5 });
  });

  test("is not held up by a program it leaves in the background", async () => {
    const { code, tookMs, stdout } = await exec("--", "sh", "-c", "sleep 20 & echo pid $!");
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(10_000);
    process.kill(Number(/pid (\d+)/.exec(stdout)?.[1]));
  });
});

describe("a job that cannot run", () => {
  test("ends with 127 when there is no such command, which is told as a failed run", async () => {
    const { code, stderr } = await exec("--", "no-such-command");
    expect({ code, stderr }).toEqual({ code: 127, stderr: "rollcall: no-such-command: command not found\n" });
    expect(server.taken.map(({ kind }) => kind)).toEqual(["start", "127"]);
    expect(server.taken[1]?.body).toBe("no-such-command: command not found");
  });

  test("ends with 126 when it may not be executed", async () => {
    writeFileSync(join(folder, "plain"), "echo no");
    const { code, stderr } = await exec("--", join(folder, "plain"));
    expect(code).toBe(126);
    expect(stderr).toContain("permission denied");
    expect(server.taken[1]?.kind).toBe("126");
  });
});

describe("signals", () => {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
  test.each(signals)("%s reaches the job, which decides what to do", async (signal) => {
    const script = `trap 'echo got; exit 3' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
    const running = start(program, ["exec", "nightly", "--", "sh", "-c", script], environment);
    await running.says("ready");
    running.child.kill(signal);
    expect(await running.ended).toMatchObject({ code: 3, stdout: "ready\ngot\n" });
    expect(server.taken[1]?.kind).toBe("3");
  });

  test("a job that a signal ended gives 128 and its number", async () => {
    const { code } = await exec("--", "sh", "-c", "kill -KILL $$");
    expect(code).toBe(137);
    expect(server.taken[1]?.kind).toBe("137");
  });

  test("one that comes while the end is being told spools it instead of losing it", async () => {
    withoutSender();
    const running = start(
      program,
      ["exec", "nightly", "--finish-wait", "60s", "--", "sh", "-c", "sleep 0.3; echo over"],
      environment,
    );
    await server.wait(1);
    server.refuse = hanging;
    await server.wait(2);
    running.child.kill("SIGTERM");
    expect((await running.ended).code).toBe(0);
    expect(spooled()).toHaveLength(1);
  });
});

describe("a server that does not answer", () => {
  test("holds a job up for no longer than the two waits, and its check-ins are kept", async () => {
    server.refuse = hanging;
    const { code, tookMs, stderr } = await exec(
      "--start-wait",
      "200ms",
      "--finish-wait",
      "300ms",
      "--",
      "sh",
      "-c",
      "exit 5",
    );
    expect(code).toBe(5);
    expect(tookMs).toBeLessThan(2_000);
    expect(stderr).toMatch(
      /^rollcall: nightly: Rollcall cannot be reached at .* \(no answer within 0.2 s\)\. .*told later\.\n$/,
    );
    server.refuse = null;
    await server.wait(3);
  });

  test("waits 2 s for the start unless told otherwise, while the job runs already", async () => {
    server.refuse = hanging;
    const running = start(program, ["exec", "nightly", "--", "echo", "at once"], environment);
    const startedAt = performance.now();
    await running.says("at once");
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    const { tookMs } = await running.ended;
    expect(tookMs).toBeGreaterThan(1_900);
    expect(tookMs).toBeLessThan(7_000);
  });
});

describe("a server that is down", () => {
  test("never makes the job fail; a sender left behind tells of it, once, with its own instants", async () => {
    server.refuse = answering({ status: 503, headers: { "retry-after": "1" }, body: "{}" });
    const before = Date.now();
    const { code, stderr } = await exec("--", "sh", "-c", "echo worked");
    const after = Date.now();
    expect(code).toBe(0);
    expect(stderr.split("\n")).toHaveLength(2);
    const tries = server.taken.length;
    server.refuse = null;
    await server.wait(tries + 2);
    const [first, second] = server.taken.filter(({ query }) => query["occurred_at"] !== undefined).slice(-2);
    expect([first?.kind, second?.kind]).toEqual(["start", "0"]);
    expect(second?.body).toBe("worked\n");
    for (const checkIn of [first, second]) {
      const at = Date.parse(checkIn?.query["occurred_at"] ?? "");
      expect(at).toBeGreaterThanOrEqual(before);
      expect(at).toBeLessThanOrEqual(after);
    }
    expect(first?.idempotencyKey).toBe(server.taken[0]?.idempotencyKey);
    expect(server.faults).toEqual([]);
    await expect.poll(spooled).toEqual([]);
  });

  test("leaves a spool that only its owner can read", async () => {
    environment["ROLLCALL_URL"] = DEAD;
    withoutSender();
    await exec("--", "true");
    const spool = join(folder, "spool");
    expect(statSync(spool).mode & 0o777).toBe(0o700);
    expect(spooled()).toHaveLength(2);
    for (const name of spooled()) expect(statSync(join(spool, name)).mode & 0o777).toBe(0o600);
  });

  test("is told by the next run, start before end, when no sender lived to do it", async () => {
    environment["ROLLCALL_URL"] = DEAD;
    withoutSender();
    await exec("--run-id", "one", "--", "true");
    reviveSpool();
    environment["ROLLCALL_URL"] = server.url;
    await exec("--run-id", "two", "--", "true");
    const told = server.taken.map(
      ({ query, kind }) => `${query["run"]} ${kind}${query["occurred_at"] ? " late" : ""}`,
    );
    expect(told.filter((each) => each.startsWith("one"))).toEqual(["one start late", "one 0 late"]);
    expect(told.filter((each) => each.startsWith("two"))).toEqual(["two start", "two 0"]);
    expect(spooled()).toEqual([]);
  });
});

describe("what can never be told", () => {
  test.each([
    [400, "invalid_request"],
    [401, "unauthorized"],
    [403, "forbidden"],
    [404, "not_found"],
    [410, "gone"],
  ])("a %d is said once, kept aside with its reason, and does not fail the job", async (status, code) => {
    server.refuse = problem(status, code, "There is no monitor nightly.");
    const ended = await exec("--", "true");
    expect(ended.code).toBe(0);
    expect(ended.stderr).toBe("rollcall: nightly: the run was not accepted: There is no monitor nightly.\n");
    expect(spooled()).toEqual([]);
    expect(refused()).toHaveLength(2);
    const [name = ""] = refused();
    expect(readFileSync(join(folder, "spool", "refused", name), "utf8")).toContain(
      "There is no monitor nightly.",
    );
  });

  test("a 404 that is not Rollcall's own is taken for a proxy's, and tried again", async () => {
    server.refuse = answering({ status: 404, body: "<h1>default backend</h1>" });
    await exec("--", "true");
    expect(refused()).toEqual([]);
    server.refuse = null;
    await expect.poll(spooled, { timeout: 10_000 }).toEqual([]);
  });

  test("a success that is not Rollcall's own is not believed", async () => {
    server.refuse = answering({ status: 200, body: "<h1>Please log in</h1>" });
    const { code, stderr } = await exec("--", "true");
    expect(code).toBe(0);
    expect(stderr).toContain("Something other than Rollcall answered");
    server.refuse = null;
    await expect.poll(spooled, { timeout: 10_000 }).toEqual([]);
  });
});

describe("settings that are wrong", () => {
  test("a job without a key runs unseen", async () => {
    environment["ROLLCALL_PING_KEY"] = "";
    const { code, stderr } = await exec("--", "sh", "-c", "exit 4");
    expect(code).toBe(4);
    expect(stderr).toContain("set ROLLCALL_PING_KEY");
    expect(server.taken).toEqual([]);
  });

  test.each(["nonsense", "ftp://x", "http://user:hunter2@127.0.0.1"])(
    "the address %s does not fail it",
    async (url) => {
      const { code, stderr } = await exec("--url", url, "--", "true");
      expect(code).toBe(0);
      expect(stderr).toContain("not accepted");
      expect(stderr).not.toContain("hunter2");
    },
  );

  test("a spool that cannot be written to does not fail it", async () => {
    writeFileSync(join(folder, "spool"), "in the way");
    environment["ROLLCALL_URL"] = DEAD;
    const { code, stderr } = await exec("--", "true");
    expect(code).toBe(0);
    expect(stderr).toContain("cannot be used");
  });

  test("a key with a line break is never written out", async () => {
    environment["ROLLCALL_PING_KEY"] = "rck_ping_default_topsecret\nx";
    const { code, stderr } = await exec("--", "true");
    expect(code).toBe(0);
    expect(stderr).not.toContain("topsecret");
  });

  test("a strange --scheduled-for is left out and said", async () => {
    const { code, stderr } = await exec("--scheduled-for", "yesterday", "--", "true");
    expect(code).toBe(0);
    expect(stderr).toContain('"yesterday" is not an instant');
    expect(server.taken).toHaveLength(2);
  });
});

describe("bad usage", () => {
  test.each([
    [["exec"], "missing required argument 'monitor'"],
    [["exec", "nightly"], "missing required argument 'command'"],
    [["exec", "nightly", "--bogus", "--", "true"], "unknown option '--bogus'"],
    [["exec", "nightly", "ls", "-l"], "Write -- before the command"],
    [["exec", "nightly", "--trigger", "cron", "--", "true"], "--trigger is manual or schedule"],
    [["exec", "nightly", "--start-wait", "soon", "--", "true"], "is not a duration"],
  ])("%j is one sentence and exit code 2", async (words, sentence) => {
    const { code, stdout, stderr } = await run(program, words, environment);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(server.taken).toEqual([]);
  });
});
