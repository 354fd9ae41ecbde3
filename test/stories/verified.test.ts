/**
 * What a finished run's checks make of it: verified, degraded, unverified, or awaiting a proof from outside; and a run
 * that falls silent.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { Check } from "../../src/domain/checks/check.ts";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import type { OutcomePart } from "../../src/domain/outcome/outcome.ts";
import type { Run } from "../../src/domain/run.ts";
import { createOutbound } from "../../src/system/outbound.ts";
import { createWorld, link, nightly, PROJECT, type World } from "./world.ts";

const RATIO: Check = {
  kind: "metric",
  metric: "processed",
  of: "expected",
  op: ">=",
  value: 0.95,
  severity: "fail",
};
const PAGE_IS_THERE: Check = {
  kind: "evidence",
  evidence: "report",
  must: { rule: "url_ok" },
  severity: "fail",
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function lastRun(world: World, slug: string): Promise<Run> {
  const page = { cursor: null, limit: 1 };
  const [found] = (await world.engine.listRuns({ project: PROJECT, slug, runId: null, page })).items;
  if (found === undefined) throw new Error(`no run of ${slug}`);
  return found.run;
}

async function worldWith(input: Partial<MonitorInput>): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", nightly(input));
  await world.until("2026-03-02T02:00:00Z");
  return world;
}

test("a run whose checks hold is verified, and the monitor remembers when", async () => {
  const world = await worldWith({ checks: [RATIO] });
  await world.checkIn("job", "start", { outcome: { counts: { expected: 200 } } });
  await world.pass("1m");
  await world.checkIn("job", "success", { outcome: { counts: { processed: 198 } } });
  expect(await lastRun(world, "job")).toMatchObject({
    state: "verified",
    outcome: { counts: { expected: 200, processed: 198 } },
    checks: [{ layer: "rule", status: "passed" }],
  });
  expect(await world.ledger("job")).toEqual(["2026-03-02T02:00:00Z on_time"]);
  const view = await world.engine.viewMonitor({ project: PROJECT, slug: "job" });
  expect(view.lastVerifiedAt).toBe(Date.parse("2026-03-02T02:01:00Z"));
});

test("a run that says it went well and did too little is unverified: an incident opens at once", async () => {
  const world = await worldWith({ checks: [RATIO] });
  await world.checkIn("job", "success", { outcome: { counts: { expected: 200, processed: 3 } } });
  expect(await world.ledger("job")).toEqual(["2026-03-02T02:00:00Z unverified"]);
  expect((await lastRun(world, "job")).state).toBe("unverified");
  expect(await world.incident("job")).toMatchObject({ kind: "unverified", phase: "unverified" });
  const row = await world.row("job", "2026-03-02T02:00:00Z");
  expect(row.judgements.at(-1)?.reason).toMatchObject({
    code: "not_verified",
    values: { detail: expect.stringContaining("3 of 200 = 1.5 %") },
  });
});

test("only a verified run closes the incident of a monitor that has checks", async () => {
  const world = await worldWith({ checks: [RATIO] });
  const told = (processed: number) => ({ outcome: { counts: { expected: 200, processed } } });
  await world.checkIn("job", "fail", told(200));
  await world.until("2026-03-03T02:00:00Z");
  await world.checkIn("job", "success", told(3));
  expect(await world.incident("job")).toMatchObject({ kind: "unverified" });
  await world.until("2026-03-04T02:00:00Z");
  await world.checkIn("job", "success", told(200));
  expect(await world.incident("job")).toBeNull();
});

test("a check that only degrades leaves the run good, and tells who wants to hear of it", async () => {
  const channels = [link("chat", { notifyOn: ["degraded"] })];
  const world = await worldWith({ checks: [{ ...RATIO, severity: "degrade" }], channels });
  await world.checkIn("job", "success", { outcome: { counts: { expected: 200, processed: 180 } } });
  expect(await world.ledger("job")).toEqual(["2026-03-02T02:00:00Z on_time"]);
  expect(await lastRun(world, "job")).toMatchObject({ state: "verified", isDegraded: true });
  expect(await world.incident("job")).toBeNull();
  expect(await world.told()).toEqual([expect.stringContaining("job: degraded: processed 180 of 200 = 90 %")]);
});

test("a later finish of the same run that fails its checks lowers it", async () => {
  const world = await worldWith({ checks: [RATIO] });
  await world.checkIn("job", "start", { runId: "a" });
  await world.pass("1m");
  const good: OutcomePart = { counts: { expected: 200, processed: 200 } };
  await world.checkIn("job", "success", { runId: "a", outcome: good });
  await world.pass("2m");
  await world.checkIn("job", "success", { runId: "a", outcome: { counts: { processed: 3 } } });
  expect(await lastRun(world, "job")).toMatchObject({ state: "unverified" });
  expect(await world.ledger("job")).toEqual(["2026-03-02T02:00:00Z unverified"]);
  expect(await world.incident("job")).toMatchObject({ kind: "unverified" });
});

test("an extra run that proves nothing does not recover its window, one that does ends the incident", async () => {
  const world = await worldWith({ checks: [RATIO] });
  const told = (processed: number) => ({ outcome: { counts: { expected: 200, processed } } });
  await world.checkIn("job", "success", { ...told(3), runId: "a" });
  await world.until("2026-03-02T02:20:00Z");
  await world.checkIn("job", "success", { ...told(4), runId: "b" });
  expect(await world.incident("job")).not.toBeNull();
  await world.until("2026-03-02T02:40:00Z");
  await world.checkIn("job", "success", { ...told(200), runId: "c" });
  expect(await world.incident("job")).toBeNull();
  expect(await world.ledger("job")).toEqual(["2026-03-02T02:00:00Z unverified"]);
});

test("a run of which nothing is heard for longer than max_idle is incomplete, whatever its runtime", async () => {
  const world = await worldWith({ maxRuntimeMs: 6 * 3_600_000, maxIdleMs: 300_000 });
  await world.checkIn("job", "start", { runId: "a" });
  await world.pass("4m");
  await world.checkIn("job", "progress", { runId: "a", outcome: { counts: { processed: 50 } } });
  await world.pass("4m");
  expect((await lastRun(world, "job")).state).toBe("started");
  await world.pass("2m");
  expect(await lastRun(world, "job")).toMatchObject({ state: "incomplete", isSilent: true });
  const row = await world.row("job", "2026-03-02T02:00:00Z");
  expect(row.judgements.at(-1)).toMatchObject({
    verdict: "incomplete",
    reason: { code: "no_progress", values: { idleMs: 300_000 } },
  });
});

test("a pause gives a silent run its time back", async () => {
  const world = await worldWith({ maxRuntimeMs: 6 * 3_600_000, maxIdleMs: 300_000 });
  await world.checkIn("job", "start", { runId: "a" });
  await world.pass("1m");
  const pause = { project: PROJECT, slug: "job", by: "test" };
  await world.engine.pauseMonitor({ ...pause, untilAt: null, reason: "looking" });
  await world.pass("20m");
  await world.engine.resumeMonitor(pause);
  await world.pass("3m");
  expect((await lastRun(world, "job")).state).toBe("started");
  await world.pass("2m");
  expect((await lastRun(world, "job")).state).toBe("incomplete");
});

/** A page that answers with whatever status stands in `status`. */
async function page(): Promise<{ url: string; answer: { status: number }; asked: () => number }> {
  const answer = { status: 404 };
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(answer.status).end("here");
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/report`,
    answer,
    asked: () => asked,
  };
}

async function probingWorld(input: Partial<MonitorInput> = {}): Promise<World> {
  const outbound = createOutbound({ allow: ["127.0.0.1"] });
  const world = await createWorld("2026-03-02T00:00:00Z", undefined, { outbound });
  await world.monitor("job", nightly({ checks: [PAGE_IS_THERE], ...input }));
  await world.until("2026-03-02T02:00:00Z");
  return world;
}

function report(url: string): { outcome: OutcomePart } {
  const item = { kind: "report", url, id: null, name: null, size: null, sha256: null, createdAt: null };
  return { outcome: { evidence: [item] } };
}

test("a run is reported until the page that shows its work has answered, then verified", async () => {
  const { url, answer } = await page();
  const world = await probingWorld();
  await world.checkIn("job", "success", report(url));
  await world.engine.proofsSettled();
  expect(await lastRun(world, "job")).toMatchObject({ state: "reported", checks: [{ status: "pending" }] });
  expect(await world.ledger("job")).toEqual(["2026-03-02T02:00:00Z on_time"]);
  answer.status = 200;
  await world.pass("35s");
  await world.engine.proofsSettled();
  expect(await lastRun(world, "job")).toMatchObject({ state: "verified", checks: [{ status: "passed" }] });
});

test("a page that was only asked for as a warning leaves the run good, and degraded, when it does not answer", async () => {
  const { url } = await page();
  const checks: Check[] = [{ ...PAGE_IS_THERE, severity: "degrade" }];
  const world = await probingWorld({ checks, verifyByMs: 120_000 });
  await world.checkIn("job", "success", report(url));
  for (let halfMinutes = 0; halfMinutes < 5; halfMinutes += 1) {
    await world.engine.proofsSettled();
    await world.pass("35s");
  }
  expect(await lastRun(world, "job")).toMatchObject({
    state: "verified",
    isDegraded: true,
    checks: [{ status: "degraded", sentence: expect.stringContaining("answered 404") }],
  });
  expect(await world.ledger("job")).toEqual(["2026-03-02T02:00:00Z on_time"]);
  expect(await world.status("job")).toBe("up");
});

test("a page that does not answer in time makes the run unverified: a new bad result", async () => {
  const { url } = await page();
  const world = await probingWorld({ verifyByMs: 120_000 });
  await world.checkIn("job", "success", report(url));
  for (let halfMinutes = 0; halfMinutes < 5; halfMinutes += 1) {
    await world.engine.proofsSettled();
    await world.pass("30s");
  }
  expect(await lastRun(world, "job")).toMatchObject({ state: "unverified" });
  expect((await lastRun(world, "job")).checks).toMatchObject([
    { status: "failed", sentence: expect.stringContaining("answered 404") },
  ]);
  expect(await world.ledger("job")).toEqual(["2026-03-02T02:00:00Z unverified"]);
  expect(await world.incident("job")).toMatchObject({
    kind: "unverified",
    openedAt: Date.parse("2026-03-02T02:02:00Z"),
  });
});

test("an incident is closed by the proof, and not by the word of the run that awaits it", async () => {
  const { url, answer } = await page();
  const world = await probingWorld();
  await world.until("2026-03-02T03:00:00Z");
  expect(await world.incident("job")).toMatchObject({ kind: "missing" });
  await world.checkIn("job", "success", report(url));
  await world.engine.proofsSettled();
  expect(await world.incident("job")).not.toBeNull();
  answer.status = 204;
  await world.pass("35s");
  await world.engine.proofsSettled();
  expect(await world.incident("job")).toBeNull();
  expect(await world.ledger("job")).toEqual(["2026-03-02T02:00:00Z late"]);
});

test("a page that answers says nothing for a run that its other checks have found wrong", async () => {
  const { url, answer } = await page();
  answer.status = 200;
  const world = await probingWorld({ checks: [RATIO, PAGE_IS_THERE] });
  const { outcome } = report(url);
  await world.checkIn("job", "success", {
    outcome: { ...outcome, counts: { expected: 200, processed: 3 } },
  });
  await world.engine.proofsSettled();
  await world.pass("35s");
  await world.engine.proofsSettled();
  expect((await lastRun(world, "job")).state).toBe("unverified");
  expect(await world.incident("job")).toMatchObject({ kind: "unverified" });
  expect(await world.status("job")).toBe("down");
});

test("a proof is asked for again after a restart", async () => {
  const { url, answer, asked } = await page();
  const world = await probingWorld();
  await world.checkIn("job", "success", report(url));
  await world.engine.proofsSettled();
  const before = asked();
  answer.status = 200;
  await world.restart();
  await world.pass("35s");
  await world.engine.proofsSettled();
  expect(asked()).toBeGreaterThan(before);
  expect((await lastRun(world, "job")).state).toBe("verified");
});

test("where runs follow each other faster than their proofs come, a proof that never comes is told all the same", async () => {
  const { url } = await page();
  const world = await probingWorld({
    schedule: { cron: "*/5 * * * *" },
    graceMs: 60_000,
    verifyByMs: 600_000,
  });
  for (let runs = 0; runs < 3; runs += 1) {
    await world.checkIn("job", "success", report(url));
    await world.engine.proofsSettled();
    await world.pass("5m");
  }
  expect(await world.incident("job")).toMatchObject({ kind: "unverified" });
});
