/** What a monitor asks of its runs, over the API and in a configuration: saved, given back, changed, refused. */
import { beforeEach, describe, expect, test } from "vitest";
import { createFace, type Answer, type Face } from "./face.ts";

let face: Face;
beforeEach(async () => {
  face = await createFace();
});

const EVERY_KIND = [
  { metric: "processed", of: "expected", op: ">=", value: 0.95 },
  { metric: "rows", op: "!=", value: 0, severity: "degrade" },
  { evidence: "backup.tar", exists: true },
  { evidence: "backup.tar", min_size: "1.5 MB" },
  { evidence: "backup.tar", max_age: "1d" },
  { evidence: "backup.tar", changed_since_last: true },
  { evidence: "page", url_ok: true },
  { step: "enrich", status: "ok" },
  { duration: { op: "<=", value: "10m" } },
  { complete: true },
  { cel: "true", name: "always" },
];
const ALL = {
  schedule: { every: "1d" },
  checks: EVERY_KIND,
  outcome_schema: { type: "object", required: ["counts"] },
  baseline: { mode: "fail", metrics: ["rows", "duration"] },
  max_idle: "15m",
  verify_by: "1h",
};

const put = (body: object) => face.api("PUT", "/v1/monitors/nightly", { body });
const problems = ({ json }: Answer): string[] =>
  json.problems.map((each: { field: string; message: string }) => `${each.field}: ${each.message}`);

test("a monitor of which nothing was said asks for nothing", async () => {
  const { json } = await put({ schedule: { every: "1d" } });
  expect(json).toMatchObject({
    checks: [],
    outcome_schema: null,
    baseline: { mode: "degrade", metrics: null },
    max_idle: null,
    verify_by: 600,
  });
});

test("every kind of check is given back in full, and what is given back changes nothing when it is sent again", async () => {
  const saved = await put(ALL);
  expect(saved.status).toBe(201);
  expect(saved.json).toMatchObject({
    checks: [
      { metric: "processed", of: "expected", op: ">=", value: 0.95, severity: "fail" },
      { metric: "rows", op: "!=", value: 0, severity: "degrade" },
      { evidence: "backup.tar", exists: true, severity: "fail" },
      { evidence: "backup.tar", min_size: 1_500_000, severity: "fail" },
      { evidence: "backup.tar", max_age: 86_400, severity: "fail" },
      { evidence: "backup.tar", changed_since_last: true, severity: "fail" },
      { evidence: "page", url_ok: true, severity: "fail" },
      { step: "enrich", status: "ok", severity: "fail" },
      { duration: { op: "<=", value: 600 }, severity: "fail" },
      { complete: true, severity: "fail" },
      { cel: "true", name: "always", severity: "fail" },
    ],
    outcome_schema: ALL.outcome_schema,
    baseline: ALL.baseline,
    max_idle: 900,
    verify_by: 3_600,
  });
  const before = await face.store.load(saved.json.id, {});
  const { checks, outcome_schema, baseline, max_idle, verify_by } = saved.json;
  await put({ schedule: ALL.schedule, checks, outcome_schema, baseline, max_idle, verify_by });
  const after = await face.store.load(saved.json.id, {});
  expect(after?.monitor.settings).toEqual(before?.monitor.settings);
  expect(after?.version).toBe(before?.version);
});

test("the other way to write a duration is understood", async () => {
  const { json } = await put({ ...ALL, checks: [{ duration: true, op: ">", value: "5s" }] });
  expect(json.checks).toEqual([{ duration: { op: ">", value: 5 }, severity: "fail" }]);
});

test("a patch changes what it names and keeps the rest; null takes back what may be taken back", async () => {
  await put(ALL);
  const patch = { checks: [{ complete: true }], outcome_schema: null, max_idle: null };
  const { json } = await face.api("PATCH", "/v1/monitors/nightly", { body: patch });
  expect(json).toMatchObject({
    outcome_schema: null,
    max_idle: null,
    verify_by: 3_600,
    baseline: ALL.baseline,
  });
  expect(json.checks).toEqual([{ complete: true, severity: "fail" }]);
});

test("new checks begin no new schedule version", async () => {
  await put({ schedule: ALL.schedule });
  expect((await put(ALL)).json.schedule_version).toBe(1);
});

describe("a refusal names the check and what is allowed", () => {
  test.each<[object | number, string]>([
    [{ metric: "rows", op: "=>", value: 1 }, 'checks[0].op: "=>" is not one of >=, >, <=, <, ==, !='],
    [{ metric: "rows", op: ">=" }, "checks[0].value: is missing"],
    [
      { metric: "rows", op: ">=", value: 1, severety: "fail" },
      "checks[0].severety: is not a known field: did you mean severity?",
    ],
    [
      { metric: "rows", op: ">=", value: 1, severity: "warn" },
      'checks[0].severity: "warn" is not one of fail, degrade',
    ],
    [
      { metrik: "rows" },
      "checks[0]: has none of metric, evidence, step, duration, complete, cel: the one it has says what it is",
    ],
    [5, "checks[0]: 5 is not of the type object"],
    [{ evidence: "a" }, "checks[0]: needs one of exists, min_size, max_age, changed_since_last, url_ok"],
    [
      { evidence: "a", exists: true, url_ok: true },
      "checks[0]: asks for exists and url_ok: write a check for each",
    ],
    [
      { evidence: "a", min_size: "large" },
      'checks[0].min_size: "large" is not a size: write 47 kB, 10 MB, 1 GiB or a number of bytes',
    ],
    [{ step: "a", status: "done" }, 'checks[0].status: "done" is not one of running, ok, failed, skipped'],
    [{ duration: "10m" }, 'checks[0].duration: "10m" is not of the type object'],
    [
      { duration: { op: "<=", value: "soon" } },
      expect.stringContaining('"soon" is not a duration') as string,
    ],
    [{ duration: true, op: "<=" }, 'checks[0]: is written {"duration": {"op": "<=", "value": "10m"}}'],
  ])("%j", async (check, problem) => {
    const refused = await put({ ...ALL, checks: [check] });
    expect(refused.status).toBe(400);
    expect(problems(refused)).toEqual([problem]);
  });

  test("of what only the whole can tell", async () => {
    const refused = await put({ ...ALL, checks: [{ step: "", status: "ok" }], max_idle: 0, verify_by: "2d" });
    expect(problems(refused)).toEqual([
      "checks[0].step: must have 1 to 200 characters",
      "max_idle: must be longer than 0 and at most 400d",
      "verify_by: must be longer than 0 and at most 1d",
    ]);
  });
});

describe("in a configuration", () => {
  const plan = (monitor: object) =>
    face.api("POST", "/v1/configuration/plan?file=rollcall.yaml", {
      body: { monitors: { nightly: monitor } },
    });

  test("a plan tells what is asked for, field by field, and is empty once it is done", async () => {
    const planned = await plan({ ...ALL, checks: ALL.checks.slice(3, 5) });
    expect(planned.json.steps[0].changes).toEqual([
      { field: "schedule.every", from: null, to: "1d" },
      { field: "schedule.from", from: null, to: "start" },
      {
        field: "checks",
        from: [],
        to: [
          { evidence: "backup.tar", min_size: 1_500_000, severity: "fail" },
          { evidence: "backup.tar", max_age: "1d", severity: "fail" },
        ],
      },
      { field: "outcome_schema.type", from: null, to: "object" },
      { field: "outcome_schema.required", from: null, to: ["counts"] },
      { field: "baseline.mode", from: "degrade", to: "fail" },
      { field: "baseline.metrics", from: null, to: ["rows", "duration"] },
      { field: "max_idle", from: null, to: "15m" },
      { field: "verify_by", from: "10m", to: "1h" },
    ]);
    await put({ ...ALL, checks: ALL.checks.slice(3, 5) });
    expect((await plan({ ...ALL, checks: ALL.checks.slice(3, 5) })).json.steps[0]).toMatchObject({
      act: "adopt",
      changes: [],
    });
  });

  test("a mistake is named with its place in the file", async () => {
    expect(problems(await plan({ ...ALL, checks: [{ evidence: "a" }] }))).toEqual([
      "monitors.nightly.checks[0]: needs one of exists, min_size, max_age, changed_since_last, url_ok",
    ]);
  });
});
