/** What a matrix comes to, when it says nothing any more, and the proof that only the scheduler can make. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StoredContract } from "../../../src/domain/trust/contract.ts";
import type { GuardedRoute } from "../../../src/domain/trust/guarded-route.ts";
import { withObservedProof } from "../../../src/domain/trust/observed-proof.ts";
import { whyStale } from "../../../src/domain/trust/staleness.ts";
import { CASES, colourOf, type CaseName, type Verification } from "../../../src/domain/trust/verification.ts";
import { HOUR, MINUTE, START, verification } from "../../makers.ts";

const RESULTS = ["passed", "failed", "awaited", "skipped"] as const;
type Result = (typeof RESULTS)[number];

function casesWith(results: Partial<Record<CaseName, Result>>): Verification["cases"] {
  return CASES.map((name) => ({
    case: name,
    result: results[name] ?? "passed",
    expected: "",
    seen: "",
    status: null,
    reason: null,
    durationMs: null,
  }));
}

/** Of the probe beside `GET /api/cron`. */
function verified(given: Partial<Verification> = {}): Verification {
  return verification({
    id: "ver_1",
    url: "https://app.example/.well-known/rollcall/probe",
    monitor: "nightly",
    colour: "green",
    cases: casesWith({}),
    findings: [],
    configHash: "verified",
    ...given,
  });
}

/** `told`: hashes and when they were told last, the latest first. */
function route(
  given: Partial<GuardedRoute> = {},
  told: readonly (readonly [string, number])[] = [["verified", START]],
): GuardedRoute {
  return {
    project: "default",
    route: "GET /api/cron",
    monitor: "nightly",
    isProbe: false,
    configHash: told[0]?.[0] ?? "",
    hashes: told.map(([configHash, lastAt]) => ({ configHash, firstAt: START, lastAt })),
    listening: null,
    calls: [],
    count: 0,
    firstAt: START,
    lastAt: START,
    ...given,
  };
}

describe("the colour", () => {
  test("is never green unless calls were refused and the scheduler was let in", () => {
    const results = fc.record(
      Object.fromEntries(CASES.map((name) => [name, fc.constantFrom(...RESULTS)])) as Record<
        CaseName,
        fc.Arbitrary<Result>
      >,
    );
    fc.assert(
      fc.property(results, fc.array(fc.string(), { maxLength: 1 }), (given, findings) => {
        const colour = colourOf({ cases: casesWith(given), findings });
        const isRefusing = [given.no_auth, given.spoofed_hints, given.wrong_secret].every(
          (each) => each === "passed",
        );
        const isWell = isRefusing && findings.length === 0 && !Object.values(given).includes("failed");
        expect(colour === "green").toBe(isWell && given.valid_scheduler === "passed");
        expect(colour === "awaiting").toBe(isWell && given.valid_scheduler === "awaited");
      }),
    );
  });

  test("positives alone are red", () => {
    const skipped = Object.fromEntries(CASES.map((name) => [name, "skipped" as const]));
    const cases = casesWith({ ...skipped, valid_manual: "passed", valid_scheduler: "passed" });
    expect(colourOf({ cases, findings: [] })).toBe("red");
  });
});

describe("a verification says nothing any more", () => {
  const contract = (changedAt: number): StoredContract => ({
    contract: { scheme: "bearer", preset: null, principal: "scheduler", methods: null },
    secrets: [],
    createdAt: START - HOUR,
    changedAt,
  });
  const standing = { contracts: { vercel: contract(START - HOUR) }, deploys: [], routes: [route()] } as const;

  test("and until then it stands", () => {
    expect(whyStale(verified(), standing)).toEqual([]);
  });

  test("after a rotation, and when its contract is gone", () => {
    const rotated = { ...standing, contracts: { vercel: contract(START + MINUTE) } };
    expect(whyStale(verified(), rotated)).toEqual([
      "the contract vercel or a secret of it was changed at 2026-03-02T00:01:00Z",
    ]);
    expect(whyStale(verified(), { ...standing, contracts: {} })).toEqual([
      "the contract vercel was deleted since",
    ]);
    const people = verified({ manualContract: "people" });
    expect(whyStale(people, standing)).toEqual(["the contract people was deleted since"]);
    expect(whyStale(verified({ contract: "key" }), { ...standing, contracts: {} })).toEqual([]);
  });

  test("after a deploy, which is named", () => {
    const deploys = [
      { at: START - MINUTE, commit: "before", by: "ci" },
      { at: START + HOUR, commit: "abc1234", by: "ci" },
      { at: START + MINUTE, commit: "between", by: "ci" },
    ];
    expect(whyStale(verified(), { ...standing, deploys })).toEqual([
      "abc1234 was deployed at 2026-03-02T01:00:00Z",
    ]);
  });

  const other = [["other", START - MINUTE]] as const;
  const since = [["other", START + MINUTE]] as const;
  test.each([
    ["a route of its monitor", route({ route: "POST /jobs" }, other), "POST /jobs"],
    ["a route at its address", route({ monitor: null }, other), "GET /api/cron"],
    [
      "one instance of two",
      route({ route: "POST /jobs" }, [["verified", START + HOUR], ...since]),
      "POST /jobs",
    ],
    [
      "a route that ran the same before",
      route({ monitor: "weekly", route: "GET /weekly" }, [...since, ["verified", START]]),
      "GET /weekly",
    ],
  ])("when %s runs other rules", (_what, changed, name) => {
    const atRoute = verified({ url: "https://app.example/api/cron?job=1" });
    expect(whyStale(atRoute, { ...standing, routes: [changed] })).toEqual([
      `${name} runs other rules (other) than were verified (verified)`,
    ]);
  });

  test("and what is none of its business leaves it standing", () => {
    const routes = [
      // It ran other rules until it was deployed anew, before it was verified.
      route({}, [["verified", START], ...other]),
      route({ monitor: "weekly", route: "GET /weekly" }, since),
      // The probe of another app, at the same path.
      route({ isProbe: true, monitor: null, route: "GET /.well-known/rollcall/probe" }, since),
    ];
    expect(whyStale(verified(), { ...standing, routes })).toEqual([]);
    const silent = verified({ configHash: null });
    expect(whyStale(silent, { ...standing, routes: [route({}, since)] })).toEqual([]);
  });
});

describe("observed proof", () => {
  const awaiting = verified({
    colour: "awaiting",
    cases: casesWith({ valid_scheduler: "awaited" }),
    awaitedUntilAt: START + 26 * HOUR,
  });
  const call = { at: START + HOUR, isOk: true, reason: null, principal: "scheduler" } as const;
  const probe = (calls: GuardedRoute["calls"], hash = "verified") =>
    route({ route: "GET /.well-known/rollcall/probe", isProbe: true, monitor: null, calls }, [[hash, START]]);
  const schedulerOf = ({ cases }: Verification) => cases.find((each) => each.case === "valid_scheduler");

  test("the scheduler's own call on the probe completes it", () => {
    const seen = withObservedProof(awaiting, {
      routes: [probe([call])],
      contracts: {},
      nowAt: START + 2 * HOUR,
    });
    expect(seen.colour).toBe("green");
    expect(schedulerOf(seen)).toMatchObject({
      result: "passed",
      seen: "seen at 2026-03-02T01:00:00Z: let in",
    });
    expect(withObservedProof(seen, { routes: [], contracts: {}, nowAt: START + 99 * HOUR })).toBe(seen);
  });

  test("where the probe said nothing of its rules, they are those of that call", () => {
    const silent = { ...awaiting, configHash: null };
    const seen = withObservedProof(silent, {
      routes: [probe([call])],
      contracts: {},
      nowAt: START + 2 * HOUR,
    });
    expect([seen.colour, seen.configHash]).toEqual(["green", "verified"]);
  });

  test.each([
    ["of a person", probe([{ ...call, principal: "manual" }])],
    ["before it was verified", probe([{ ...call, at: START - 1 }])],
    ["under other rules", probe([call], "other")],
    ["on another route", route({ calls: [call] })],
    ["that was refused", probe([{ ...call, isOk: false, reason: "wrong_audience", principal: null }])],
  ])("a call %s does not", (_what, other) => {
    expect(withObservedProof(awaiting, { routes: [other], contracts: {}, nowAt: START + 2 * HOUR })).toBe(
      awaiting,
    );
  });

  test("when its time is over it is red, and says what came instead", () => {
    const refused = { ...call, isOk: false, reason: "wrong_audience", principal: null } as const;
    const nowAt = START + 26 * HOUR + 1;
    const over = withObservedProof(awaiting, { routes: [probe([refused])], contracts: {}, nowAt });
    const finding =
      "no call of the scheduler was let in within 1d 2h, and calls were refused (wrong_audience)";
    expect(over).toMatchObject({ colour: "red", findings: [finding] });
    expect(schedulerOf(over)).toMatchObject({ result: "failed", seen: finding });
    const late = probe([{ ...call, at: START + 27 * HOUR }]);
    expect(
      withObservedProof(awaiting, { routes: [late], contracts: {}, nowAt: START + 28 * HOUR }).colour,
    ).toBe("red");
  });
});
