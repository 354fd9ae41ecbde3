/** DESIGN "incidents", told as stories: check-ins refused near a window say where its run died, and no more. */
import { expect, test } from "vitest";
import { createWorld, nightly, PROJECT, type World } from "./world.ts";

test("a refusal near a missing window sets its phase from the beginning", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:05Z");
  await world.reject("nightly");
  await world.until("2026-03-02T02:10:01Z");
  expect(await world.incident("nightly")).toMatchObject({
    kind: "missing",
    phase: "rejected_at_boundary",
    rejections: 1,
  });
  expect(await world.told()).toEqual([
    "opened nightly: 1 check-in rejected at the trust boundary since 02:00:05 (wrong_secret); no run was accepted",
  ]);
});

test("near begins when the window opens: a refusal just before says nothing of it", async () => {
  for (const [instant, phase] of [
    ["2026-03-02T01:49:59Z", "not_arrived"],
    ["2026-03-02T01:50:00Z", "rejected_at_boundary"],
  ] as const) {
    const world = await nightlyWorld();
    await world.until(instant);
    await world.reject("nightly");
    await world.until("2026-03-02T02:10:01Z");
    expect((await world.incident("nightly"))?.phase).toBe(phase);
  }
});

test("near ends when the next window opens", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-03T01:49:55Z");
  expect((await world.incident("nightly"))?.phase).toBe("not_arrived");
  await world.until("2026-03-03T01:50:00Z");
  await world.reject("nightly");
  expect((await world.incident("nightly"))?.phase).toBe("not_arrived");
  await world.until("2026-03-03T02:10:01Z");
  expect((await world.incident("nightly"))?.phase).toBe("rejected_at_boundary");
});

test("what comes at a window is near it also where an edit has the next one open long before", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:05Z");
  await world.reject("nightly");
  await world.monitor("nightly", { schedule: { cron: "0 9 * * *" }, graceMs: 14 * 3_600_000 });
  await world.until("2026-03-02T02:10:01Z");
  expect((await world.incident("nightly"))?.phase).toBe("rejected_at_boundary");
});

test("what comes at a window is near it also while one of before an edit, expected earlier, may still start", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly({ graceMs: 6 * 3_600_000 }));
  await world.until("2026-03-02T02:30:00Z");
  await world.monitor("nightly", { schedule: { cron: "0 * * * *" }, graceMs: 5 * 60_000 });
  await world.until("2026-03-02T03:00:05Z");
  await world.reject("nightly");
  await world.until("2026-03-02T03:05:01Z");
  expect((await world.incident("nightly"))?.phase).toBe("rejected_at_boundary");
  expect(await world.told()).toEqual([
    "opened nightly: 1 check-in rejected at the trust boundary since 03:00:05 (wrong_secret); no run was accepted",
  ]);
});

test("a refusal while a run is missing changes the phase once, told as a change", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:30:00Z");
  await world.reject("nightly");
  expect((await world.told()).at(-1)).toBe(
    "changed nightly: 1 check-in rejected at the trust boundary since 02:30 (wrong_secret); no run was accepted",
  );
  expect((await world.incident("nightly"))?.timeline.map((entry) => entry.what)).toEqual([
    "opened",
    "changed",
  ]);
});

test("further refusals keep the count in the title up to date and tell nobody", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:30:00Z");
  for (let count = 0; count < 5; count += 1) {
    await world.reject("nightly");
    await world.pass("10s");
  }
  const incident = await world.incident("nightly");
  expect(incident?.title).toBe(
    "nightly: 5 check-ins rejected at the trust boundary since 02:30 (wrong_secret); no run was accepted",
  );
  expect(incident?.rejections).toBe(5);
  expect(incident?.evidence.came).toMatch(/^5 refused/);
  expect(await world.told()).toHaveLength(2);
});

test("the count goes on from night to night while the boundary refuses the job", async () => {
  const world = await nightlyWorld();
  for (const day of ["02", "03", "04"]) {
    await world.until(`2026-03-${day}T02:00:00Z`);
    await world.reject("nightly");
    await world.reject("nightly");
  }
  await world.until("2026-03-04T02:20:00Z");
  expect((await world.incident("nightly"))?.title).toBe(
    "nightly: 6 check-ins rejected at the trust boundary since 2026-03-02 02:00 (wrong_secret); no run was accepted",
  );
  expect(await world.told()).toHaveLength(1);
});

test("a night without refusals changes the phase back: the latest bad result decides", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:05Z");
  await world.reject("nightly");
  await world.until("2026-03-03T02:10:01Z");
  expect((await world.incident("nightly"))?.phase).toBe("not_arrived");
  expect((await world.told()).map((told) => told.split(" ")[0])).toEqual(["opened", "changed"]);
});

test("refusals alone never open an incident", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:05Z");
  for (let count = 0; count < 10; count += 1) await world.reject("nightly");
  await world.run("nightly");
  await world.until("2026-03-02T12:00:00Z");
  await world.reject("nightly");
  expect(await world.incidents()).toEqual([]);
});

test("refusals never suppress or close one: the run is missing all the same", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:05Z");
  await world.reject("nightly");
  await world.until("2026-03-02T02:10:01Z");
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z missing"]);
  await world.reject("nightly", "revoked");
  expect((await world.incident("nightly"))?.status).toBe("open");
});

test("a refusal while an incident of another kind is open changes nothing", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:05Z");
  await world.checkIn("nightly", "fail");
  const before = await world.incident("nightly");
  await world.reject("nightly");
  expect(await world.incident("nightly")).toEqual(before);
});

test("the reason told is the latest one", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:00Z");
  await world.reject("nightly", "wrong_secret");
  await world.pass("1m");
  await world.reject("nightly", "revoked");
  await world.until("2026-03-02T02:10:01Z");
  expect((await world.incident("nightly"))?.title).toBe(
    "nightly: 2 check-ins rejected at the trust boundary since 02:00 (revoked); no run was accepted",
  );
});

test("a flood of refusals leaves bounded evidence, and the real run is taken as ever (S32)", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:20:00Z");
  for (let count = 0; count < 2_000; count += 1) await world.reject("nightly");
  expect((await world.incident("nightly"))?.title).toBe(
    "nightly: 100 or more check-ins rejected at the trust boundary since 02:20 (wrong_secret); no run was accepted",
  );
  const flood = Array.from({ length: 1_000 }, () => world.reject("nightly"));
  const real = await world.checkIn("nightly", "success");
  await Promise.all(flood);
  expect(real.window?.verdict).toBe("late");
  const { id } = (await world.store.findMonitor(PROJECT, "nightly")) ?? { id: "" };
  const rejections = await world.store.listRejections(PROJECT, { cursor: null, limit: 200 });
  expect(rejections.items.map((one) => [one.count, one.at.length])).toEqual([[3_000, 100]]);
  const journal = await world.store.listJournal(
    id,
    { fromAt: 0, toAt: 1e14 },
    { cursor: null, limit: 10_000 },
  );
  expect(journal.items.length).toBeLessThan(120);
  expect(await world.told()).toHaveLength(3);
});

test("a flood for a name that no monitor has harms nobody (S32)", async () => {
  const world = await nightlyWorld();
  await world.until("2026-03-02T02:00:05Z");
  for (let count = 0; count < 1_500; count += 1) {
    await world.engine.recordRejection({
      project: PROJECT,
      monitorId: null,
      slug: `guess-${count}`,
      reason: "unknown_monitor",
      addressPrefix: "192.0.2.0/24",
      headerNames: [],
      expected: "the name of a monitor",
      seen: "another name",
      at: world.wall.at,
    });
  }
  await world.run("nightly");
  expect(await world.ledger("nightly")).toEqual(["2026-03-02T02:00:00Z on_time"]);
  expect(await world.incidents()).toEqual([]);
});

async function nightlyWorld(): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("nightly", nightly());
  return world;
}
