/** The report tells what was verified from what was only reported: greens that nothing bears out (R13). */
import { expect, test } from "vitest";
import { createWorld, nightly, PROJECT, type World } from "./world.ts";

async function lines(world: World): Promise<Record<string, number[]>> {
  const page = { cursor: null, limit: 10 };
  const report = await world.engine.report({ project: PROJECT, fromAt: null, toAt: null, page });
  return Object.fromEntries(
    report.lines.map(({ monitor, counts }) => [monitor, [counts.verified, counts.reported_only]]),
  );
}

test("good runs are counted apart: those that their checks bear out, and those that only say so", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("shown", nightly({ checks: [{ kind: "complete", severity: "fail" }] }));
  await world.monitor("said", nightly());
  for (const day of ["02", "03", "04"]) {
    await world.until(`2026-03-${day}T02:00:00Z`);
    await world.checkIn("shown", "success", { outcome: { counts: { processed: 200 } } });
    await world.checkIn("said", day === "04" ? "fail" : "success");
  }
  await world.pass("1m");
  expect(await lines(world)).toEqual({ shown: [3, 0], said: [0, 2] });
});

test("runs from before the first check are their own word", async () => {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", nightly());
  await world.until("2026-03-02T02:00:00Z");
  await world.checkIn("job", "success");
  await world.monitor("job", nightly({ checks: [{ kind: "complete", severity: "fail" }] }));
  await world.until("2026-03-03T02:00:00Z");
  await world.checkIn("job", "success", { outcome: { counts: { processed: 200 } } });
  await world.pass("1m");
  expect(await lines(world)).toEqual({ job: [1, 1] });
});
