/** The Healthchecks dialect: what its paths say, and which few words it answers. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { healthchecks } from "../../src/dialects/healthchecks.ts";
import type { CheckInRequest, ReadCheckIn, Refusal } from "../../src/ports/dialect.ts";
import { receipt } from "../makers.ts";

const KEY = "rck_ping_default_0123456789abcdef";
const UUID = "31365bce-8da9-4729-8ff3-aaa71d56b712";
const RID = "123e4567-e89b-12d3-a456-426614174000";

function request(given: Partial<CheckInRequest> = {}): CheckInRequest {
  return {
    method: "GET",
    segments: [UUID],
    query: {},
    headers: {},
    body: "",
    isBodyWhole: true,
    ...given,
  };
}

function read(given: Partial<CheckInRequest> = {}): ReadCheckIn {
  const found = healthchecks.read(request(given));
  if (found === null || "unreadable" in found) throw new Error("not read");
  return found;
}

const addresses = [
  { base: [UUID], presented: { credential: null, uuid: UUID, slug: null } },
  {
    base: [KEY, "job"],
    presented: { credential: { text: KEY, where: "path" }, uuid: null, slug: "job" },
  },
];

describe.each(addresses)("behind $base", ({ base, presented }) => {
  test.each([
    [[], "success", null],
    [["start"], "start", null],
    [["fail"], "fail", null],
    [["log"], "log", null],
    [["0"], "success", 0],
    [["007"], "fail", 7],
    [["255"], "fail", 255],
  ])("%j is a %s", (rest, kind, exitStatus) => {
    expect(read({ segments: [...base, ...rest] })).toMatchObject({ presented, kind, exitStatus });
  });

  test.each([["256"], ["99999999999999999999"]])("%s is no exit status", (suffix) => {
    expect(healthchecks.read(request({ segments: [...base, suffix] }))).toMatchObject({
      presented,
      unreadable: { code: "invalid_request", problems: [{ field: "exit status" }] },
    });
  });

  test.each([[["start", ""]], [["foo"]], [["-1"]], [["START"]], [["start", "start"]]])(
    "%j is refused, and known to be meant for the monitor",
    (rest) => {
      expect(healthchecks.read(request({ segments: [...base, ...rest] }))).toMatchObject({
        presented,
        unreadable: { code: "not_found" },
      });
    },
  );

  test("a run id is a UUID, written small or large", () => {
    expect(read({ segments: base, query: { rid: RID.toUpperCase() } }).runId).toBe(RID);
    for (const rid of ["", "r1", RID.replaceAll("-", ""), `${RID}0`]) {
      expect(healthchecks.read(request({ segments: base, query: { rid } })), rid).toMatchObject({
        unreadable: { code: "invalid_request", problems: [{ field: "rid" }] },
      });
    }
  });

  test("run= takes an id of any form", () => {
    expect(read({ segments: base, query: { run: "nightly 7" } }).runId).toBe("nightly 7");
    expect(read({ segments: base, query: { run: "" } }).runId).toBeNull();
  });
});

test("a slash behind the UUID means nothing, behind the slug it is refused", () => {
  expect(read({ segments: [UUID, ""] }).kind).toBe("success");
  expect(healthchecks.read(request({ segments: [KEY, "job", ""] }))).toMatchObject({
    unreadable: { code: "not_found" },
  });
});

test("what names neither a UUID nor a key with a slug is no check-in address", () => {
  for (const segments of [[], [""], ["checks"], [KEY], [KEY, ""], [UUID.toUpperCase()], ["", "job"]]) {
    expect(healthchecks.read(request({ segments })), segments.join("/")).toBeNull();
  }
});

test("a slug in capitals is a wrong address, one of other characters none at all", () => {
  expect(healthchecks.read(request({ segments: [KEY, "Job"] }))).toMatchObject({
    unreadable: { code: "invalid_request", problems: [{ field: "slug" }] },
  });
  expect(healthchecks.read(request({ segments: [KEY, "my.job"] }))).toMatchObject({
    unreadable: { code: "not_found" },
  });
});

test("a suffix that was hung on behind the query is refused, and not taken for a success", () => {
  for (const create of ["1/fail", "1/start", "1/3"]) {
    expect(healthchecks.read(request({ segments: [KEY, "job"], query: { create } }))).toMatchObject({
      unreadable: { code: "invalid_request", problems: [{ field: "create" }] },
    });
  }
});

test("create=1 makes a daily monitor with an hour of grace, for a slug only", () => {
  const segments = [KEY, "job"];
  expect(read({ segments, query: { create: "1" } }).create).toEqual({
    every: "1d",
    grace: "1h",
    signals: "finish",
  });
  expect(read({ segments, query: { create: "true" } }).create).toBeNull();
  expect(read({ query: { create: "1" } }).create).toBeNull();
});

test("nothing that is sent makes it throw", () => {
  const segment = fc.oneof(fc.string(), fc.constantFrom(UUID, KEY, "start", "", "7"));
  fc.assert(
    fc.property(
      fc.record({
        segments: fc.array(segment, { maxLength: 4 }),
        query: fc.dictionary(fc.constantFrom("rid", "run", "create"), fc.string()),
        body: fc.string(),
      }),
      (given) => {
        const found = healthchecks.read(request(given));
        if (found !== null && "unreadable" in found) expect(found.unreadable.message).not.toContain(KEY);
      },
    ),
    { numRuns: 500 },
  );
});

describe("answers", () => {
  test.each([
    [false, 200, "OK"],
    [true, 201, "Created"],
  ])("accepted (its monitor made: %s) is %i %s, with the truth in a header", (isCreated, status, body) => {
    const answer = healthchecks.answer(request(), { receipt: receipt(), problems: [], isCreated });
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers["ping-body-limit"]).toBe("100000");
    expect(answer.headers["rollcall-receipt"]).toMatch(/^OK mon-1: success recorded/);
  });

  test.each<[Refusal["code"], number, string | undefined, number, string]>([
    ["unauthorized", 401, undefined, 404, "not found"],
    ["forbidden", 403, undefined, 404, "not found"],
    ["gone", 410, undefined, 404, "not found"],
    ["invalid_request", 400, "rid", 400, "invalid uuid format"],
    ["invalid_request", 400, "exit status", 400, "invalid url format"],
    ["too_many_requests", 429, undefined, 429, "rate limited"],
    ["method_not_allowed", 405, undefined, 405, "no."],
    ["unavailable", 503, undefined, 503, "no."],
  ])("%s (%i, %s) is answered %i %s", (code, own, field, status, body) => {
    const problems = field === undefined ? [] : [{ field, message: "is wrong" }];
    const refusal: Refusal = { code, status: own, message: "no.", problems, retryAfterSeconds: 3 };
    const answer = healthchecks.answer(request(), { refusal });
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers).toEqual({ "rollcall-receipt": "no.", "retry-after": "3" });
  });
});
