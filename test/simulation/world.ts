/** One world of one seed: jobs, network, Rollcall and far ends on one virtual clock, and everything that goes wrong. */
import { afterTurn } from "../../src/system/timers.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CheckIn } from "../../src/domain/check-in.ts";
import type { BlindSpot } from "../../src/domain/hearing.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { sqliteStore } from "../../src/stores/sqlite.ts";
import { chanceFrom, type Chance } from "./chance.ts";
import { note, type Coverage } from "./coverage.ts";
import { createFarEnd, type FarEnd, type FarEndMood } from "./far-end.ts";
import { startJob } from "./jobs.ts";
import { createNetwork, type Network } from "./network.ts";
import type { HistoryEvent } from "./oracle.ts";
import type { CrashPoint } from "./process-store.ts";
import { createRollcall, downTimeMs, type Rollcall } from "./rollcall.ts";
import { CHANNELS, drawSpecs, type Spec } from "./specs.ts";
import { createVirtualTime, type VirtualTime } from "./virtual-time.ts";

export const PROJECT = "default";
const HOUR = 3_600_000;
/** After the last fault everything has this long to be told: retries are at most ten minutes apart. */
const QUIET_MS = 50 * 60_000;
/** Here no zone of `specs.ts` changes its clocks for days. */
const FIRST_AT = Date.UTC(2026, 0, 12);

/** What the simulation has seen of one monitor, by its own eyes. */
export interface Watched {
  spec: Spec;
  monitorId: string;
  createdAt: number;
  history: HistoryEvent[];
}

export interface World {
  seed: number;
  time: VirtualTime;
  coverage: Coverage;
  rollcall: Rollcall;
  network: Network;
  farEnd: FarEnd;
  watched: Watched[];
  spots: { spot: BlindSpot; recordedAt: number }[];
  signs: number[];
  /** The store itself, after the end. */
  store: Store;
  endedAt: number;
  close(): Promise<void>;
}

export interface Size {
  hours: number;
}

export async function playSeed(seed: number, size: Size): Promise<World> {
  const chance = chanceFrom(seed);
  const coverage: Coverage = new Map();
  const spanMs = size.hours * HOUR;
  const startAt = FIRST_AT + chance.between(0, 47) * (HOUR / 2) + chance.between(0, 60_000);
  const time = createVirtualTime(startAt);
  const place = openPlace(chance.isTrue(0.25), coverage);
  const seen = { watched: new Map<string, Watched>(), spots: [] as World["spots"], signs: [] as number[] };
  const farEnd = createFarEnd(time, chance.fork("far end"), { coverage, onCrash: () => crash() });
  const rollcall = createRollcall({
    time,
    chance: chance.fork("rollcall"),
    coverage,
    farEnd,
    tickMs: chance.pick([500, 1_000, 2_000, 4_000]),
    openBacking: () => place.open(),
    closeBacking: () => place.release(),
    observer: observerOf(time, seen),
  });
  const crash = (): void => rollcall.crash(downTimeMs(chance));
  const onAnswer = answerRecorder(seen);
  const network = createNetwork({ time, chance: chance.fork("network"), coverage, rollcall, onAnswer });

  const specs = drawSpecs(chance.fork("specs"), { startAt, spanMs });
  await setUp(await place.open(), startAt);
  rollcall.start();
  await time.runUntil(startAt + 1);
  for (const spec of specs) await saveMonitor(rollcall, { spec, time, seen });
  const endAt = startAt + spanMs;
  for (const { spec, monitorId } of seen.watched.values()) {
    startJob({ time, chance: chance.fork(spec.slug), coverage, network }, { spec, monitorId, endAt });
  }
  planFaults({ time, chance: chance.fork("faults"), coverage, rollcall, farEnd, endAt });
  await time.runUntil(endAt + QUIET_MS);
  // The last sound of the world: everything due by now is judged.
  const endedAt = await lastTick(rollcall, time);
  rollcall.crash(null);
  await time.runUntil(time.now() + 1);
  const watched = [...seen.watched.values()];
  const store = await place.open();
  return {
    seed,
    time,
    coverage,
    rollcall,
    network,
    farEnd,
    watched,
    spots: seen.spots,
    signs: seen.signs,
    store,
    endedAt,
    close: place.close,
  };
}

/** Where the store lives: in memory, or in a file that is closed and opened again with every process. */
function openPlace(
  isFile: boolean,
  coverage: Coverage,
): {
  open(): Promise<Store>;
  release(): Promise<void>;
  close(): Promise<void>;
} {
  const folder = isFile ? mkdtempSync(join(tmpdir(), "rollcall-simulation-")) : null;
  let opened: Store | null = null;
  const release = async (): Promise<void> => {
    if (folder === null) return;
    await opened?.close();
    opened = null;
  };
  return {
    async open() {
      if (folder !== null && opened === null) note(coverage, "store: reopened from its file");
      opened ??= folder === null ? createMemoryStore() : await sqliteStore.open({ folder, afterTurn });
      return opened;
    },
    release,
    async close() {
      await release();
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Seen = { watched: Map<string, Watched>; spots: World["spots"]; signs: number[] };

function observerOf(time: VirtualTime, seen: Seen) {
  let keptAt = 0;
  return {
    committed(change: Parameters<Store["commit"]>[0], at: number): void {
      keptAt = at;
      const event = change.journal?.event;
      const watched = seen.watched.get(change.monitor.id);
      if (event?.type === "check_in") watched?.history.push({ what: "check_in", checkIn: event.checkIn });
    },
    blindSpot(spot: BlindSpot, at: number): void {
      if (seen.spots.some((one) => one.spot.id === spot.id)) return;
      seen.spots.push({ spot, recordedAt: at });
      for (const { history } of seen.watched.values())
        history.push({ what: "blind", spot, heardUntilAt: Math.max(keptAt, spot.fromAt) });
    },
    signOfLife(at: number): void {
      keptAt = time.now();
      seen.signs.push(at);
    },
  };
}

/** A duplicate that changed nothing left no trace; it stands where it was answered. */
function answerRecorder(seen: Seen): (answered: { monitorId: string; checkIn: CheckIn }) => void {
  return ({ monitorId, checkIn }) => {
    const history = seen.watched.get(monitorId)?.history ?? [];
    const isKnown = history.some(
      (event) => event.what === "check_in" && event.checkIn.principal === checkIn.principal,
    );
    if (!isKnown) history.push({ what: "check_in", checkIn });
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

async function saveMonitor(
  rollcall: Rollcall,
  given: { spec: Spec; time: VirtualTime; seen: Seen },
): Promise<void> {
  const { spec, seen } = given;
  const engine = rollcall.engine();
  if (engine === null) throw new Error("Rollcall did not start");
  const { slug, input } = spec;
  const { monitor } = await engine.saveMonitor({
    project: PROJECT,
    slug,
    input,
    mode: "replace",
    by: "simulation",
  });
  seen.watched.set(monitor.id, { spec, monitorId: monitor.id, createdAt: monitor.createdAt, history: [] });
}

interface Faults {
  time: VirtualTime;
  chance: Chance;
  coverage: Coverage;
  rollcall: Rollcall;
  farEnd: FarEnd;
  endAt: number;
}

const CRASH_POINTS: readonly CrashPoint[] = [
  { method: "commit", when: "before" },
  { method: "commit", when: "after" },
  { method: "settleNotifications", when: "before" },
  { method: "settleNotifications", when: "after" },
  { method: "claimNotifications", when: "after" },
  { method: "addBlindSpot", when: "after" },
  { method: "signOfLife", when: "after" },
  { method: "commitProject", when: "before" },
  { method: "commitProject", when: "after" },
];
const MOODS: readonly FarEndMood[] = ["http_500", "http_429", "hangs", "breaks_off", "http_500", "http_429"];

/** Every few minutes something goes wrong; at the end all is well again. */
function planFaults(faults: Faults): void {
  const { time, chance, farEnd, rollcall, endAt } = faults;
  const next = (): void => {
    if (time.now() >= endAt) return;
    one();
    time.after(chance.between(60_000, 25 * 60_000), next);
  };
  const one = (): void => {
    const kind = chance.between(0, 9);
    if (kind <= 2) troubleChannel(faults);
    else if (kind <= 4) crashSomehow(faults);
    else if (kind === 5) farEnd.crashAfterNext = true;
    else if (kind === 6) rollcall.weather.slowUntilAt = time.now() + chance.between(10_000, 5 * 60_000);
    else if (kind === 7) unavailable(faults);
    else if (kind === 8) rollcall.weather.staleProbability = chance.pick([0, 0.02, 0.3]);
    else crashTwice(faults);
  };
  time.after(chance.between(60_000, 15 * 60_000), next);
  time.at(endAt, () => {
    farEnd.crashAfterNext = false;
    for (const name of CHANNELS) farEnd.moods.set(name, "well");
    Object.assign(rollcall.weather, {
      unavailableUntilAt: 0,
      slowUntilAt: 0,
      crash: null,
      staleProbability: 0.01,
    });
  });
}

function troubleChannel({ time, chance, farEnd }: Faults): void {
  const name = chance.pick(CHANNELS);
  // The operators' channel is never gone for good: somebody must hear of the others.
  const isGone = name === "mail" && chance.isTrue(0.4);
  farEnd.moods.set(name, isGone ? "http_404" : chance.pick(MOODS));
  time.after(chance.between(20_000, 20 * 60_000), () => farEnd.moods.set(name, "well"));
}

function crashSomehow({ chance, coverage, rollcall }: Faults): void {
  if (chance.isTrue(0.5)) rollcall.weather.crash = chance.pick(CRASH_POINTS);
  else if (rollcall.isUp()) {
    note(coverage, "crash: at any time");
    rollcall.crash(downTimeMs(chance));
  }
}

/** A long absence, and another end just while its blind spot is being written down. */
function crashTwice({ chance, rollcall }: Faults): void {
  if (!rollcall.isUp()) return;
  rollcall.crash(chance.between(16_000, 5 * 60_000));
  rollcall.weather.crash = chance.pick(CRASH_POINTS.slice(5));
}

function unavailable({ time, chance, coverage, rollcall }: Faults): void {
  const isLong = chance.isTrue(0.5);
  note(coverage, isLong ? "store: unavailable for long" : "store: unavailable for a moment");
  const lastsMs = isLong ? chance.between(20_000, 8 * 60_000) : chance.between(1_000, 9_000);
  const untilAt = time.now() + lastsMs;
  rollcall.weather.outages.push({ fromAt: time.now(), untilAt });
  Object.assign(rollcall.weather, { unavailableUntilAt: untilAt, isOnlyWriting: chance.isTrue(0.5) });
}

async function lastTick(rollcall: Rollcall, time: VirtualTime): Promise<number> {
  const engine = rollcall.engine();
  if (engine === null) throw new Error("Rollcall is not running at the end, though all is well");
  const endedAt = engine.clock.now();
  await time.busy(engine.tick());
  return endedAt;
}
