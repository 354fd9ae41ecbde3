/** The native dialect: what a request says, however it says it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { native } from "../../src/dialects/native.ts";
import { headerText, receiptLine } from "../../src/dialects/receipt.ts";
import type { CheckInRequest, ReadCheckIn } from "../../src/ports/dialect.ts";
import { receipt } from "../makers.ts";

const KEY = "rck_ping_default_0123456789abcdef";

function request(given: Partial<CheckInRequest> = {}): CheckInRequest {
  return {
    method: "POST",
    segments: [KEY, "job"],
    query: {},
    headers: {},
    body: "",
    isBodyWhole: true,
    ...given,
  };
}

function read(given: Partial<CheckInRequest> = {}): ReadCheckIn {
  const found = native.read(request(given));
  if (found === null || "unreadable" in found) throw new Error("not read");
  return found;
}

describe("paths", () => {
  test.each([
    [[], "success", null],
    [["start"], "start", null],
    [["log"], "log", null],
    [["0"], "success", 0],
    [["007"], "fail", 7],
    [["255"], "fail", 255],
    [[""], "success", null],
  ])("%j is a %s", (suffix, kind, exitStatus) => {
    expect(read({ segments: [KEY, "job", ...suffix] })).toMatchObject({ kind, exitStatus, problems: [] });
  });

  test("an exit status beyond 255 is a failure, and told as a problem", () => {
    const { kind, exitStatus, problems } = read({ segments: [KEY, "job", "300"] });
    expect([kind, exitStatus, problems.length]).toEqual(["fail", null, 1]);
  });

  test("what is no path of ours is left alone, an unknown kind is refused by name", () => {
    for (const segments of [[], [KEY], [KEY, ""], [KEY, "job", "start", "x"]]) {
      expect(native.read(request({ segments }))).toBeNull();
    }
    expect(native.read(request({ segments: [KEY, "job", "done"] }))).toMatchObject({
      unreadable: { code: "not_found", message: expect.stringContaining('"done"') },
    });
  });

  test("a project in the path takes its key from Authorization", () => {
    const headers = { authorization: `bearer  ${KEY}` };
    expect(read({ segments: ["default", "job"], headers }).presented).toEqual({
      credential: { text: KEY, where: "authorization" },
      project: "default",
      slug: "job",
      uuid: null,
    });
    expect(read({ segments: ["default", "job"] }).presented.credential).toBeNull();
  });
});

describe("fields", () => {
  const said = {
    run: "a",
    trigger: "manual",
    duration: "90s",
    occurred_at: "2026-03-08T02:00:00+01:00",
    sent_at: "1772935200",
  };
  const heard = {
    runId: "a",
    trigger: "manual",
    durationMs: 90_000,
    occurredAt: 1_772_931_600_000,
    sentAt: 1_772_935_200_000,
  };

  test.each([
    ["the query", { query: said }],
    [
      "a JSON body",
      { headers: { "content-type": "application/json; charset=utf-8" }, body: JSON.stringify(said) },
    ],
    ["JSON that is not declared", { body: JSON.stringify(said) }],
    [
      "a form",
      {
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(said).toString(),
      },
    ],
  ])("%s says them alike", (_where, given) => {
    expect(read(given)).toMatchObject({ ...heard, problems: [], notes: [] });
  });

  test("a log posted by curl -d is a log, not a form", () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    for (const body of ["copied 5 files; size=12 & done", "{ not json", "a=b"]) {
      expect(read({ headers, body })).toMatchObject({ body, problems: [] });
    }
  });

  test("the message of a JSON body is what is kept, else all of it", () => {
    const headers = { "content-type": "application/json" };
    expect(read({ headers, body: '{"message":"done","run":"x"}' })).toMatchObject({
      body: "done",
      runId: "x",
    });
    expect(read({ headers, body: '{"rows":5}' })).toMatchObject({
      body: '{"rows":5}',
      notes: ['kept under extra, because they are not known: "rows"'],
    });
  });

  test("an exit status in the body decides where the path says nothing", () => {
    expect(read({ query: { exit_status: "3" } })).toMatchObject({ kind: "fail", exitStatus: 3 });
    expect(read({ query: { exit_status: "3" }, segments: [KEY, "job", "log"] })).toMatchObject({
      kind: "log",
    });
  });

  test("a run id that is too long is cut, and said so", () => {
    const found = read({ query: { run: "x".repeat(129) } });
    expect(found.runId).toHaveLength(128);
    expect(found.notes).toEqual(["the run id was cut from 129 to 128 characters"]);
  });

  test("a form in parts is not read, and says so", () => {
    const headers = { "content-type": "multipart/form-data; boundary=x" };
    const body = '--x\r\nContent-Disposition: form-data; name="processed"\r\n\r\n3\r\n--x--';
    const found = read({ headers, body });
    expect(found.outcome).toBeUndefined();
    expect(found.notes).toEqual([expect.stringContaining("curl -d")]);
  });

  test("a body that was cut is kept as text", () => {
    const headers = { "content-type": "application/json" };
    expect(read({ headers, body: 'e": 5}', isBodyWhole: false })).toMatchObject({
      body: 'e": 5}',
      problems: [],
    });
  });

  test("create=1 hands on what to create with", () => {
    expect(read({ query: { create: "1", every: "5m", signals: "finish" } }).create).toEqual({
      every: "5m",
      signals: "finish",
    });
    expect(read({ query: { create: "0", every: "5m" } }).create).toBeNull();
  });

  test("nothing that is sent makes it throw", () => {
    fc.assert(
      fc.property(
        fc.record({
          segments: fc.array(fc.string(), { maxLength: 4 }),
          query: fc.dictionary(
            fc.constantFrom(
              "run",
              "duration",
              "sent_at",
              "exit_status",
              "step",
              "counts.failed",
              "http.status",
              "x",
            ),
            fc.string(),
          ),
          headers: fc.dictionary(
            fc.constantFrom("content-type", "authorization"),
            fc.constantFrom("application/json", "x"),
          ),
          body: fc.oneof(fc.string(), fc.json()),
        }),
        (given) => {
          native.read(request(given));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("answers", () => {
  test("a receipt is one line that begins with OK, whatever the run is called", () => {
    const line = receiptLine(receipt({ runId: "a\nb", notes: ["one\r\ntwo"] }));
    expect(line).toMatch(/^OK mon-1: success recorded for run run_1/);
    expect(line).not.toMatch(/[\r\n]/);
    expect(headerText("späß\u{1f600}\r\nX: y")).toBe("sp?X: y");
  });

  test("what is wrong in a check-in that was here already is not told as kept", () => {
    const problems = [{ field: "counts.processed", message: "is -1" }];
    const bodyOf = (isDuplicate: boolean) =>
      native.answer(request(), { receipt: receipt({ isDuplicate }), problems, isCreated: false }).body;
    expect(bodyOf(false)).toContain("was kept without what is wrong in it");
    expect(bodyOf(true)).not.toContain("kept");
  });
});
