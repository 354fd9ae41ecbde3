/**
 * Rollcall as the world meets it: a process with the real engine that ticks, delivers, takes check-ins, dies at any
 * point and is started again over what it had stored.
 */
import type { Receipt } from "../../src/domain/change.ts";
import type { CheckIn } from "../../src/domain/check-in.ts";
import { deliverDue } from "../../src/engine/delivery/deliver.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { RejectionReason } from "../../src/ports/records.ts";
import type { Store } from "../../src/ports/store.ts";
import type { Chance } from "./chance.ts";
import { note, type Coverage } from "./coverage.ts";
import type { FarEnd, Sender } from "./far-end.ts";
import {
  processStore,
  type CrashPoint,
  type Fate,
  type Observer,
  type ProcessStore,
  type StoreWeather,
} from "./process-store.ts";
import { createProcess, createWorry, partsOf, refuse, takeCheckIn, type Process } from "./process.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { WallClock } from "./wall-clock.ts";
import type { Interval } from "./who-is-there.ts";

export type Answer =
  /** A duplicate gets the receipt of the first one, so when this one was received is said beside it. */
  | { what: "receipt"; receipt: Receipt; receivedAt: number }
  | { what: "unavailable" }
  /** Nobody listens, or the process died before it answered. */
  | { what: "nothing" };

/** Rollcall as jobs, people and rules meet it: one process, or several. */
export interface Rollcall {
  start(): void;
  /** Somebody there who takes orders; null: nobody. */
  engine(): Engine | null;
  /** Nobody answers for a while. */
  isAsleep(): boolean;
  checkIn(monitorId: string, given: Omit<CheckIn, "receivedAt">): Promise<Answer>;
  /** A check-in that the trust boundary turns away. */
  refuse(refused: Refused): Promise<void>;
  /** When there was nobody who could judge, oldest first. */
  downs: Interval[];
  /** When there was nobody who could hear; null: that is not known so exactly. */
  deaf: Interval[] | null;
  sleeps: { fromAt: number; toAt: number }[];
  /** What must never happen in a process: errors that are not the world's. */
  errors: string[];
  weather: StoreWeather;
  /** The last sound of the world: everything due by now is judged, and nothing after it. Gives back what "now" was. */
  end(): Promise<number>;
}

export interface Refused {
  monitorId: string | null;
  slug: string;
  reason: RejectionReason;
}

/** The edition of one process, which the world may do everything to. */
export interface SingleRollcall extends Rollcall {
  /** Ends the process at once; a supervisor starts it again after this long, if at all. */
  crash(downMs: number | null): void;
  isUp(): boolean;
  /** The machine is suspended for so long; whoever speaks to it meanwhile gets no answer. */
  sleep(lastsMs: number): void;
  fate: Fate;
}

/** What one process or several are started in. */
export interface Machine {
  time: VirtualTime;
  chance: Chance;
  coverage: Coverage;
  farEnd: FarEnd;
  observer: Observer;
  /** How long who dies behind a send is down. */
  downMs: () => number;
}

export interface OneMachine extends Machine {
  wall: WallClock;
  /** Opens what was stored; called at each start, after `closeBacking` of the process before. */
  openBacking(): Promise<Store>;
  closeBacking(store: Store): Promise<void>;
  tickMs: number;
}

interface OneProcess extends Process {
  backing: Store;
  own: ProcessStore;
  sender: Sender;
  isTicking: boolean;
}

export function createRollcall(machine: OneMachine): SingleRollcall {
  const { time, chance, coverage } = machine;
  let running: OneProcess | null = null;
  let made = 0;
  const weather = fairWeather();
  const fate: Fate = { asleepUntilAt: 0, cutOffUntilAt: 0, crash: null };
  const errors: string[] = [];
  const worry = createWorry(errors);

  const tick = async (process: OneProcess): Promise<void> => {
    if (process.engine === null || process.isTicking) return;
    process.isTicking = true;
    try {
      while ((await process.engine.tick()).isMoreDue);
    } catch (error) {
      worry("tick", error);
    } finally {
      process.isTicking = false;
    }
  };
  const deliver = async (process: OneProcess): Promise<void> => {
    const { engine, underWay } = process;
    if (engine === null) return;
    const parts = { ...process.parts, clock: engine.clock };
    const onChannelTrouble = engine.reportChannelTrouble;
    await deliverDue(parts, { ...underWay, nowAt: engine.clock.now(), onChannelTrouble }).catch(
      (error: unknown) => worry("delivery", error),
    );
  };
  const turn = (process: OneProcess): void => {
    if (process.isDead) return;
    if (rollcall.isAsleep()) {
      time.at(fate.asleepUntilAt, () => turn(process));
      return;
    }
    void tick(process);
    void deliver(process);
    time.after(machine.tickMs + chance.between(0, 200), () => turn(process));
  };
  const hear = (process: OneProcess): void => {
    if (process.isDead) return;
    if (rollcall.isAsleep()) {
      time.at(fate.asleepUntilAt, () => hear(process));
      return;
    }
    void process.engine?.hearing.hear().catch((error: unknown) => worry("hearing", error));
    time.after(1_000, () => hear(process));
  };
  const start = async (): Promise<void> => {
    const backing = await time.busy(machine.openBacking());
    const own = processStore(backing, { ...machine, weather, fate, onCrash });
    const sender = machine.farEnd.senderOf({ crash: () => crash(machine.downMs()) });
    const given = { store: own.store, clock: { now: machine.wall.now }, channels: [sender.kind] };
    const parts = partsOf(given, { chance, errors, nextId: () => (made += 1) });
    const process: OneProcess = { ...createProcess(parts), backing, own, sender, isTicking: false };
    running = process;
    try {
      process.engine = await createEngine(process.parts);
    } catch (error) {
      worry("start", error);
      crash(5_000);
      return;
    }
    turn(process);
    hear(process);
  };
  const onCrash = (point: CrashPoint): void => {
    noteCrash(coverage, point);
    crash(downTimeMs(chance));
  };
  const crash = (downMs: number | null): void => {
    const process = running;
    if (process === null) return;
    process.isDead = true;
    process.own.die();
    process.die();
    running = null;
    process.sender.die();
    const down: { fromAt: number; toAt: number | null } = { fromAt: machine.wall.now(), toAt: null };
    rollcall.downs.push(down);
    // Behind the current call of the store, which may be what ends the process.
    time.after(0, () => void time.busy(machine.closeBacking(process.backing)));
    if (downMs === null) return;
    note(coverage, downMs < 60_000 ? "restart: within seconds" : "restart: after minutes");
    time.after(Math.max(1, downMs), () => {
      down.toAt = machine.wall.now();
      void start();
    });
  };

  const rollcall: SingleRollcall = {
    start: () => void start(),
    crash,
    isUp: () => running?.engine != null,
    downs: [],
    deaf: null,
    errors,
    weather,
    fate,
    engine: () => running?.engine ?? null,
    sleeps: [],
    sleep(lastsMs) {
      note(coverage, "machine: slept");
      const fromAt = machine.wall.now();
      fate.asleepUntilAt = time.now() + lastsMs;
      rollcall.sleeps.push({ fromAt, toAt: fromAt + lastsMs });
    },
    isAsleep: () => time.now() < fate.asleepUntilAt,
    async refuse(refused) {
      const engine = running?.engine ?? null;
      if (engine !== null && !rollcall.isAsleep()) await refuse(engine, refused, worry);
    },
    async checkIn(monitorId, given) {
      const process = running;
      if (process === null || rollcall.isAsleep()) return { what: "nothing" };
      return takeCheckIn(process, { monitorId, given }, { time, chance, coverage, worry, slowMs: 2_000 });
    },
    async end() {
      const engine = running?.engine ?? null;
      if (engine === null) throw new Error("Rollcall is not running at the end, though all is well");
      const endedAt = engine.clock.now();
      await time.busy(engine.tick());
      crash(null);
      return endedAt;
    },
  };
  return rollcall;
}

export function fairWeather(): StoreWeather {
  return {
    unavailableUntilAt: 0,
    outages: [],
    isOnlyWriting: false,
    slowUntilAt: 0,
    isLosingAnswersUntilAt: 0,
    staleProbability: 0.01,
  };
}

export function noteCrash(coverage: Coverage, { method, when }: CrashPoint): void {
  if (typeof method !== "string") note(coverage, "process: killed between two calls of the store");
  else if (method === "addBlindSpot" || method === "signOfLife" || method === "commitProject")
    note(coverage, "crash: while a blind spot is recorded");
  else if (method === "settleNotifications") note(coverage, "crash: after a send, before it was settled");
  else note(coverage, when === "before" ? "crash: before a commit" : "crash: after a commit");
}

/** Mostly a quick restart, sometimes a long time in which nobody hears. */
export function downTimeMs(chance: Chance): number {
  return chance.isTrue(0.5) ? chance.between(500, 12_000) : chance.between(16_000, 20 * 60_000);
}
