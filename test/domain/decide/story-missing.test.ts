/** What a person reads of a run that did not come, one fixture a phase (R31): the four look alike and need other hands. */
import { describe, expect, test } from "vitest";
import type { Dispatch } from "../../../src/domain/decide/dispatch.ts";
import { evidenceOf, titleOf, type Story } from "../../../src/domain/decide/story.ts";
import type { Refusals } from "../../../src/domain/decide/story-missing.ts";
import { PING_KEY_EXPECTED } from "../../../src/domain/key-text.ts";
import { LIMITS } from "../../../src/domain/limits.ts";
import { REJECTION_REASONS } from "../../../src/domain/trust/reasons.ts";
import { DAY, HOUR, MINUTE, monitor, SECOND, settings, START, windowRow } from "../../makers.ts";

const AT = START + 2 * HOUR;
const ROUTE = "GET /api/cron";
const WINDOW = windowRow({
  expectedAt: AT,
  opensAt: AT - 10 * MINUTE,
  startBy: AT + 10 * MINUTE,
  graceMs: 10 * MINUTE,
});

describe("one fixture a phase", () => {
  test("not_arrived: nothing is known of the scheduler", () => {
    expect(told({})).toEqual({
      title: "nightly-backup: expected 02:00 UTC, nothing arrived by 02:10 (grace 10m)",
      came: "Nothing.",
      known: [],
      unknown: ["Whether the scheduler fired at all: no check-in was received and none was refused."],
      next: expect.stringMatching(/^Look whether the scheduler fired \(its own log\)/),
    });
  });

  test("not_dispatched: a guard listened all the time, and nobody called", () => {
    const dispatch = guarded("not_called", { lastCallAt: AT - DAY });
    expect(told({ phase: "not_dispatched", dispatch })).toEqual({
      title:
        "nightly-backup: expected 02:00 UTC, not dispatched: nothing called GET /api/cron by 02:10 (grace 10m)",
      came: "Nothing.",
      known: [
        "The guard on GET /api/cron was listening from 2026-03-02 00:00 UTC to 2026-03-02 02:09 UTC, without a gap, and nothing called it for this run.",
        "The last call of GET /api/cron: 2026-03-01 02:00 UTC.",
      ],
      unknown: ["Why the scheduler did not call."],
      next: expect.stringMatching(/^Look at the scheduler: whether the schedule is still there/),
    });
  });

  test("not_arrived, though the route was called and let the call in", () => {
    const dispatch = guarded("let_in", { at: AT + 3 * SECOND, lastCallAt: AT + 3 * SECOND });
    expect(told({ dispatch })).toEqual({
      title:
        "nightly-backup: expected 02:00 UTC, GET /api/cron was called and let in at 02:00:03, but no run checked in by 02:10 (grace 10m)",
      came: "A call of GET /api/cron at 2026-03-02 02:00:03 UTC that was let in, and no check-in after it.",
      known: [
        "GET /api/cron was called and its guard let the call in at 2026-03-02 02:00:03 UTC: the scheduler fired.",
      ],
      unknown: ["What the job did after its call was let in: it told nothing."],
      next: expect.stringMatching(/^Look at the route's own log after that call/),
    });
  });

  test("not_arrived, with a guard that did not listen all the time", () => {
    const dispatch = guarded("not_told", { listening: { fromAt: AT - 5 * MINUTE, toAt: AT } });
    const { title, known, unknown } = told({ dispatch });
    expect(title).toBe("nightly-backup: expected 02:00 UTC, nothing arrived by 02:10 (grace 10m)");
    expect(known).toEqual([]);
    expect(unknown).toEqual([
      "Whether the scheduler fired at all: the guard on GET /api/cron told of no call, but is known to have listened from 2026-03-02 01:55 UTC to 2026-03-02 02:00 UTC only.",
    ]);
  });

  test("rejected_at_boundary: check-ins that were refused", () => {
    const rejections = refusals({
      expected: PING_KEY_EXPECTED,
      seen: "a ping key with a secret that is not known",
    });
    expect(told({ phase: "rejected_at_boundary", rejections })).toEqual({
      title:
        "nightly-backup: 3 check-ins rejected at the trust boundary since 02:00 (wrong_secret); no run was accepted",
      came: "3 refused: the latest reason is wrong_secret; what came was a ping key with a secret that is not known. No check-in was accepted.",
      known: [
        "Secret mismatch since 2026-03-02 02:00 UTC.",
        `Expected at the boundary: ${PING_KEY_EXPECTED}.`,
        "Refused from 2026-03-02 02:00 UTC to 2026-03-02 02:05 UTC.",
      ],
      unknown: ["Whether the job did its work: what it told was refused."],
      next: expect.stringMatching(/^Compare the secret or key on both sides/),
    });
  });

  test("rejected_at_boundary: calls that the guard of a route refused (R33)", () => {
    const rejections = refusals({
      reason: "wrong_scheme",
      expected: "an HMAC signature in x-sig (contract netrii)",
      seen: "a bearer token",
      routes: [ROUTE],
      hasCheckIns: false,
    });
    expect(told({ phase: "rejected_at_boundary", rejections })).toEqual({
      title:
        "nightly-backup: 3 calls rejected by GET /api/cron since 02:00 (wrong_scheme): expected an HMAC signature in x-sig (contract netrii), got a bearer token; no run was accepted",
      came: "3 refused by GET /api/cron: the latest reason is wrong_scheme; what came was a bearer token. No check-in was accepted.",
      known: [
        "Expected at the boundary: an HMAC signature in x-sig (contract netrii).",
        "Refused from 2026-03-02 02:00 UTC to 2026-03-02 02:05 UTC.",
        "The guard refused before any of the job's own code ran.",
      ],
      unknown: ["Whether the scheduler itself called: nobody proved who called."],
      next: expect.stringMatching(/^Caller and boundary follow different contracts/),
    });
  });
});

describe("the words of a refusal", () => {
  test.each([
    [{ count: 1, routes: [ROUTE], hasCheckIns: false }, "1 call rejected by GET /api/cron since"],
    [
      { count: 2, routes: [ROUTE, "POST /b"], hasCheckIns: false },
      "2 calls rejected by GET /api/cron and another route",
    ],
    [
      { count: 2, routes: ["a", "b", "c"], hasCheckIns: false },
      "2 calls rejected by a and 2 other routes since",
    ],
    [{ count: 2, routes: [ROUTE] }, "2 calls or check-ins rejected at the trust boundary since"],
    [{ count: 1 }, "1 check-in rejected at the trust boundary since"],
    [{ count: LIMITS.rejectionsCounted }, "100 or more check-ins rejected"],
  ] as const)("%o", (given, words) => {
    expect(told({ phase: "rejected_at_boundary", rejections: refusals(given) }).title).toContain(
      `: ${words}`,
    );
  });

  test("every reason has a next step of its own", () => {
    const steps = REJECTION_REASONS.map(
      (reason) => told({ phase: "rejected_at_boundary", rejections: refusals({ reason }) }).next,
    );
    expect(new Set(steps).size).toBe(REJECTION_REASONS.length);
    expect(steps.filter((step) => !/^[A-Z].{20,}[.]$/s.test(step))).toEqual([]);
  });

  test("a subject that GitHub made immutable is told with what to pin instead (S11)", () => {
    const { next } = told({
      phase: "rejected_at_boundary",
      rejections: refusals({ reason: "wrong_subject" }),
    });
    expect(next).toContain("pin repository_id");
  });

  test("whatever a guard tells, the title is one bounded sentence", () => {
    const hostile = "<!channel>\r\nBcc: x\u202E\u0000".padEnd(5_000, "é");
    const rejections = refusals({ expected: hostile, seen: hostile, routes: [hostile], hasCheckIns: false });
    const { title, came, known } = told({ phase: "rejected_at_boundary", rejections });
    expect(title.length).toBeLessThanOrEqual(LIMITS.storyCharacters);
    expect(title).toMatch(/; no run was accepted$/);
    for (const text of [title, came, ...known]) expect(text).not.toMatch(/[\p{Cc}\u202E]/u);
  });
});

describe("a deploy", () => {
  const rejections = refusals({ reason: "wrong_secret" });
  const deploy = { commit: "abc1234", at: AT - 2 * HOUR, by: "key 1" };

  test("that came shortly before is named behind the mismatch that it may have made (S15)", () => {
    const { known } = told({ phase: "rejected_at_boundary", rejections, deploy });
    expect(known.slice(0, 2)).toEqual([
      "Secret mismatch since 2026-03-02 02:00 UTC.",
      "Deploy abc1234 at 2026-03-02 00:00 UTC.",
    ]);
  });

  test.each([
    ["after which a run ended well", { deploy, lastGoodAt: AT - HOUR }],
    ["of long ago", { deploy: { ...deploy, at: AT - 2 * DAY } }],
    ["that came behind the first refusal", { deploy: { ...deploy, at: AT + 4 * MINUTE } }],
  ])("%s is not named", (_which, given) => {
    const { known } = told({ phase: "rejected_at_boundary", rejections, ...given });
    expect(known.filter((fact) => fact.startsWith("Deploy"))).toEqual([]);
  });
});

function told(given: Partial<Story>) {
  const schedule = { kind: "cron", expressions: ["0 2 * * *"], timezone: "UTC", scheduler: null } as const;
  const story: Story = {
    monitor: monitor({ slug: "nightly-backup", settings: settings({ schedule }) }),
    kind: "missing",
    phase: "not_arrived",
    window: WINDOW,
    run: null,
    rejections: null,
    dispatch: null,
    deploy: null,
    lastCheckInAt: null,
    lastGoodAt: null,
    lastVerifiedAt: null,
    learned: {},
    isHearingWhole: true,
    ...given,
  };
  const { came, known, unknown, next } = evidenceOf(story);
  const standing = ["No check-in", "No run has", "Last good run", "Rollcall was listening"];
  const own = known.filter((fact) => !standing.some((begin) => fact.startsWith(begin)));
  return { title: titleOf(story), came, known: own, unknown, next };
}

function refusals(given: Partial<Refusals> = {}): Refusals {
  return {
    count: 3,
    sinceAt: AT,
    lastAt: AT + 5 * MINUTE,
    reason: "wrong_secret",
    expected: "a signature",
    seen: "another one",
    routes: [],
    hasCheckIns: true,
    ...given,
  };
}

function guarded(what: Dispatch["what"], given: Partial<Dispatch> = {}): Dispatch {
  const listening = { fromAt: START, toAt: AT + 9 * MINUTE };
  return { what, route: ROUTE, at: null, listening, lastCallAt: null, ...given };
}
