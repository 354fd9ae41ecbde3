/** Monitor settings: defaults, every bad field named with what is allowed, warnings, limits at their edge. */
import { describe, expect, test } from "vitest";
import { DEFAULT_PROOF } from "../../src/domain/checks/check.ts";
import { RollcallError } from "../../src/domain/errors.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import { readSettings, slugProblem, timingPart } from "../../src/domain/monitor-settings.ts";
import type { ChannelLink, MonitorSettings } from "../../src/domain/monitor.ts";
import { DAY, HOUR, MINUTE, SECOND, START } from "../makers.ts";

function read(input: MonitorInput, before: MonitorSettings | null = null) {
  return readSettings("nightly", input, { before, nowAt: START });
}

function nightly(more: MonitorInput = {}): MonitorInput {
  return { schedule: { cron: "0 2 * * *" }, ...more };
}

/** The fields named in the refusal, or none when it is accepted. */
function refused(input: MonitorInput): string[] {
  try {
    read(input);
    return [];
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error;
    expect(error.code).toBe("invalid_request");
    return error.problems.map((problem) => problem.field);
  }
}

const link = (name: string, remindEveryMs: number | null = null): ChannelLink => ({
  name,
  afterMs: 0,
  notifyOn: [],
  remindEveryMs,
});

test("a schedule alone is enough; the rest are defaults", () => {
  expect(read(nightly()).settings).toEqual({
    name: "nightly",
    description: "",
    tags: [],
    schedule: { kind: "cron", expressions: ["0 2 * * *"], timezone: "UTC", scheduler: null },
    signals: "both",
    graceMs: null,
    earlyMs: null,
    maxRuntimeMs: null,
    failureThreshold: 1,
    recoveryThreshold: 1,
    overlap: "allow",
    manualCounts: false,
    acceptLate: null,
    channels: null,
    ...DEFAULT_PROOF,
  });
});

test("without a schedule there is no monitor", () => {
  expect(refused({})).toEqual(["schedule"]);
});

test("a patch keeps what it does not name, and null puts a default back", () => {
  const before = read(nightly({ graceMs: MINUTE, tags: ["db"], maxRuntimeMs: HOUR })).settings;
  const after = read({ graceMs: null, name: "Backup" }, before).settings;
  expect(after).toEqual({ ...before, graceMs: null, name: "Backup" });
});

test("a field that is undefined is one that was not named", () => {
  const before = read(nightly({ graceMs: MINUTE })).settings;
  const absent: MonitorInput = {};
  for (const field of ["graceMs", "tags", "name"] as const) absent[field] = undefined;
  expect(read(absent, before).settings).toEqual(before);
});

describe("bad fields", () => {
  test.each<[string, MonitorInput]>([
    ["name", { name: " " }],
    ["name", { name: "x".repeat(LIMITS.nameCharacters + 1) }],
    ["tags", { tags: Array.from({ length: LIMITS.tags + 1 }, String) }],
    ["grace", { graceMs: -1 }],
    ["grace", { graceMs: Number.NaN }],
    ["grace", { graceMs: LIMITS.longestGraceMs + 1 }],
    ["early", { earlyMs: -1 }],
    ["early", { earlyMs: Number.POSITIVE_INFINITY }],
    ["max_runtime", { maxRuntimeMs: 0 }],
    ["max_runtime", { maxRuntimeMs: -5 }],
    ["failure_threshold", { failureThreshold: 0 }],
    ["failure_threshold", { failureThreshold: 1.5 }],
    ["recovery_threshold", { recoveryThreshold: LIMITS.threshold + 1 }],
    ["channels[1].remind_every", { channels: [link("a"), link("b", LIMITS.shortestRemindMs - 1)] }],
    ["channels", { channels: [link("a"), link("a")] }],
    ["max_idle", { maxIdleMs: 0 }],
    ["checks[0].step", { checks: [{ kind: "step", step: "", status: "ok", severity: "fail" }] }],
    [
      "channels",
      { channels: Array.from({ length: LIMITS.channelsPerMonitor + 1 }, (_one, index) => link(`c${index}`)) },
    ],
  ])("%s is named: %j", (field, input) => {
    expect(refused(nightly(input))).toEqual([field]);
  });

  test("all of them at once, not the first alone", () => {
    expect(refused(nightly({ name: "", graceMs: -1, earlyMs: -1, failureThreshold: 0 }))).toEqual([
      "name",
      "grace",
      "early",
      "failure_threshold",
    ]);
  });

  test("the limits themselves are allowed", () => {
    const edge: MonitorInput = {
      name: "x".repeat(LIMITS.nameCharacters),
      tags: Array.from({ length: LIMITS.tags }, String),
      graceMs: 0,
      earlyMs: 0,
      maxRuntimeMs: 1,
      failureThreshold: LIMITS.threshold,
      recoveryThreshold: LIMITS.threshold,
      channels: [link("a", LIMITS.shortestRemindMs)],
    };
    expect(refused(nightly(edge))).toEqual([]);
  });
});

describe("the windows that may wait at once", () => {
  const secondly = (more: MonitorInput): MonitorInput => ({ schedule: { cron: "* * * * * *" }, ...more });
  const widestMs = LIMITS.windowsInGrace * SECOND;

  test("grace and early together hold 500 runs and not one more", () => {
    expect(refused(secondly({ graceMs: widestMs - SECOND, earlyMs: SECOND }))).toEqual([]);
    expect(refused(secondly({ graceMs: widestMs, earlyMs: 1 }))).toEqual(["grace"]);
  });

  test("where only finishes come the max runtime is part of it", () => {
    const finishes = { signals: "finish" as const, graceMs: 0, earlyMs: 0 };
    expect(refused(secondly({ ...finishes, maxRuntimeMs: widestMs }))).toEqual([]);
    expect(refused(secondly({ ...finishes, maxRuntimeMs: widestMs + 1 }))).toEqual(["grace"]);
    expect(refused(secondly({ ...finishes, signals: "both", maxRuntimeMs: DAY }))).toEqual([]);
  });

  test("an interval counts by its length", () => {
    const schedule = { every: MINUTE };
    expect(refused({ schedule, graceMs: LIMITS.windowsInGrace * MINUTE })).toEqual([]);
    expect(refused({ schedule, graceMs: LIMITS.windowsInGrace * MINUTE + 1 })).toEqual(["grace"]);
  });
});

describe("warnings", () => {
  const warnings = (input: MonitorInput): string => read(input).warnings.join(" ");

  test("a grace above the gap is accepted and warned of; at the gap it is not", () => {
    const schedule = { cron: "*/5 * * * *" };
    expect(warnings({ schedule, graceMs: 5 * MINUTE })).toBe("");
    expect(warnings({ schedule, graceMs: 5 * MINUTE + SECOND })).toMatch(/longer than the gap/);
    expect(warnings({ schedule: { every: MINUTE }, graceMs: 2 * MINUTE })).toMatch(/longer than the gap/);
  });

  test("finishes alone without a max runtime are warned of", () => {
    expect(warnings(nightly({ signals: "finish" }))).toMatch(/grace must cover how long the run takes/);
    expect(warnings(nightly({ signals: "finish", maxRuntimeMs: HOUR }))).toBe("");
  });

  test("a zone that an interval cannot use is warned of", () => {
    expect(warnings({ schedule: { every: MINUTE, timezone: "Europe/Berlin" } })).toMatch(
      /timezone is ignored/,
    );
  });

  test("what the checks are warned of counts with the runtime that follows from the schedule", () => {
    const schedule = { every: 10 * MINUTE };
    expect(warnings({ schedule, maxIdleMs: HOUR })).toMatch(/max_idle \(1h\) does nothing/);
    expect(warnings({ schedule, maxIdleMs: HOUR, maxRuntimeMs: 2 * HOUR })).toBe("");
    expect(warnings({ schedule, maxIdleMs: HOUR, maxRuntimeMs: 2 * HOUR, signals: "finish" })).toMatch(
      /signals is finish/,
    );
  });

  test("a plain monitor has none", () => {
    expect(read(nightly()).warnings).toEqual([]);
  });
});

test("only schedule, grace, early, runtime and signals decide windows", () => {
  expect(Object.keys(timingPart(read(nightly()).settings)).sort()).toEqual([
    "earlyMs",
    "graceMs",
    "maxRuntimeMs",
    "schedule",
    "signals",
  ]);
});

describe("slugs", () => {
  test.each(["a", "0a", "nightly-backup", "a_b", "x".repeat(100), "started", "1-1"])(
    "%s may name a monitor",
    (slug) => {
      expect(slugProblem(slug)).toBeNull();
    },
  );

  test.each(["", "-a", "_a", "A", "a b", "ä", "a/b", "x".repeat(101)])("%j is not a slug", (slug) => {
    expect(slugProblem(slug)).toMatch(/is not a slug/);
  });

  test.each([
    "start",
    "step",
    "progress",
    "log",
    "success",
    "fail",
    "0",
    "404",
    "123e4567-e89b-42d3-a456-426614174000",
  ])("%s is reserved", (slug) => {
    expect(slugProblem(slug)).toMatch(/is reserved/);
  });
});
