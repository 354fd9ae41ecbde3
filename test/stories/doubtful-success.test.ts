/**
 * Runs that ended well and are to be looked at all the same: too little against what is usual, a step left out, many
 * tries, a backup that is empty or old (R10, R12, R15, R18, S23).
 */
import { expect, test } from "vitest";
import type { Check } from "../../src/domain/checks/check.ts";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import type { EvidenceItem, OutcomePart } from "../../src/domain/outcome/outcome.ts";
import { step } from "../domain/outcome/story.ts";
import { createWorld, link, nightly, type World } from "./world.ts";

const HOUR = 3_600_000;

async function diary(more: Partial<MonitorInput> = {}): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.monitor("job", nightly({ channels: [link("chat", { notifyOn: ["degraded"] })], ...more }));
  await world.until("2026-03-02T02:00:00Z");
  return world;
}

async function titleOf(world: World): Promise<string | null> {
  return (await world.incident("job"))?.title ?? null;
}

async function nextNight(world: World): Promise<void> {
  const day = Math.floor(world.wall.at / (24 * HOUR));
  await world.until(new Date((day + 1) * 24 * HOUR + 2 * HOUR).toISOString());
}

test("exit status 0 and a check that is not met: not green (R10)", async () => {
  const world = await diary({ checks: [{ kind: "complete", severity: "fail" }] });
  await world.checkIn("job", "success", { exitStatus: 0 });
  expect(await world.status("job")).toBe("down");
  await nextNight(world);
  await world.checkIn("job", "success", { exitStatus: 0, outcome: { counts: { processed: 200 } } });
  expect(await world.status("job")).toBe("up");
});

async function afterTenNights(mode: "degrade" | "fail"): Promise<World> {
  const world = await diary({ baseline: { mode, metrics: null } });
  for (let nights = 0; nights < 10; nights += 1) {
    await world.checkIn("job", "success", { outcome: { counts: { processed: 200 + (nights % 3) } } });
    await nextNight(world);
  }
  return world;
}

test("40 % fewer than usual: told as degraded, or not verified where the monitor asks for that (R12)", async () => {
  const fewer = { outcome: { counts: { processed: 120 } } };
  const told = "processed 120; the last 10 runs: 200-202";
  const degraded = await afterTenNights("degrade");
  await degraded.checkIn("job", "success", fewer);
  expect(await titleOf(degraded)).toBeNull();
  expect(await degraded.told()).toEqual([`result job: degraded: ${told}`]);
  const strict = await afterTenNights("fail");
  await strict.checkIn("job", "success", fewer);
  expect(await titleOf(strict)).toBe(`job is not verified: ${told}`);
});

test("a tenth fewer than usual is nobody's alarm (R12)", async () => {
  const world = await afterTenNights("fail");
  await world.checkIn("job", "success", { outcome: { counts: { processed: 180 } } });
  expect(await titleOf(world)).toBeNull();
});

test("a step of the plan that was left out is told by its place (R15)", async () => {
  const plan = ["load", "score", "write"];
  const world = await diary({ checks: [{ kind: "complete", severity: "fail" }] });
  await world.checkIn("job", "success", { outcome: { plan, steps: [step("load"), step("write")] } });
  expect(await titleOf(world)).toBe('job is not verified: step 2 of 3 "score" was left out');
  await nextNight(world);
  await world.checkIn("job", "success", { outcome: { plan, steps: plan.map((name) => step(name)) } });
  expect(await titleOf(world)).toBeNull();
});

test("five tries more than one are told as degraded, four are not (R18)", async () => {
  const tried = (attempt: number): OutcomePart => ({ steps: [step("enrich", { attempt })] });
  const world = await diary();
  await world.checkIn("job", "success", { outcome: tried(5) });
  expect(await world.told()).toEqual([]);
  await nextNight(world);
  await world.checkIn("job", "success", { outcome: tried(6) });
  expect(await titleOf(world)).toBeNull();
  expect(await world.told()).toEqual(["result job: degraded: retried 5 times before it went well"]);
});

const BACKUP: readonly Check[] = [
  { kind: "evidence", evidence: "backup", must: { rule: "min_size", bytes: 1_000_000 }, severity: "fail" },
  { kind: "evidence", evidence: "backup", must: { rule: "max_age", ageMs: HOUR }, severity: "fail" },
  { kind: "evidence", evidence: "backup", must: { rule: "changed_since_last" }, severity: "fail" },
];

function backup(given: Partial<EvidenceItem>): { outcome: OutcomePart } {
  const empty = { kind: "backup", url: null, id: null, name: "db.gz", sha256: null };
  return { outcome: { evidence: [{ ...empty, size: 4_000_000, createdAt: null, ...given }] } };
}

test("a backup of 47 kB, an old one and yesterday's again are told; a whole one of tonight ends it (S23)", async () => {
  const world = await diary({ checks: BACKUP });
  const nights: [(now: number) => Partial<EvidenceItem>, string | null][] = [
    [(now) => ({ createdAt: now, sha256: "aa" }), null],
    [
      (now) => ({ createdAt: now, size: 47_000, sha256: "bb" }),
      "job is not verified: db.gz is 47 kB, needs at least 1 MB",
    ],
    [(now) => ({ createdAt: now, sha256: "cc" }), null],
    [
      (now) => ({ createdAt: now - 24 * HOUR, sha256: "dd" }),
      "job is not verified: db.gz is 1d old, may be 1h at most",
    ],
    [(now) => ({ createdAt: now, sha256: "ee" }), null],
    [
      (now) => ({ createdAt: now, sha256: "ee" }),
      "job is not verified: db.gz is the same as at the last good run (sha256 ee…)",
    ],
  ];
  for (const [item, title] of nights) {
    await world.checkIn("job", "success", backup(item(world.wall.at)));
    expect(await titleOf(world)).toBe(title);
    await nextNight(world);
  }
});
