/** What `rollcall exec` gives a job besides its command, and takes from it: the outcome file and the trace. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { answering } from "../stubs/http-receiver.ts";
import { DEAD, execWorld } from "./exec-world.ts";

const world = execWorld();
const { exec } = world;

describe("a job that says what it did", () => {
  /** The command of a job that writes this into its outcome file. */
  const writing = (text: string, then = "true"): string[] => [
    "--",
    "sh",
    "-c",
    `printf %s "$0" > "$ROLLCALL_OUTCOME_FILE"; echo "file $ROLLCALL_OUTCOME_FILE"; ${then}`,
    text,
  ];
  const folderIn = (stdout: string): string => dirname(/^file (.+)$/m.exec(stdout)?.[1] ?? "");
  const COUNTS = { counts: { expected: 200, processed: 3 } };

  test("has its outcome told with its end, beside exit code, duration and output", async () => {
    const { code, stdout } = await exec(...writing(JSON.stringify(COUNTS), "exit 3"));
    expect(code).toBe(3);
    const [first, second] = world.server.taken;
    expect([first?.kind, first?.body, second?.kind]).toEqual(["start", "", "3"]);
    expect(JSON.parse(second?.body ?? "")).toEqual({ ...COUNTS, message: stdout });
    expect(world.server.faults).toEqual([]);
  });

  test.each([
    ["writes half of it and dies", '{"counts": {"proc', "kill -KILL $$", "137"],
    ["writes no object", "7", "true", "0"],
  ])("is told to have an unreadable one when it %s", async (_what, text, then, kind) => {
    await exec(...writing(text, then));
    const [, end] = world.server.taken;
    expect(end?.kind).toBe(kind);
    expect(JSON.parse(end?.body ?? "")).toEqual({
      unreadable: expect.stringMatching(/^the outcome file is .*/),
      message: expect.stringContaining("file "),
    });
  });

  test("leaves no file behind, whatever becomes of it", async () => {
    for (const then of ["true", "kill -KILL $$", 'mkdir -p "$ROLLCALL_OUTCOME_FILE.d/e"']) {
      const { stdout } = await exec(...writing("{}", then));
      expect(folderIn(stdout)).toMatch(/rollcall-outcome-/);
      expect(existsSync(folderIn(stdout))).toBe(false);
    }
  });

  test("is told of later as a whole when the server is down", async () => {
    world.environment["ROLLCALL_URL"] = DEAD;
    world.withoutSender();
    await exec(...writing(JSON.stringify(COUNTS)));
    expect(world.spooled()).toHaveLength(2);
    world.reviveSpool();
    expect((await world.rollcall("flush")).code).toBe(0);
    expect(JSON.parse(world.server.taken[1]?.body ?? "")).toMatchObject(COUNTS);
    expect(world.server.taken[1]?.query["occurred_at"]).toBeDefined();
    expect(world.server.faults).toEqual([]);
  });

  test("is not told to have failed to say it where a part of it was wrong, but which part", async () => {
    const kept = { code: "invalid_request", detail: "Kept without: counts: is a text", receipt: {} };
    world.server.refuse = answering({ status: 400, body: JSON.stringify(kept) });
    const { stderr } = await exec(...writing('{"counts": "many"}'));
    expect(stderr).toBe("rollcall: nightly: Kept without: counts: is a text\n");
    expect(existsSync(world.spool)).toBe(false);
  });

  test("runs all the same where there is no room for such a file", async () => {
    world.environment["TMPDIR"] = join(world.folder, "nowhere");
    world.environment["ROLLCALL_OUTCOME_FILE"] = join(world.folder, "of another run");
    const { code, stdout, stderr } = await exec("--", "sh", "-c", "echo [$ROLLCALL_OUTCOME_FILE]");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "[]\n" });
    expect(stderr).toContain("there is no file for the outcome");
    expect(world.server.taken[1]?.body).toBe("[]\n");
  });
});

describe("a job that traces what it does", () => {
  const tracing = (...options: string[]) =>
    exec(...options, "--", "sh", "-c", "echo $ROLLCALL_RUN_ID; echo $TRACEPARENT$TRACESTATE");

  test("has the trace that its run is, with a new span each time", async () => {
    world.environment["TRACESTATE"] = "vendor=outer";
    const [first, second] = [await tracing(), await tracing()].map(({ stdout }) => stdout.split("\n"));
    const runId = first?.[0] ?? "";
    expect(runId).toMatch(/^[0-9a-f]{32}$/);
    expect(world.server.taken[0]?.query["run"]).toBe(runId);
    expect(first?.[1]).toMatch(new RegExp(`^00-${runId}-[0-9a-f]{16}-01$`));
    expect(second?.[0]).not.toBe(runId);
    expect(second?.[1]?.split("-")[2]).not.toBe(first?.[1]?.split("-")[2]);
  });

  test.each([
    ["0123456789abcdef0123456789abcdef", /^00-0123456789abcdef0123456789abcdef-[0-9a-f]{16}-01$/],
    ["0123456789ABCDEF0123456789ABCDEF", /^outer$/],
    ["00000000000000000000000000000000", /^outer$/],
    ["build-17", /^outer$/],
  ])("keeps its own run id %s, which is a trace where it can be one", async (runId, trace) => {
    world.environment["TRACEPARENT"] = "outer";
    const [id = "", parent = ""] = (await tracing("--run-id", runId)).stdout.split("\n");
    expect(id).toBe(runId);
    expect(parent).toMatch(trace);
  });
});
