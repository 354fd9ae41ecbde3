/** One world of one seed: jobs, network, Rollcall and far ends on one virtual clock, and everything that goes wrong. */
import { afterTurn } from "../../src/system/timers.ts";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Role } from "../../src/editions/roles.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { sqliteStore } from "../../src/stores/sqlite.ts";
import { chanceFrom, type Chance } from "./chance.ts";
import { note, type Coverage } from "./coverage.ts";
import { createFarEnd, type FarEnd } from "./far-end.ts";
import { planFaultsOfSeveral } from "./faults-of-several.ts";
import { planFaults } from "./faults.ts";
import { startJob } from "./jobs.ts";
import { createNetwork, type Network } from "./network.ts";
import { letPeopleAct, save, type People } from "./people.ts";
import { createRollcall, downTimeMs, type Rollcall, type SingleRollcall } from "./rollcall.ts";
import { CLOCK_CHANGES, type Era } from "./schedules.ts";
import { answerRecorder, nothingSeen, observerOf, type Seen, type Watched } from "./seen.ts";
import { createSeveral, type SeveralRollcall } from "./several.ts";
import { CHANNELS, drawSpecs, type Spec } from "./specs.ts";
import { createVirtualTime, type VirtualTime } from "./virtual-time.ts";
import { createWallClock, type WallClock } from "./wall-clock.ts";

export const PROJECT = "default";
const HOUR = 3_600_000;
/** After the last fault everything has this long to be told: retries are at most ten minutes apart. */
const QUIET_MS = 50 * 60_000;
/** Here no zone of `schedules.ts` changes its clocks for days. */
const FIRST_AT = Date.UTC(2026, 0, 12);

export interface World {
  seed: number;
  time: VirtualTime;
  coverage: Coverage;
  rollcall: Rollcall;
  network: Network;
  farEnd: FarEnd;
  wall: WallClock;
  isClockTrue: boolean;
  watched: Watched[];
  spots: Seen["spots"];
  signs: number[];
  /** The store itself, after the end. */
  store: Store;
  endedAt: number;
  close(): Promise<void>;
}

/** Whether Rollcall has its store to itself, or several processes share it. */
export type Processes = "one" | "several";

export interface Size {
  hours: number;
  /** Absent: as the seed has it. */
  processes?: Processes;
}

/** Every third seed plays a world of several. */
export function processesOf(seed: number): Processes {
  return seed % 3 === 0 ? "several" : "one";
}

export async function playSeed(seed: number, size: Size): Promise<World> {
  const chance = chanceFrom(seed);
  const era = drawEra(chance, size.hours * HOUR);
  const stage = setStage(chance, { era, processes: size.processes ?? processesOf(seed) });
  const { time, rollcall, seen, place } = stage;
  await setUp(await place.open(), era.startAt);
  rollcall.start();
  await time.runUntil(era.startAt + 1);
  const endAt = era.startAt + era.spanMs;
  const isClockTrue = await letLoose(stage, { chance, era, endAt });
  await time.runUntil(endAt + QUIET_MS);
  const endedAt = await rollcall.end();
  await time.runUntil(time.now() + 1);
  const { watched, spots, signs } = seen;
  return {
    ...stage,
    seed,
    isClockTrue,
    watched: [...watched.values()],
    spots,
    signs,
    store: await place.open(),
    endedAt,
    close: place.close,
  };
}

/** Where nothing waits for a disk, if the machine has such a place: here nobody pulls its plug. */
function roomyFolder(): string {
  return existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
}

type Stage = ReturnType<typeof setStage>;

/** Everything there is before anything happens. */
function setStage(chance: Chance, { era, processes }: { era: Era; processes: Processes }) {
  const coverage: Coverage = new Map();
  if (era.changingZone !== null) note(coverage, "clocks: changed in a zone of this world");
  const time = createVirtualTime(era.startAt);
  // What one process has in a file several have in a server, which is not of this time.
  const memory = createMemoryStore();
  const place = chance.isTrue(0.25) && processes === "one" ? placeOnDisk(coverage) : placeOf(memory);
  const seen = nothingSeen();
  const wall = createWallClock({ time, chance: chance.fork("wall"), coverage });
  const farEnd = createFarEnd(time, chance.fork("far end"), { coverage });
  const machine = {
    time,
    chance: chance.fork("rollcall"),
    coverage,
    farEnd,
    observer: observerOf(seen, processes),
    downMs: () => downTimeMs(chance),
  };
  const tickMs = chance.pick([500, 1_000, 2_000, 4_000]);
  const openBacking = () => place.open();
  const closeBacking = () => place.release();
  const one = (): SingleRollcall => createRollcall({ ...machine, wall, tickMs, openBacking, closeBacking });
  const shape = drawShape(chance.fork("shape"));
  const several = (): SeveralRollcall => createSeveral({ ...machine, ...shape, store: memory });
  const edition = processes === "one" ? { rollcall: one(), processes } : { rollcall: several(), processes };
  const { rollcall } = edition;
  const onAnswer = answerRecorder(seen);
  const network = createNetwork({ time, chance: chance.fork("network"), coverage, rollcall, seen, onAnswer });
  return { coverage, time, place, seen, wall, farEnd, network, edition, rollcall };
}

/** Who is there in a world of several: somebody always hears, and somebody judges. */
function drawShape(chance: Chance): { roles: readonly Role[]; partitions: number } {
  const roles = chance.pick([
    ["all", "all"],
    ["api", "worker"],
    ["all", "worker"],
    ["api", "api", "worker"],
    ["api", "worker", "worker"],
    ["all", "api", "worker"],
    ["all", "all", "all"],
  ] as const);
  return { roles, partitions: chance.between(1, 3) };
}

/** Makes the monitors and sets jobs, people and faults going; gives back whether the clock can be trusted. */
async function letLoose(stage: Stage, given: { chance: Chance; era: Era; endAt: number }): Promise<boolean> {
  const { coverage, time, seen, rollcall, edition } = stage;
  const { chance, era, endAt } = given;
  const specs = drawSpecs(chance.fork("specs"), era);
  const slugs = specs.map((spec) => spec.slug);
  const people: People = {
    time,
    coverage,
    rollcall,
    seen,
    era,
    slugs,
    project: PROJECT,
    chance: chance.fork("people"),
    onEdited: jobOwner({ ...stage, chance, endAt }),
  };
  for (const spec of specs) await save(people, spec, null);
  const faults = { ...stage, chance: chance.fork("faults"), slugs, endAt };
  // What is left of a wrong clock where several processes share a store is nothing that a job would notice.
  const isClockTrue = chance.isTrue(0.5) || edition.processes === "several";
  if (edition.processes === "one") planFaults({ ...faults, ...edition, isClockTrue });
  else planFaultsOfSeveral({ ...faults, ...edition });
  letPeopleAct(people, endAt);
  return isClockTrue;
}

/** Four in ten worlds lie around a real change of clocks. */
function drawEra(chance: Chance, spanMs: number): Era {
  const firstAt = FIRST_AT + chance.between(0, 47) * (HOUR / 2) + chance.between(0, 60_000);
  const change = chance.pick(CLOCK_CHANGES);
  if (chance.isTrue(0.6)) return { startAt: firstAt, spanMs, changingZone: null };
  const startAt = change.at - Math.round(spanMs * (0.2 + 0.5 * chance.next()));
  return { startAt, spanMs, changingZone: change.zone };
}

/** Sets the jobs going, and another in a job's place when its monitor was edited; some owners forget that. */
function jobOwner(around: {
  time: VirtualTime;
  chance: Chance;
  coverage: Coverage;
  network: Network;
  endAt: number;
}): (spec: Spec) => void {
  const { time, chance, coverage, network, endAt } = around;
  const stops = new Map<string, () => void>();
  let runs = 0;
  return (spec) => {
    const stop = stops.get(spec.slug);
    if (stop !== undefined && chance.isTrue(0.3)) {
      note(coverage, "job: not told of the edit");
      return;
    }
    if (stop !== undefined) note(coverage, "job: told of the edit");
    stop?.();
    runs += 100_000;
    const own = { time, chance: chance.fork(`${spec.slug} ${runs}`), coverage, network };
    stops.set(spec.slug, startJob(own, { spec, endAt, runs }));
  };
}

/** Where the store lives. */
interface Place {
  open(): Promise<Store>;
  release(): Promise<void>;
  close(): Promise<void>;
}

function placeOf(memory: Store): Place {
  return { open: async () => memory, async release() {}, async close() {} };
}

/** In a file that is closed and opened again with every process. */
function placeOnDisk(coverage: Coverage): Place {
  const folder = mkdtempSync(join(roomyFolder(), "rollcall-simulation-"));
  let opened: Store | null = null;
  const release = async (): Promise<void> => {
    await opened?.close();
    opened = null;
  };
  return {
    async open() {
      if (opened === null) note(coverage, "store: reopened from its file");
      opened ??= await sqliteStore.open({ folder, afterTurn });
      return opened;
    },
    release,
    async close() {
      await release();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function setUp(store: Store, createdAt: number): Promise<void> {
  await store.createProject({
    name: PROJECT,
    title: "Default",
    createdAt,
    operatorChannels: ["ops"],
    defaultChannels: ["chat"],
  });
  for (const name of CHANNELS) {
    const channel = { project: PROJECT, name, kind: "recorded", settings: { to: name } };
    await store.putChannel({ ...channel, createdAt, updatedAt: createdAt });
  }
}
