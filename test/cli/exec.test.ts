/** `rollcall exec` as the program it is, around real commands, with real signals, in front of a real HTTP server. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { answering, hanging } from "../stubs/http-receiver.ts";
import { problem } from "../stubs/check-in-server.ts";
import { DEAD, execWorld } from "./exec-world.ts";

const world = execWorld();
const { exec } = world;

describe("a job that runs", () => {
  test("is told of at its start and at its end, with exit code, duration and output", async () => {
    const { code, stdout, stderr } = await exec("--", "sh", "-c", "echo out; echo err >&2");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "out\n", stderr: "err\n" });
    const [first, second] = world.server.taken;
    expect(world.server.taken.map(({ monitor, kind }) => [monitor, kind])).toEqual([
      ["nightly", "start"],
      ["nightly", "0"],
    ]);
    expect(first?.query["run"]).toBe(second?.query["run"]);
    expect(first?.idempotencyKey).not.toBe(second?.idempotencyKey);
    expect(Number(second?.query["duration"])).toBeGreaterThan(0);
    expect(second?.body.split("\n").sort()).toEqual(["", "err", "out"]);
    expect(world.server.taken.every(({ query }) => query["occurred_at"] === undefined)).toBe(true);
    expect(world.server.faults).toEqual([]);
    expect(existsSync(world.spool)).toBe(false);
  });

  test("ends with its own exit code, which is told", async () => {
    expect((await exec("--", "sh", "-c", "exit 7")).code).toBe(7);
    expect(world.server.taken.map(({ kind }) => kind)).toEqual(["start", "7"]);
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
    expect(world.server.taken.map(({ query }) => query["run"])).toEqual(["r-1", "r-1"]);
  });

  test("says that a person started it, and which window it is for", async () => {
    await exec("--trigger", "manual", "--scheduled-for", "2026-03-08T02:00:00Z", "--", "true");
    for (const { query } of world.server.taken) {
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
    const body = world.server.taken[1]?.body ?? "";
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(100_000);
    expect(body).toMatch(/^\[the first \d+ bytes of the output are left out\]\né+end$/);
  });

  test("passes output on while it is still running", async () => {
    const file = join(world.folder, "go");
    const script = `echo ready; while [ ! -e ${file} ]; do sleep 0.05; done`;
    const running = world.startExec("--", "sh", "-c", script);
    await running.says("ready");
    writeFileSync(file, "");
    await running.ended;
    expect(world.server.taken).toHaveLength(2);
  });

  test("tells no output with --no-output", async () => {
    const { stdout } = await exec("--no-output", "--", "echo", "secret");
    expect(stdout).toBe("secret\n");
    expect(world.server.taken[1]?.body).toBe("");
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
    const running = world.startExec("--", "sh", "-c", "yes; exit 5");
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
    expect(world.server.taken.map(({ kind }) => kind)).toEqual(["start", "127"]);
    expect(world.server.taken[1]?.body).toBe("no-such-command: command not found");
  });

  test("ends with 126 when it may not be executed", async () => {
    writeFileSync(join(world.folder, "plain"), "echo no");
    const { code, stderr } = await exec("--", join(world.folder, "plain"));
    expect(code).toBe(126);
    expect(stderr).toContain("permission denied");
    expect(world.server.taken[1]?.kind).toBe("126");
  });
});

describe("signals", () => {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
  test.each(signals)("%s reaches the job, which decides what to do", async (signal) => {
    const script = `trap 'echo got; exit 3' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
    const running = world.startExec("--", "sh", "-c", script);
    await running.says("ready");
    running.child.kill(signal);
    expect(await running.ended).toMatchObject({ code: 3, stdout: "ready\ngot\n" });
    expect(world.server.taken[1]?.kind).toBe("3");
  });

  test("a job that a signal ended gives 128 and its number", async () => {
    const { code } = await exec("--", "sh", "-c", "kill -KILL $$");
    expect(code).toBe(137);
    expect(world.server.taken[1]?.kind).toBe("137");
  });

  test("one that comes while the end is being told spools it instead of losing it", async () => {
    world.withoutSender();
    const running = world.startExec("--finish-wait", "60s", "--", "sh", "-c", "sleep 0.3; echo over");
    await world.server.wait(1);
    world.server.refuse = hanging;
    await world.server.wait(2);
    running.child.kill("SIGTERM");
    expect((await running.ended).code).toBe(0);
    expect(world.spooled()).toHaveLength(1);
  });
});

describe("a server that does not answer", () => {
  test("holds a job up for no longer than the two waits, and its check-ins are kept", async () => {
    world.server.refuse = hanging;
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
    world.server.refuse = null;
    await world.server.wait(3);
  });

  test("waits 2 s for the start unless told otherwise, while the job runs already", async () => {
    world.server.refuse = hanging;
    const running = world.startExec("--", "echo", "at once");
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
    world.server.refuse = answering({ status: 503, headers: { "retry-after": "1" }, body: "{}" });
    const before = Date.now();
    const { code, stderr } = await exec("--", "sh", "-c", "echo worked");
    const after = Date.now();
    expect(code).toBe(0);
    expect(stderr.split("\n")).toHaveLength(2);
    const tries = world.server.taken.length;
    world.server.refuse = null;
    await world.server.wait(tries + 2);
    const [first, second] = world.server.taken
      .filter(({ query }) => query["occurred_at"] !== undefined)
      .slice(-2);
    expect([first?.kind, second?.kind]).toEqual(["start", "0"]);
    expect(second?.body).toBe("worked\n");
    for (const checkIn of [first, second]) {
      const at = Date.parse(checkIn?.query["occurred_at"] ?? "");
      expect(at).toBeGreaterThanOrEqual(before);
      expect(at).toBeLessThanOrEqual(after);
    }
    expect(first?.idempotencyKey).toBe(world.server.taken[0]?.idempotencyKey);
    expect(world.server.faults).toEqual([]);
    await expect.poll(world.spooled).toEqual([]);
  });

  test("leaves a spool that only its owner can read", async () => {
    world.environment["ROLLCALL_URL"] = DEAD;
    world.withoutSender();
    await exec("--", "true");
    const { spool } = world;
    expect(statSync(spool).mode & 0o777).toBe(0o700);
    expect(world.spooled()).toHaveLength(2);
    for (const name of world.spooled()) expect(statSync(join(spool, name)).mode & 0o777).toBe(0o600);
  });

  test("is told by the next run, start before end, when no sender lived to do it", async () => {
    world.environment["ROLLCALL_URL"] = DEAD;
    world.withoutSender();
    await exec("--run-id", "one", "--", "true");
    world.reviveSpool();
    world.environment["ROLLCALL_URL"] = world.server.url;
    await exec("--run-id", "two", "--", "true");
    const told = world.server.taken.map(
      ({ query, kind }) => `${query["run"]} ${kind}${query["occurred_at"] ? " late" : ""}`,
    );
    expect(told.filter((each) => each.startsWith("one"))).toEqual(["one start late", "one 0 late"]);
    expect(told.filter((each) => each.startsWith("two"))).toEqual(["two start", "two 0"]);
    expect(world.spooled()).toEqual([]);
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
    world.server.refuse = problem(status, code, "There is no monitor nightly.");
    const ended = await exec("--", "true");
    expect(ended.code).toBe(0);
    expect(ended.stderr).toBe("rollcall: nightly: the run was not accepted: There is no monitor nightly.\n");
    expect(world.spooled()).toEqual([]);
    expect(world.refused()).toHaveLength(2);
    const [name = ""] = world.refused();
    expect(readFileSync(join(world.spool, "refused", name), "utf8")).toContain(
      "There is no monitor nightly.",
    );
  });

  test("a 404 that is not Rollcall's own is taken for a proxy's, and tried again", async () => {
    world.server.refuse = answering({ status: 404, body: "<h1>default backend</h1>" });
    await exec("--", "true");
    expect(world.refused()).toEqual([]);
    world.server.refuse = null;
    await expect.poll(world.spooled, { timeout: 10_000 }).toEqual([]);
  });

  test("a success that is not Rollcall's own is not believed", async () => {
    world.server.refuse = answering({ status: 200, body: "<h1>Please log in</h1>" });
    const { code, stderr } = await exec("--", "true");
    expect(code).toBe(0);
    expect(stderr).toContain("Something other than Rollcall answered");
    world.server.refuse = null;
    await expect.poll(world.spooled, { timeout: 10_000 }).toEqual([]);
  });
});

describe("settings that are wrong", () => {
  test("a job without a key runs unseen", async () => {
    world.environment["ROLLCALL_PING_KEY"] = "";
    const { code, stderr } = await exec("--", "sh", "-c", "exit 4");
    expect(code).toBe(4);
    expect(stderr).toContain("set ROLLCALL_PING_KEY");
    expect(world.server.taken).toEqual([]);
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
    writeFileSync(world.spool, "in the way");
    world.environment["ROLLCALL_URL"] = DEAD;
    const { code, stderr } = await exec("--", "true");
    expect(code).toBe(0);
    expect(stderr).toContain("cannot be used");
  });

  test("a key with a line break is never written out", async () => {
    world.environment["ROLLCALL_PING_KEY"] = "rck_ping_default_topsecret\nx";
    const { code, stderr } = await exec("--", "true");
    expect(code).toBe(0);
    expect(stderr).not.toContain("topsecret");
  });

  test("a strange --scheduled-for is left out and said", async () => {
    const { code, stderr } = await exec("--scheduled-for", "yesterday", "--", "true");
    expect(code).toBe(0);
    expect(stderr).toContain('"yesterday" is not an instant');
    expect(world.server.taken).toHaveLength(2);
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
    const { code, stdout, stderr } = await world.rollcall(...words);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(world.server.taken).toEqual([]);
  });
});
