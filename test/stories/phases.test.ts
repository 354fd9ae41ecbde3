/** Where a run died, one story a phase (R31): each is told in its own words, and each sends a person elsewhere. */
import { expect, test } from "vitest";
import { boundaryReceipt, MINUTE } from "../makers.ts";
import { createWorld, nightly, PROJECT, type World } from "./world.ts";

const EXPECTED = "2026-03-02T02:00:00Z";

const PHASES: readonly { phase: string | null; title: string; live: (world: World) => Promise<void> }[] = [
  {
    phase: "not_dispatched",
    title: "job: expected 02:00 UTC, not dispatched: nothing called GET /api/cron by 02:10 (grace 10m)",
    async live(world) {
      const sinceAt = world.wall.at;
      const routes = [{ route: "GET /api/cron", monitor: "job", configHash: "hash-1" }];
      for (let minute = 0; minute < 15; minute += 1) {
        const receivedAt = world.wall.at;
        const sign = { instance: "one", routes, sinceAt, at: receivedAt };
        await world.engine.noteBoundary({
          project: PROJECT,
          speaksFor: null,
          receivedAt,
          sign,
          receipts: [],
        });
        await world.pass("2m");
      }
    },
  },
  {
    phase: "not_arrived",
    title: "job: expected 02:00 UTC, nothing arrived by 02:10 (grace 10m)",
    live: async () => {},
  },
  {
    phase: "not_arrived",
    title:
      "job: expected 02:00 UTC, GET /api/cron was called and let in at 02:00, but no run checked in by 02:10 (grace 10m)",
    live: (world) => called(world, { isOk: true }),
  },
  {
    phase: "rejected_at_boundary",
    title:
      "job: 1 call rejected by GET /api/cron since 02:00 (wrong_scheme): expected a signature, got a bearer token; no run was accepted",
    live: (world) =>
      called(world, { isOk: false, reason: "wrong_scheme", expected: "a signature", seen: "a bearer token" }),
  },
  {
    phase: "rejected_at_boundary",
    title: "job: 1 check-in rejected at the trust boundary since 02:00 (revoked); no run was accepted",
    async live(world) {
      await world.until(EXPECTED);
      await world.reject("job", "revoked");
    },
  },
  {
    phase: "in_run",
    title: "job: the run of 02:00 UTC failed with exit status 3",
    async live(world) {
      await world.until(EXPECTED);
      await world.checkIn("job", "fail", { exitStatus: 3 });
    },
  },
  {
    phase: "in_run",
    title: "job: started 02:00 UTC, not finished by 02:05 (runtime 5m)",
    async live(world) {
      await world.until(EXPECTED);
      await world.checkIn("job", "start");
    },
  },
  {
    phase: "unverified",
    title: "job is not verified: processed was not told",
    async live(world) {
      await world.until(EXPECTED);
      await world.checkIn("job", "success");
    },
  },
];

test.each(PHASES)("$phase: $title", async ({ phase, title, live }) => {
  const incident = await incidentOf(live);
  expect([incident.phase, incident.title]).toEqual([phase, title]);
});

test("each sends a person elsewhere", async () => {
  const next = new Set<string>();
  for (const { live } of PHASES) next.add((await incidentOf(live)).evidence.next);
  expect(next.size).toBe(PHASES.length);
});

test("and where Rollcall itself could not hear, none of them is said", async () => {
  const world = await jobWorld();
  await world.sleepUntil("2026-03-02T02:05:00Z");
  await world.until("2026-03-02T02:30:00Z");
  expect((await world.incidents()).map(({ kind, phase }) => [kind, phase])).toEqual([["blind", null]]);
  expect(await world.ledger("job")).toEqual(["2026-03-02T02:00:00Z unknown"]);
});

async function jobWorld(): Promise<World> {
  const world = await createWorld("2026-03-02T01:45:00Z");
  const checks = [
    { kind: "metric", severity: "fail", metric: "processed", of: null, op: ">=", value: 1 } as const,
  ];
  await world.monitor("job", nightly({ maxRuntimeMs: 5 * MINUTE, checks }));
  return world;
}

async function incidentOf(live: (world: World) => Promise<void>) {
  const world = await jobWorld();
  await live(world);
  await world.until("2026-03-02T02:20:00Z");
  const incident = await world.incident("job");
  if (incident === null) throw new Error("no incident");
  return incident;
}

async function called(world: World, how: Parameters<typeof boundaryReceipt>[0]): Promise<void> {
  await world.until(EXPECTED);
  const receivedAt = world.wall.at;
  const receipts = [boundaryReceipt({ monitor: "job", at: receivedAt, ...how })];
  await world.engine.noteBoundary({ project: PROJECT, speaksFor: null, receivedAt, sign: null, receipts });
}
