/** DESIGN "runs with an id" and "without an id": which run a check-in belongs to, told as stories. */
import { expect, test } from "vitest";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import type { Run } from "../../src/domain/run.ts";
import { expectWholeLedger } from "./ledger-check.ts";
import { at, createWorld, nightly, PROJECT, type World } from "./world.ts";

const MINUTE = 60_000;

function hourly(more: Partial<MonitorInput> = {}): MonitorInput {
  return { schedule: { cron: "0 * * * *" }, graceMs: 10 * MINUTE, ...more };
}

async function runs(world: World, slug: string): Promise<Run[]> {
  const page = { cursor: null, limit: 100 };
  const found = await world.engine.listRuns({ project: PROJECT, slug, runId: null, page });
  return found.items.map((item) => item.run).reverse();
}

async function states(world: World, slug: string): Promise<string[]> {
  return (await runs(world, slug)).map(({ runId, attempt, state }) => `${runId ?? "-"}#${attempt} ${state}`);
}

test("check-ins with one run id are one run, from start over steps to the finish", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly());
  await world.until("2026-03-02T01:00:00Z");
  const run = (await world.checkIn("job", "start", { runId: "a" })).run;
  await world.pass("2m");
  expect((await world.checkIn("job", "step", { runId: "a" })).run).toBe(run);
  await world.pass("2m");
  expect((await world.checkIn("job", "progress", { runId: "a" })).run).toBe(run);
  expect((await world.checkIn("job", "log", { runId: "a" })).run).toBe(run);
  await world.pass("2m");
  expect((await world.checkIn("job", "success", { runId: "a" })).run).toBe(run);
  expect(await states(world, "job")).toEqual(["a#1 reported"]);
});

test("runs with ids may overlap, and each is finished by its own id", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly({ maxRuntimeMs: 120 * MINUTE }));
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("job", "start", { runId: "a" });
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("job", "start", { runId: "b" });
  await world.until("2026-03-02T02:05:00Z");
  await world.checkIn("job", "fail", { runId: "a" });
  await world.checkIn("job", "success", { runId: "b" });
  expect(await world.ledger("job")).toEqual(["2026-03-02T01:00:00Z failed", "2026-03-02T02:00:00Z on_time"]);
});

test("a start with an ended id begins run id#2, #3 …, and the receipt warns of the hard-coded id", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly());
  const shown: (string | null)[] = [];
  const notes: string[] = [];
  for (const hour of ["01", "02", "03"]) {
    await world.until(`2026-03-02T${hour}:00:00Z`);
    const receipt = await world.checkIn("job", "start", { runId: "job" });
    notes.push(...receipt.notes);
    await world.pass("5m");
    shown.push((await world.checkIn("job", "success", { runId: "job" })).runId);
  }
  expect(shown).toEqual(["job", "job#2", "job#3"]);
  expect(notes).toHaveLength(2);
  expect(notes[0]).toMatch(/run id "job" was used before.*"job#2"/);
  expect(await world.ledger("job")).toEqual([
    "2026-03-02T01:00:00Z on_time",
    "2026-03-02T02:00:00Z on_time",
    "2026-03-02T03:00:00Z on_time",
  ]);
});

test("a start with the id of an incomplete run begins the next one too", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly({ maxRuntimeMs: 20 * MINUTE }));
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("job", "start", { runId: "job" });
  await world.until("2026-03-02T02:00:00Z");
  expect((await world.checkIn("job", "start", { runId: "job" })).runId).toBe("job#2");
  await world.checkIn("job", "success", { runId: "job" });
  expect(await states(world, "job")).toEqual(["job#1 incomplete", "job#2 reported"]);
  expect(await world.incident("job")).toBeNull();
});

test("a start with an open id, when a later window is a candidate, ends the open run as incomplete", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly({ maxRuntimeMs: 180 * MINUTE }));
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("job", "start", { runId: "job" });
  await world.until("2026-03-02T02:00:00Z");
  const receipt = await world.checkIn("job", "start", { runId: "job" });
  expect(receipt.runId).toBe("job#2");
  expect(await world.ledger("job")).toEqual(["2026-03-02T01:00:00Z incomplete", "2026-03-02T02:00:00Z open"]);
  await world.checkIn("job", "success", { runId: "job" });
  expect(await states(world, "job")).toEqual(["job#1 incomplete", "job#2 reported"]);
});

test("a start with an open id and no later window changes nothing and says so", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly());
  await world.until("2026-03-02T01:00:00Z");
  const first = await world.checkIn("job", "start", { runId: "job" });
  await world.until("2026-03-02T01:20:00Z");
  const again = await world.checkIn("job", "start", { runId: "job" });
  expect(again.run).toBe(first.run);
  expect(again.notes.join()).toMatch(/had started already/);
  await world.checkIn("job", "success", { runId: "job" });
  expect(await states(world, "job")).toEqual(["job#1 reported"]);
});

test("a lone finish with an ended id in a later window is a run of its own", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly());
  for (const hour of ["01", "02"]) {
    await world.until(`2026-03-02T${hour}:03:00Z`);
    await world.checkIn("job", "success", { runId: "job" });
  }
  expect(await states(world, "job")).toEqual(["job#1 reported", "job#2 reported"]);
  expect(await world.ledger("job")).toEqual(["2026-03-02T01:00:00Z on_time", "2026-03-02T02:00:00Z on_time"]);
});

test("the finish of a run that was given up settles its own window and does not pay for the next", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly({ maxRuntimeMs: 30 * MINUTE }));
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("job", "start", { runId: "a" });
  await world.until("2026-03-02T02:05:00Z");
  expect(await world.ledger("job")).toEqual(["2026-03-02T01:00:00Z incomplete"]);
  const receipt = await world.checkIn("job", "success", { runId: "a" });
  expect(receipt.runId).toBe("a");
  await world.until("2026-03-02T02:11:00Z");
  expect(await world.ledger("job")).toEqual(["2026-03-02T01:00:00Z on_time", "2026-03-02T02:00:00Z missing"]);
});

test("anonymous: a start within a minute of another is a duplicate while that run is open", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly());
  await world.until("2026-03-02T01:00:00Z");
  const first = await world.checkIn("job", "start");
  await world.until("2026-03-02T01:01:00Z");
  const again = await world.checkIn("job", "start");
  expect(again).toMatchObject({ run: first.run, isDuplicate: true });
  await world.checkIn("job", "success");
  expect(await states(world, "job")).toEqual(["-#1 reported"]);
});

test("anonymous: a start sent again with a key of its own is a duplicate as well", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly());
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("job", "start", { duplicateKey: "key/1" });
  await world.pass("10s");
  expect(await world.checkIn("job", "start", { duplicateKey: "key/2" })).toMatchObject({ isDuplicate: true });
  expect(await world.incidents()).toEqual([]);
});

test("anonymous: a start later than that ends the open run as incomplete, and the receipt says why", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly());
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("job", "start");
  await world.until("2026-03-02T01:01:00.001Z");
  const receipt = await world.checkIn("job", "start");
  expect(receipt.notes.join()).toMatch(/ended as incomplete; runs that overlap need run ids/);
  expect(receipt.window).toMatchObject({ as: "extra", verdict: "incomplete" });
  expect(await states(world, "job")).toEqual(["-#1 incomplete", "-#1 started"]);
});

test("where the gap is short, near means half of it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", { schedule: { cron: "* * * * *" }, graceMs: 20_000 });
  await world.until("2026-03-02T00:01:00Z");
  await world.checkIn("job", "start");
  await world.until("2026-03-02T00:01:30Z");
  expect((await world.checkIn("job", "start")).isDuplicate).toBe(true);
  await world.until("2026-03-02T00:01:30.001Z");
  expect((await world.checkIn("job", "start")).isDuplicate).toBe(false);
});

test("S29: a start up to a minute after a lone finish joins it: the finish overtook it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly());
  for (const [hour, runId] of [
    ["01", null],
    ["02", "a"],
  ] as const) {
    await world.until(`2026-03-02T${hour}:00:01Z`);
    const finish = await world.checkIn("job", "success", { runId });
    await world.pass("59s");
    const start = await world.checkIn("job", "start", { runId });
    expect(start.run).toBe(finish.run);
    expect(start.notes.join()).toMatch(/came after its finish/);
  }
  await world.until("2026-03-02T02:50:00Z");
  expect(await states(world, "job")).toEqual(["-#1 reported", "a#1 reported"]);
  expect(await world.status("job")).toBe("up");
});

test("a start that joined a lone finish and is followed by another finish was a second run's", async () => {
  for (const [first, second, status] of [
    ["fail", "success", "up"],
    ["success", "fail", "down"],
  ] as const) {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor("job", hourly());
    await world.until("2026-03-02T01:00:01Z");
    const before = await world.checkIn("job", first);
    await world.pass("10s");
    await world.checkIn("job", "start");
    await world.pass("10s");
    const after = await world.checkIn("job", second);
    expect(after.run).not.toBe(before.run);
    expect(await world.status("job")).toBe(status);
    await world.pass("10s");
    expect((await world.checkIn("job", second)).isDuplicate).toBe(true);
  }
});

test("a success, then a start, a failure and a success by hand leave the monitor up", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", { schedule: { every: 86_400_000 }, graceMs: 3_600_000, signals: "finish" });
  for (const kind of ["success", "start", "fail", "success"] as const) {
    await world.pass("5s");
    expect((await world.checkIn("job", kind)).isDuplicate).toBe(false);
  }
  expect(await world.status("job")).toBe("up");
});

test("a start after a lone finish does not join it when another window waits for a start", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", { schedule: { cron: "*/2 * * * *" }, graceMs: 60_000, earlyMs: 0 });
  await world.until("2026-03-02T00:03:30Z");
  const finish = await world.checkIn("job", "success");
  await world.until("2026-03-02T00:04:00Z");
  const start = await world.checkIn("job", "start");
  expect(start.run).not.toBe(finish.run);
  expect(start.window?.expectedAt).toBe(at("2026-03-02T00:04:00Z"));
});

test("a start delivered from an earlier window does not join a later lone finish", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly());
  await world.until("2026-03-02T02:01:00Z");
  await world.checkIn("job", "success");
  const occurredAt = at("2026-03-02T01:01:00Z");
  const start = await world.checkIn("job", "start", { occurredAt });
  expect(start.window).toMatchObject({ expectedAt: at("2026-03-02T01:00:00Z"), start: "on_time" });
});

test("the first finish stands: a later better one is kept as a note", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly());
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("job", "start", { runId: "a" });
  await world.checkIn("job", "fail", { runId: "a" });
  await world.pass("5m");
  const receipt = await world.checkIn("job", "success", { runId: "a" });
  expect(receipt.notes.join()).toMatch(/a later success was received; the first finish stands/);
  const [run] = await runs(world, "job");
  expect(run?.state).toBe("failed");
  expect(run?.notes.join()).toMatch(/a later success was received/);
  expect((await world.incident("job"))?.kind).toBe("failed");
});

test("the first finish stands: a later worse one lowers the run and its window", async () => {
  for (const runId of ["a", null]) {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor("job", hourly());
    await world.until("2026-03-02T01:00:00Z");
    await world.checkIn("job", "start", { runId });
    await world.checkIn("job", "success", { runId });
    await world.pass("30s");
    const receipt = await world.checkIn("job", "fail", { runId, exitStatus: 1 });
    expect(receipt.notes.join()).toMatch(/this worse finish lowers it/);
    expect(await world.ledger("job")).toEqual(["2026-03-02T01:00:00Z failed"]);
    expect((await world.incident("job"))?.kind).toBe("failed");
  }
});

test("step and progress imply a start, log never does", async () => {
  for (const kind of ["step", "progress"] as const) {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor("job", hourly());
    await world.until("2026-03-02T01:00:00Z");
    const log = await world.checkIn("job", "log", { runId: "a" });
    expect(log).toMatchObject({ run: null, window: null });
    expect(await world.ledger("job")).toEqual([]);
    const receipt = await world.checkIn("job", kind, { runId: "a" });
    expect(receipt.window).toMatchObject({ start: "on_time", as: "window" });
    expect(await world.status("job")).toBe("running");
  }
});

test("a log alone leaves its window missing", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T02:01:00Z");
  await world.checkIn("nightly", "log", { body: "alive" });
  await world.until("2026-03-02T02:11:00Z");
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z missing"]);
});

test("a step behind the end of its run is kept and nothing follows from it", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly());
  await world.until("2026-03-02T01:00:00Z");
  await world.run("job", { runId: "a" });
  const receipt = await world.checkIn("job", "step", { runId: "a" });
  expect(receipt.notes.join()).toMatch(/step arrived after the run had ended/);
  expect(await states(world, "job")).toEqual(["a#1 reported"]);
});

test("a lone fail, success or exit status is a start and a finish", async () => {
  for (const [kind, exitStatus, verdict] of [
    ["success", null, "on_time"],
    ["success", 0, "on_time"],
    ["fail", null, "failed"],
    ["success", 3, "failed"],
  ] as const) {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor("job", hourly());
    await world.until("2026-03-02T01:04:00Z");
    await world.checkIn("job", kind, { exitStatus });
    const row = await world.row("job", "2026-03-02T01:00:00Z");
    expect(row.judgements.at(-1)?.verdict).toBe(verdict);
    expect(row.startedAt).toBe(row.finishedAt);
    await world.until("2026-03-02T01:59:00Z");
    await expectWholeLedger(world, "job");
  }
});

test("32 runs may be open at once; one more ends the oldest as incomplete, and the receipt says so", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", hourly());
  await world.until("2026-03-02T01:00:00Z");
  for (let count = 1; count <= 32; count += 1) {
    const receipt = await world.checkIn("job", "start", { runId: `r${count}` });
    expect(receipt.notes).toEqual([]);
    await world.pass("1s");
  }
  expect((await states(world, "job")).filter((state) => state.endsWith("started"))).toHaveLength(32);
  const receipt = await world.checkIn("job", "start", { runId: "r33" });
  expect(receipt.notes.join()).toMatch(/32 runs were open; the oldest \(r1\) was ended as incomplete/);
  expect((await states(world, "job")).filter((state) => state.endsWith("started"))).toHaveLength(32);
  expect(await world.ledger("job")).toEqual(["2026-03-02T01:00:00Z incomplete"]);
});

test("a run from before the first window has the time of the window to come", async () => {
  const world = await createWorld("2026-03-02T01:59:50Z");
  await world.monitor("nightly", nightly({ earlyMs: 0 }));
  await world.checkIn("nightly", "start");
  await world.until("2026-03-02T12:00:00Z");
  const page = { cursor: null, limit: 9 };
  const runs = await world.engine.listRuns({ project: PROJECT, slug: "nightly", runId: null, page });
  expect(runs.items.map(({ run }) => [run.part, run.state])).toEqual([["outside", "started"]]);
});
