/** What comes after a run has ended well: the same finish again, a proof that fails late, an edit or a deletion meanwhile. */
import { expect, test } from "vitest";
import type { Check } from "../../src/domain/checks/check.ts";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import type { OutcomePart } from "../../src/domain/outcome/outcome.ts";
import type { Run } from "../../src/domain/run.ts";
import { OutboundError, type Outbound } from "../../src/ports/outbound.ts";
import { createWorld, nightly, PROJECT, type World } from "./world.ts";

const EXPORT_CHANGES: Check = {
  kind: "evidence",
  evidence: "export",
  must: { rule: "changed_since_last" },
  severity: "fail",
};
const EXPORT_IS_THERE: Check = { ...EXPORT_CHANGES, must: { rule: "url_ok" } };
const IS_SHORT: Check = { kind: "duration", op: "<=", valueMs: 300_000, severity: "fail" };

async function lastRun(world: World): Promise<Run> {
  const page = { cursor: null, limit: 1 };
  const [found] = (await world.engine.listRuns({ project: PROJECT, slug: "job", runId: null, page })).items;
  if (found === undefined) throw new Error("no run");
  return found.run;
}

async function worldWith(input: Partial<MonitorInput>, outbound?: Outbound): Promise<World> {
  const world = await createWorld("2026-03-02T01:58:00Z", undefined, outbound && { outbound });
  await world.monitor("job", nightly(input));
  await world.until("2026-03-02T02:00:00Z");
  return world;
}

function exported(more: { sha256?: string; url?: string }): { outcome: OutcomePart } {
  const nothing = { url: null, id: null, name: null, size: null, sha256: null, createdAt: null };
  return { outcome: { evidence: [{ kind: "export", ...nothing, ...more }] } };
}

test("a finish told twice is not refuted by what its own run has shown", async () => {
  const world = await worldWith({ checks: [EXPORT_CHANGES] });
  const told = { runId: "a", ...exported({ sha256: "aaaa" }) };
  await world.checkIn("job", "start", { runId: "a" });
  await world.pass("1m");
  await world.checkIn("job", "success", told);
  await world.pass("10m");
  await world.checkIn("job", "success", told);
  expect((await lastRun(world)).state).toBe("verified");
  expect(await world.incident("job")).toBeNull();
});

test("a run that was lowered is not what the next one is compared with, and was not the last verified one", async () => {
  const world = await worldWith({ checks: [EXPORT_CHANGES] });
  await world.checkIn("job", "success", { runId: "a", ...exported({ sha256: "aaaa" }) });
  await world.until("2026-03-03T02:00:00Z");
  await world.checkIn("job", "success", { runId: "b", ...exported({ sha256: "bbbb" }) });
  await world.pass("10m");
  await world.checkIn("job", "fail", { runId: "b" });
  const view = await world.engine.viewMonitor({ project: PROJECT, slug: "job" });
  expect(view.lastVerifiedAt).toBe(Date.parse("2026-03-02T02:00:00Z"));
  await world.pass("10m");
  await world.checkIn("job", "success", { runId: "c", ...exported({ sha256: "bbbb" }) });
  expect((await lastRun(world)).state).toBe("verified");
});

test("a finish told again hours later does not make the run longer", async () => {
  const world = await worldWith({ checks: [IS_SHORT] });
  await world.checkIn("job", "start", { runId: "a" });
  await world.pass("1m");
  await world.checkIn("job", "success", { runId: "a" });
  await world.pass("2h");
  await world.checkIn("job", "success", { runId: "a" });
  expect((await lastRun(world)).state).toBe("verified");
  expect(await world.incident("job")).toBeNull();
});

test("a run that was heard after Rollcall was blind, and then fell silent, is incomplete and not unknown", async () => {
  const world = await worldWith({ maxRuntimeMs: 6 * 3_600_000, maxIdleMs: 900_000 });
  await world.checkIn("job", "start", { runId: "a" });
  await world.pass("2m");
  await world.sleepUntil("2026-03-02T02:10:00Z");
  await world.pass("30s");
  await world.checkIn("job", "progress", { runId: "a" });
  await world.pass("20m");
  expect(await lastRun(world)).toMatchObject({ state: "incomplete", isSilent: true });
  expect(await world.incident("job")).toMatchObject({ kind: "incomplete" });
});

/** Addresses that answer as the set says, at once or when they are let. */
function answering(good: ReadonlySet<string>, until: Promise<void> = Promise.resolve()): Outbound {
  return {
    request: async ({ url }) => {
      await until;
      if (!good.has(url)) throw new OutboundError("refused", "no answer");
      return { status: 200, body: "" } as Awaited<ReturnType<Outbound["request"]>>;
    },
    connect: () => Promise.reject(new Error("nothing connects")),
    fetch: null,
  };
}

async function runsEveryFiveMinutes(world: World, urls: readonly string[]): Promise<void> {
  for (const url of urls) {
    await world.checkIn("job", "success", exported({ url }));
    await world.engine.proofsSettled();
    await world.pass("5m");
    await world.engine.proofsSettled();
  }
}

const OFTEN = { schedule: { cron: "*/5 * * * *" }, graceMs: 60_000, checks: [EXPORT_IS_THERE] };

test("two proofs in a row that never come are two bad results, though the word of later runs stands between", async () => {
  const world = await worldWith({ ...OFTEN, verifyByMs: 480_000, failureThreshold: 2 }, answering(new Set()));
  const urls = ["a", "b", "c", "d", "e", "f"].map((name) => `http://shop.test/${name}`);
  await runsEveryFiveMinutes(world, urls);
  expect(await world.incident("job")).toMatchObject({ kind: "unverified" });
});

test("a run that ended before an older one proved wrong ends the incident with its own proof", async () => {
  const good = new Set<string>();
  const world = await worldWith({ ...OFTEN, verifyByMs: 480_000 }, answering(good));
  await runsEveryFiveMinutes(world, ["http://shop.test/a"]);
  await world.checkIn("job", "success", exported({ url: "http://shop.test/b" }));
  await world.engine.proofsSettled();
  await world.pass("4m");
  await world.engine.proofsSettled();
  expect(await world.incident("job")).toMatchObject({ kind: "unverified" });
  good.add("http://shop.test/b");
  await world.pass("35s");
  await world.engine.proofsSettled();
  expect(await lastRun(world)).toMatchObject({ state: "verified" });
  expect(await world.incident("job")).toBeNull();
});

test("a proof that comes after the monitor was deleted changes nothing", async () => {
  let answer = (): void => {};
  const until = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const world = await worldWith({ checks: [EXPORT_IS_THERE] }, answering(new Set(), until));
  await world.checkIn("job", "success", exported({ url: "http://shop.test/a" }));
  const ref = await world.store.findMonitor(PROJECT, "job");
  await world.engine.deleteMonitor({ project: PROJECT, slug: "job", by: "test" });
  await world.pass("30m");
  answer();
  await world.engine.proofsSettled();
  const snapshot = await world.store.load(ref?.id ?? "", {});
  expect(snapshot?.state.incident).toBeNull();
});
