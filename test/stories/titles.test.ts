/** What a person reads first: one deterministic sentence, and beside it what is known, what is not, what to do next. */
import { expect, test } from "vitest";
import type { Incident } from "../../src/domain/incident.ts";
import { createWorld, nightly, type World } from "./world.ts";

const BERLIN = { cron: "0 2 * * *", timezone: "Europe/Berlin" };

test("a missing run is told in the zone of its schedule", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly-backup", nightly({ schedule: BERLIN }));
  await world.until("2026-03-02T01:10:01Z");
  expect(await titleOf(world, "nightly-backup")).toBe(
    "nightly-backup: expected 02:00 Europe/Berlin, nothing arrived by 02:10 (grace 10m)",
  );
});

test("the same sentence in summer, an hour earlier by UTC", async () => {
  const world = await createWorld("2026-07-01T22:00:00Z");
  await world.monitor("nightly-backup", nightly({ schedule: BERLIN }));
  await world.until("2026-07-02T00:10:01Z");
  expect(await titleOf(world, "nightly-backup")).toBe(
    "nightly-backup: expected 02:00 Europe/Berlin, nothing arrived by 02:10 (grace 10m)",
  );
});

test("zones that are not whole hours from UTC, and graces over midnight, are told as clocks show them", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  const schedule = { cron: "50 23 * * *", timezone: "Asia/Kathmandu" };
  await world.monitor("ledger", { schedule, graceMs: 1_800_000 });
  await world.until("2026-03-02T18:36:00Z");
  expect(await titleOf(world, "ledger")).toBe(
    "ledger: expected 23:50 Asia/Kathmandu, nothing arrived by 2026-03-03 00:20 (grace 30m)",
  );
});

test("seconds are told where they matter", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("pulse", { schedule: { every: 45_000 }, graceMs: 5_000 });
  await world.pass("1m");
  expect(await titleOf(world, "pulse")).toBe(
    "pulse: expected 00:00:45 UTC, nothing arrived by 00:00:50 (grace 5s)",
  );
});

test("refused check-ins are counted, with since when and why", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly-backup", nightly({ schedule: BERLIN }));
  await world.until("2026-03-02T01:00:00Z");
  for (let count = 0; count < 3; count += 1) {
    await world.reject("nightly-backup");
    await world.pass("1m");
  }
  await world.until("2026-03-02T01:10:01Z");
  expect(await titleOf(world, "nightly-backup")).toBe(
    "nightly-backup: 3 check-ins rejected at the trust boundary since 02:00 (wrong_secret); no run was accepted",
  );
});

test("a failed run is told with its exit status, a hanging one with its runtime", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("failing", nightly({ schedule: BERLIN }));
  await world.monitor("hanging", nightly({ schedule: BERLIN, maxRuntimeMs: 5_400_000 }));
  await world.until("2026-03-02T01:00:20Z");
  await world.checkIn("failing", "fail", { exitStatus: 137 });
  await world.checkIn("hanging", "start");
  await world.pass("2h");
  expect(await titleOf(world, "failing")).toBe(
    "failing: the run of 02:00 Europe/Berlin failed with exit status 137",
  );
  expect(await titleOf(world, "hanging")).toBe(
    "hanging: started 02:00:20 Europe/Berlin, not finished by 03:30:20 (runtime 1h 30m)",
  );
});

test("an overlap where none is allowed is told with the start of the second run", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("etl", { schedule: { cron: "0 * * * *" }, overlap: "forbid" });
  await world.until("2026-03-02T01:00:00Z");
  await world.checkIn("etl", "start", { runId: "a" });
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("etl", "start", { runId: "b" });
  expect(await titleOf(world, "etl")).toBe("etl: a run started 02:00 UTC while another was still open");
});

test("what we know and do not know of a missing run (R49)", async () => {
  const world = await createWorld("2026-03-01T00:00:00Z");
  await world.monitor("nightly", nightly({ schedule: BERLIN }));
  await world.until("2026-03-01T01:00:05Z");
  await world.run("nightly");
  await world.until("2026-03-02T01:10:01Z");
  expect((await incidentOf(world, "nightly")).evidence).toEqual({
    expected:
      "A run at 2026-03-02 02:00 Europe/Berlin, started by 2026-03-02 02:10 Europe/Berlin at the latest.",
    came: "Nothing.",
    known: [
      "Last accepted check-in: 2026-03-01 02:00:15 Europe/Berlin.",
      "Last good run: 2026-03-01 02:00:15 Europe/Berlin.",
      "Rollcall was listening all the time.",
    ],
    unknown: ["Whether the scheduler fired at all: no check-in was received and none was refused."],
    next: "Look whether the scheduler fired (its own log), whether the job's machine is up, and whether it can reach Rollcall.",
  });
});

test("a run refused at the boundary is not taken for one that did not start (R33)", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T02:00:05Z");
  await world.reject("nightly", "expired");
  await world.until("2026-03-02T02:10:01Z");
  const { evidence } = await incidentOf(world, "nightly");
  expect(evidence.came).toBe(
    "1 refused: the latest reason is expired; what came was another key. No check-in was accepted.",
  );
  expect(evidence.known).toContain("No check-in has ever been received for this monitor.");
  expect(evidence.unknown).toEqual(["Whether the job did its work: what it told was refused."]);
  expect(evidence.next).toMatch(/^Fetch the token right before it is shown/);
});

test("a failure carries what the job said last", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  await world.until("2026-03-02T02:00:05Z");
  await world.checkIn("nightly", "start", { runId: "n-1" });
  await world.checkIn("nightly", "fail", { runId: "n-1", exitStatus: 2, body: "pg_dump: no space left\n" });
  const { evidence } = await incidentOf(world, "nightly");
  expect(evidence.came).toBe(
    "A finish at 2026-03-02 02:00:05 UTC that reports failure with exit status 2. It said: pg_dump: no space left",
  );
  expect(evidence.known[0]).toBe("Run id: n-1.");
  expect(evidence.next).toBe("Read the end of the job's output, kept with the run.");
});

test("of a run that hangs we do not know whether it still runs", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ maxRuntimeMs: 3_600_000 }));
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("nightly", "start");
  await world.pass("61m");
  const { evidence } = await incidentOf(world, "nightly");
  expect(evidence.expected).toBe("A finish by 2026-03-02 03:00 UTC.");
  expect(evidence.came).toBe("A start at 2026-03-02 02:00 UTC, and no finish.");
  expect(evidence.unknown).toEqual([
    "Whether the job still runs, hangs, or died: it has not been heard since.",
  ]);
});

test("where Rollcall itself could not hear, it says so and claims nothing", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ earlyMs: 3_600_000 }));
  await world.until("2026-03-02T01:10:00Z");
  await world.sleepUntil("2026-03-02T01:20:00Z");
  await world.until("2026-03-02T02:10:01Z");
  const { evidence } = await incidentOf(world, "nightly");
  expect(evidence.unknown).toContain("Rollcall could not hear during a part of this time.");
  expect(evidence.known).not.toContain("Rollcall was listening all the time.");
});

test("the same history tells the same sentences", async () => {
  const tell = async (): Promise<readonly Incident[]> => {
    const world = await createWorld("2026-03-02T00:00:00Z");
    await world.monitor("nightly", nightly({ schedule: BERLIN }));
    await world.until("2026-03-02T01:03:00Z");
    await world.reject("nightly");
    await world.until("2026-03-03T01:00:05Z");
    await world.checkIn("nightly", "fail", { exitStatus: 1 });
    return world.incidents();
  };
  expect(await tell()).toEqual(await tell());
});

async function incidentOf(world: World, slug: string): Promise<Incident> {
  const incident = await world.incident(slug);
  if (incident === null) throw new Error(`no incident of ${slug}`);
  return incident;
}

async function titleOf(world: World, slug: string): Promise<string> {
  return (await incidentOf(world, slug)).title;
}
