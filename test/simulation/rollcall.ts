/**
 * Rollcall as the world meets it: a process with the real engine that ticks, delivers, takes check-ins, dies at any
 * point and is started again over what it had stored.
 */
import { inspect } from "node:util";
import { createExpertChecks } from "../../src/checks/all.ts";
import type { Receipt } from "../../src/domain/change.ts";
import type { CheckIn } from "../../src/domain/check-in.ts";
import { RollcallError } from "../../src/domain/errors.ts";
import { deliverDue } from "../../src/engine/delivery/deliver.ts";
import { createLanes, type Lanes } from "../../src/engine/delivery/lanes.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { EngineParts } from "../../src/engine/parts.ts";
import type { Store } from "../../src/ports/store.ts";
import { after } from "../../src/system/timers.ts";
import { vaultOf } from "../../src/system/vault.ts";
import type { Chance } from "./chance.ts";
import { note, type Coverage } from "./coverage.ts";
import type { FarEnd } from "./far-end.ts";
import {
  processStore,
  type CrashPoint,
  type Observer,
  type ProcessStore,
  type StoreWeather,
} from "./process-store.ts";
import type { RejectionReason } from "../../src/ports/records.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { WallClock } from "./wall-clock.ts";
import { noMatrix } from "../stubs/no-matrix.ts";

export type Answer =
  /** A duplicate gets the receipt of the first one, so when this one was received is said beside it. */
  | { what: "receipt"; receipt: Receipt; receivedAt: number }
  | { what: "unavailable" }
  /** Nobody listens, or the process died before it answered. */
  | { what: "nothing" };

export interface Rollcall {
  start(): void;
  /** Ends the process at once; a supervisor starts it again after this long, if at all. */
  crash(downMs: number | null): void;
  isUp(): boolean;
  /** When it last died and how long it was down, oldest first. */
  downs: { fromAt: number; toAt: number | null }[];
  /** The machine is suspended for so long; whoever speaks to it meanwhile gets no answer. */
  sleep(lastsMs: number): void;
  isAsleep(): boolean;
  sleeps: { fromAt: number; toAt: number }[];
  /** A check-in that the trust boundary turns away. */
  refuse(refused: { monitorId: string | null; slug: string; reason: RejectionReason }): Promise<void>;
  checkIn(monitorId: string, given: Omit<CheckIn, "receivedAt">): Promise<Answer>;
  engine(): Engine | null;
  /** What must never happen in a process: errors that are not the world's. */
  errors: string[];
  weather: StoreWeather;
}

export interface Machine {
  time: VirtualTime;
  chance: Chance;
  coverage: Coverage;
  farEnd: FarEnd;
  wall: WallClock;
  observer: Observer;
  /** Opens what was stored; called at each start, after `closeBacking` of the process before. */
  openBacking(): Promise<Store>;
  closeBacking(store: Store): Promise<void>;
  tickMs: number;
}

interface Process {
  engine: Engine | null;
  parts: EngineParts;
  lanes: Lanes;
  backing: Store;
  own: ProcessStore;
  isDead: boolean;
  isTicking: boolean;
  /** By monitor: the latest check-in whose sender is being proven. */
  proving: Map<string, Promise<void>>;
  /** Resolves when the process ends: who waited for an answer gets none. */
  death: Promise<null>;
  die: () => void;
}

export function createRollcall(machine: Machine): Rollcall {
  const { time, chance, coverage } = machine;
  let running: Process | null = null;
  let made = 0;
  const weather: StoreWeather = {
    unavailableUntilAt: 0,
    outages: [],
    isOnlyWriting: false,
    slowUntilAt: 0,
    asleepUntilAt: 0,
    crash: null,
    staleProbability: 0.01,
  };
  const errors: string[] = [];
  const isWorlds = (error: unknown): boolean =>
    error instanceof RollcallError && (error.code === "unavailable" || error.code === "gone");
  const worry = (what: string, error: unknown): void => {
    if (isWorlds(error)) return;
    const cause =
      error instanceof Error && error.cause !== undefined ? ` because of ${inspect(error.cause)}` : "";
    errors.push(
      `${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}${cause}`,
    );
  };

  const partsOf = (store: Store): EngineParts => ({
    store,
    clock: { now: machine.wall.now },
    ids: {
      uuid: () => `00000000-0000-4000-8000-${String((made += 1)).padStart(12, "0")}`,
      secret: (length) => String((made += 1)).padStart(length, "0"),
      chance: () => chance.next(),
    },
    vault: vaultOf(Buffer.alloc(32, 7)),
    log: { debug: quiet, info: quiet, warn: quiet, error: (what, more) => notice(errors, what, more) },
    outbound: { request: noWay, connect: noWay, fetch: null },
    matrix: noMatrix,
    experts: createExpertChecks({ after }),
    channels: [machine.farEnd.kindOfProcess()],
    zoneData: "2026a",
    publicUrl: "http://rollcall.test",
  });

  const tick = async (process: Process): Promise<void> => {
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
  const deliver = async (process: Process): Promise<void> => {
    const { engine, lanes } = process;
    if (engine === null) return;
    const parts = { ...process.parts, clock: engine.clock };
    const onChannelTrouble = engine.reportChannelTrouble;
    await deliverDue(parts, { nowAt: engine.clock.now(), lanes, onChannelTrouble }).catch((error: unknown) =>
      worry("delivery", error),
    );
  };
  const turn = (process: Process): void => {
    if (process.isDead) return;
    if (rollcall.isAsleep()) {
      time.at(weather.asleepUntilAt, () => turn(process));
      return;
    }
    void tick(process);
    void deliver(process);
    time.after(machine.tickMs + chance.between(0, 200), () => turn(process));
  };
  /** Looking keys up takes a moment, in which other things happen; those of one monitor keep their order. */
  const prove = (process: Process, monitorId: string): Promise<void> => {
    const isSlow = chance.isTrue(0.1);
    if (isSlow) note(coverage, "check-in: decided some time after it was received");
    const takesMs = isSlow ? chance.between(1, 2_000) : 0;
    const before = process.proving.get(monitorId) ?? Promise.resolve();
    const mine = before.then(() => (takesMs === 0 ? undefined : time.wait(takesMs)));
    process.proving.set(monitorId, mine);
    return mine;
  };
  const hear = (process: Process): void => {
    if (process.isDead) return;
    if (rollcall.isAsleep()) {
      time.at(weather.asleepUntilAt, () => hear(process));
      return;
    }
    void process.engine?.hearing.hear().catch((error: unknown) => worry("hearing", error));
    time.after(1_000, () => hear(process));
  };
  const start = async (): Promise<void> => {
    const backing = await time.busy(machine.openBacking());
    const own = processStore(backing, { ...machine, weather, onCrash });
    const { promise: death, resolve } = Promise.withResolvers<null>();
    const process: Process = {
      engine: null,
      parts: partsOf(own.store),
      lanes: createLanes(),
      backing,
      own,
      isDead: false,
      isTicking: false,
      proving: new Map(),
      death,
      die: () => resolve(null),
    };
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
    if (point.method === "addBlindSpot" || point.method === "signOfLife" || point.method === "commitProject")
      note(coverage, "crash: while a blind spot is recorded");
    else if (point.method === "settleNotifications")
      note(coverage, "crash: after a send, before it was settled");
    else note(coverage, point.when === "before" ? "crash: before a commit" : "crash: after a commit");
    crash(downTimeMs(chance));
  };
  const crash = (downMs: number | null): void => {
    const process = running;
    if (process === null) return;
    process.isDead = true;
    process.own.die();
    process.die();
    running = null;
    machine.farEnd.senderDied();
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

  const rollcall: Rollcall = {
    start: () => void start(),
    crash,
    isUp: () => running?.engine != null,
    downs: [],
    errors,
    weather,
    engine: () => running?.engine ?? null,
    sleeps: [],
    sleep(lastsMs) {
      note(coverage, "machine: slept");
      const fromAt = machine.wall.now();
      weather.asleepUntilAt = time.now() + lastsMs;
      rollcall.sleeps.push({ fromAt, toAt: fromAt + lastsMs });
    },
    isAsleep: () => time.now() < weather.asleepUntilAt,
    async refuse({ monitorId, slug, reason }) {
      const engine = running?.engine ?? null;
      if (engine === null || rollcall.isAsleep()) return;
      const words = { headerNames: [], expected: "a key of this project", seen: "another" };
      const at = engine.clock.now();
      const of = { project: "default", monitorId, slug, reason, addressPrefix: "192.0.2.0/24" };
      await engine
        .recordRejection({ ...of, ...words, at })
        .catch((error: unknown) => worry("refusal", error));
    },
    async checkIn(monitorId, given) {
      const process = running;
      if (process === null || process.engine === null || rollcall.isAsleep()) return { what: "nothing" };
      const { engine } = process;
      const arrival = engine.arrivals.arrive();
      try {
        await prove(process, monitorId);
        if (process.isDead) return { what: "nothing" };
        const checkIn = { ...given, receivedAt: arrival.receivedAt };
        const decided = engine.recordCheckIn({ monitorId, checkIn });
        const receipt = await Promise.race([decided, process.death]);
        return receipt === null
          ? { what: "nothing" }
          : { what: "receipt", receipt, receivedAt: checkIn.receivedAt };
      } catch (error) {
        worry("check-in", error);
        return { what: "unavailable" };
      } finally {
        arrival.leave();
      }
    },
  };
  return rollcall;
}

/** Mostly a quick restart, sometimes a long time in which nobody hears. */
export function downTimeMs(chance: Chance): number {
  return chance.isTrue(0.5) ? chance.between(500, 12_000) : chance.between(16_000, 20 * 60_000);
}

function notice(errors: string[], what: string, more: Record<string, unknown> | undefined): void {
  const text = JSON.stringify(more ?? {}, (_key, value: unknown) =>
    value instanceof Error ? String(value) : value,
  );
  // What the store refuses is the world's doing; the log names it all the same.
  if (!/RollcallError/.test(text)) errors.push(`logged: ${what} ${text}`);
}

function quiet(): void {}

function noWay(): Promise<never> {
  return Promise.reject(new Error("the simulation has no network"));
}
