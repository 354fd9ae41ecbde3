/** Checks tried out over the API: every result with its sentence, what would become of the run, and nothing written. */
import { beforeEach, describe, expect, test } from "vitest";
import { createFace, type Answer, type Face } from "./face.ts";

let face: Face;
beforeEach(async () => {
  face = await createFace();
});

const attempt = (body: object, key?: string) =>
  face.api("POST", "/v1/checks/try", key === undefined ? { body } : { body, key });
const lines = ({ json }: Answer): string[] =>
  json.checks.map((each: { status: string; sentence: string }) => `${each.status}: ${each.sentence}`);
const problems = ({ json }: Answer): string[] =>
  json.problems.map((each: { field: string; message: string }) => `${each.field}: ${each.message}`);

const MOST = { metric: "processed", of: "expected", op: ">=", value: 0.95 };
const QUICK = { duration: { op: "<=", value: "1m" } };

describe("an outcome", () => {
  test("that meets its checks would be verified, and every check says why", async () => {
    const tried = await attempt({ checks: [QUICK], outcome: { duration: "59s" } });
    expect(tried).toMatchObject({ status: 200, json: { becomes: "verified", problems: [], notes: [] } });
    expect(tried.json.checks).toEqual([
      {
        check: "duration <= 1m",
        layer: "rule",
        status: "passed",
        sentence: "took 59s, may take at most 1m",
      },
    ]);
  });

  test("that does not meet one would be unverified, degraded where the check only degrades", async () => {
    const outcome = { duration: 61 };
    expect((await attempt({ checks: [QUICK], outcome })).json.becomes).toBe("unverified");
    const mild = { ...QUICK, severity: "degrade" };
    expect((await attempt({ checks: [mild], outcome })).json.becomes).toBe("degraded");
  });

  test("of which nothing is asked would be reported; one that failed by its own word stays failed", async () => {
    expect((await attempt({ outcome: {} })).json).toMatchObject({ becomes: "reported", checks: [] });
    const failed = await attempt({ checks: [QUICK], outcome: { exit_status: 1, duration: "1s" } });
    expect(failed.json).toMatchObject({ becomes: "failed", notes: [expect.stringContaining("own word")] });
  });

  test("is looked at by experts too", async () => {
    const checks = [
      { cel: "run.duration < 60.0", name: "quick" },
      { cel: "run.duration > 60.0", name: "slow" },
    ];
    const tried = await attempt({ checks, outcome_schema: { type: "object" }, outcome: { duration: 5 } });
    expect(tried.json.checks).toMatchObject([
      { layer: "schema", status: "passed" },
      { layer: "expert", check: "quick", status: "passed" },
      { layer: "expert", check: "slow", status: "failed" },
    ]);
    expect(tried.json.becomes).toBe("unverified");
  });
});

describe("with a monitor or a run", () => {
  beforeEach(async () => {
    await face.api("PUT", "/v1/monitors/agent", { body: { schedule: { every: "1h" }, checks: [QUICK] } });
  });

  const runOf = async (duration: string): Promise<string> => {
    const path = `/checkin/${face.keys.ping}/agent?duration=${duration}&run=one`;
    const { status } = await face.app.request(path, { method: "POST" });
    expect(status).toBe(200);
    return (await face.api("GET", "/v1/monitors/agent/runs")).json.items[0].id;
  };

  test("the monitor's checks are taken where none are given", async () => {
    const outcome = { duration: "2m" };
    expect(lines(await attempt({ monitor: "agent", outcome }))).toEqual([
      "failed: took 2m, may take at most 1m",
    ]);
    expect(lines(await attempt({ monitor: "agent", checks: [], outcome }))).toEqual([]);
  });

  test("the run's outcome is looked at with its monitor's checks, or with others", async () => {
    const run = await runOf("90s");
    const tried = await attempt({ run });
    expect(lines(tried)).toEqual(["failed: took 1m 30s, may take at most 1m"]);
    expect(tried.json.becomes).toBe("unverified");
    const others = [{ duration: { op: ">", value: "1m" } }, MOST];
    expect(lines(await attempt({ run, checks: others }))).toEqual([
      "passed: took 1m 30s, has to take more than 1m",
      "failed: processed and expected were not told",
    ]);
  });

  test("a run that goes on is looked at as if it ended now", async () => {
    await face.app.request(`/checkin/${face.keys.ping}/agent/start?run=one`, { method: "POST" });
    await face.pass(30_000);
    const { items } = (await face.api("GET", "/v1/monitors/agent/runs")).json;
    const tried = await attempt({ run: items[0].id });
    expect(lines(tried)).toEqual(["passed: took 30s, may take at most 1m"]);
    expect(tried.json.notes).toEqual([expect.stringContaining("has not finished")]);
  });

  test("nothing is written, and a read key may ask", async () => {
    const run = await runOf("30s");
    const { id } = (await face.api("GET", "/v1/monitors/agent")).json;
    const before = await face.store.load(id, { runId: "one" });
    for (const asked of [{ run }, { monitor: "agent", outcome: { duration: "9m" } }]) {
      expect((await attempt(asked, face.keys.read)).status).toBe(200);
      expect((await attempt(asked, face.keys.ping)).status).toBe(403);
    }
    expect(await face.store.load(id, { runId: "one" })).toEqual(before);
  });

  test("of another project they are not found", async () => {
    expect((await attempt({ run: "run_nobody" })).status).toBe(404);
    expect((await attempt({ monitor: "nobody", outcome: {} })).status).toBe(404);
  });
});

describe("refused are", () => {
  test("an outcome and a run together, or neither", async () => {
    for (const body of [{}, { outcome: {}, run: "run_1" }]) {
      expect(problems(await attempt(body))).toEqual(["outcome: give either an outcome or a run"]);
    }
  });

  test("checks that saving would refuse, with their place", async () => {
    const checks = [QUICK, { step: "", status: "ok" }, { cel: "1 +" }];
    const refused = await attempt({
      checks,
      outcome_schema: { $ref: "https://example.com/shape" },
      outcome: {},
    });
    expect(refused.status).toBe(400);
    expect(problems(refused)).toEqual([
      "checks[1].step: must have 1 to 200 characters",
      expect.stringMatching(/^outcome_schema: /),
      expect.stringMatching(/^checks\[2\]\.cel: /),
    ]);
  });
});

describe("saving a monitor", () => {
  const CHECKS = [{ complete: true }, { cel: "run.duration <" }];
  const BODY = {
    schedule: { every: "1h" },
    checks: CHECKS,
    outcome_schema: { $ref: "https://example.com/shape" },
  };

  test("with an expression or a schema that cannot be is refused, by whatever way it comes", async () => {
    for (const [method, path] of [
      ["PUT", "/v1/monitors/agent"],
      ["PATCH", "/v1/monitors/other"],
    ] as const) {
      await face.api("PUT", "/v1/monitors/other", { body: { schedule: { every: "1h" } } });
      const refused = await face.api(method, path, { body: BODY });
      expect(refused.status).toBe(400);
      expect(problems(refused)).toEqual([
        expect.stringMatching(/^outcome_schema: /),
        expect.stringMatching(/^checks\[1\]\.cel: /),
      ]);
    }
    const planned = await face.api("POST", "/v1/configuration/plan?file=rollcall.yaml", {
      body: { monitors: { agent: BODY, fine: { schedule: { every: "1h" } } } },
    });
    expect(problems(planned)).toEqual([
      expect.stringMatching(/^monitors\.agent\.outcome_schema: /),
      expect.stringMatching(/^monitors\.agent\.checks\[1\]\.cel: /),
    ]);
    expect((await face.api("GET", "/v1/monitors/agent")).status).toBe(404);
  });
});
