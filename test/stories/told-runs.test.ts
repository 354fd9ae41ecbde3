/** Runs that tell what they do: the incident is their story, from the first bad run on (R11, R16, S17, S34). */
import { expect, test } from "vitest";
import type { Incident } from "../../src/domain/incident.ts";
import { callIn, failed, SEVEN, step, tally } from "../domain/outcome/story.ts";
import { createWorld, nightly, PROJECT, type World } from "./world.ts";

async function agent(more: Parameters<typeof nightly>[0] = {}): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("lead-agent", nightly(more));
  await world.until("2026-03-02T02:00:00Z");
  return world;
}

async function incidentOf(world: World): Promise<Incident> {
  const incident = await world.incident("lead-agent");
  if (incident === null) throw new Error("no incident is open");
  return incident;
}

test("the article's case: the first failed run opens an incident with exactly its story (S17)", async () => {
  const world = await agent();
  const enrich = failed("enrich");
  const steps = [step("load"), step("split"), enrich, callIn(enrich, 429)];
  await world.checkIn("lead-agent", "start");
  await world.pass("2m");
  await world.checkIn("lead-agent", "fail", {
    exitStatus: 1,
    outcome: { plan: SEVEN, steps, counts: { expected: 200, processed: 50 } },
  });
  const title = 'lead-agent failed on step 3 of 7 "enrich": api.openai.com answered 429; processed 50 of 200';
  expect((await incidentOf(world)).title).toBe(title);
  expect(await world.told()).toEqual([`opened ${title}`]);
});

test("a run that is killed in a step is told by that step (S34)", async () => {
  const world = await agent({ maxRuntimeMs: 3_600_000 });
  await world.checkIn("lead-agent", "start", { outcome: { plan: SEVEN } });
  const steps = [step("load"), step("split"), step("enrich", { status: "running" })];
  await world.checkIn("lead-agent", "step", { outcome: { steps } });
  await world.pass("61m");
  const incident = await incidentOf(world);
  expect(incident.title).toBe('lead-agent died in step 3 of 7 "enrich"');
  expect(incident.evidence.unknown.join(" ")).toContain("hangs, or died");
});

test("a run that says it went well, and whose check says otherwise", async () => {
  const checks = [
    { kind: "cel", cel: "run.processed >= run.expected * 0.95", name: null, severity: "fail" },
  ] as const;
  const world = await agent({ checks: [...checks] });
  await world.checkIn("lead-agent", "success", {
    outcome: { counts: { expected: 200, processed: 3 }, http: [tally(429, { count: 197 })] },
  });
  const incident = await incidentOf(world);
  expect(incident).toMatchObject({ kind: "unverified", phase: "unverified" });
  expect(incident.title).toMatch(/^lead-agent is not verified: api\.openai\.com answered 429; .+/);
  expect(incident.evidence.came).toMatch(/reports success: processed 3 of 200\.$/);
  expect(incident.evidence.known).toContainEqual("api.openai.com answered 429 (rate limited) 197 times.");
  expect(incident.evidence.next).toContain("Retry-After");
  const view = await world.engine.viewMonitor({ project: PROJECT, slug: "lead-agent" });
  expect(view).toMatchObject({ status: "down", isNeverVerified: false, lastRun: { state: "unverified" } });
});
