/**
 * The store as one process sees it: sometimes slow, unreachable or won by another writer, and gone with the process.
 * Everything that was really kept is told to the observer, in the order in which it was kept.
 */
import type { Change } from "../../src/domain/change.ts";
import { RollcallError } from "../../src/domain/errors.ts";
import type { BlindSpot, Plan } from "../../src/domain/hearing.ts";
import type { RejectionSighting } from "../../src/ports/records.ts";
import type { Store } from "../../src/ports/store.ts";
import type { Chance } from "./chance.ts";
import type { Coverage } from "./coverage.ts";
import { note } from "./coverage.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Where the next call of that method ends the process. */
export interface CrashPoint {
  /** Any: whichever it is, once so many others have been let through. */
  method: keyof Store | { anyAfter: number };
  when: "before" | "after";
}

export interface Observer {
  created(change: Change): void;
  committed(change: Change): void;
  planned(plan: Plan): void;
  planGone(id: string): void;
  rejected(sighting: RejectionSighting): void;
  blindSpot(spot: BlindSpot, at: number): void;
  signOfLife(at: number): void;
}

/** Shared by all processes over one store: what the world does to it. */
export interface StoreWeather {
  unavailableUntilAt: number;
  outages: { fromAt: number; untilAt: number }[];
  /** Only writing fails, as on a full disk; else nothing answers. */
  isOnlyWriting: boolean;
  slowUntilAt: number;
  /** What is asked is done, and now and then the answer is lost. */
  isLosingAnswersUntilAt: number;
  staleProbability: number;
}

/** What the world does to one process. */
export interface Fate {
  /** It stands still: nothing goes on, and nothing notices. */
  asleepUntilAt: number;
  /** The store answers others, and not this one. */
  cutOffUntilAt: number;
  crash: CrashPoint | null;
}

export interface ProcessStore {
  store: Store;
  /** Ends the process for the store: nothing it has asked is ever answered, nothing more is done for it. */
  die(): void;
}

interface Surroundings {
  time: VirtualTime;
  chance: Chance;
  coverage: Coverage;
  weather: StoreWeather;
  fate: Fate;
  observer: Observer;
  onCrash(point: CrashPoint): void;
}

const READING = /^(load|find|due|list|get|dayCounts|rejectionsNear|next|count|lastSign|blindUnknowns)/;
const COMMITS: ReadonlySet<string> = new Set(["commit", "commitProject", "createMonitor"]);
const NEVER = new Promise<never>(() => {});
const LOST_ANSWERS = 0.2;

export function processStore(backing: Store, around: Surroundings): ProcessStore {
  const { time, chance, coverage, weather, fate, observer } = around;
  let isDead = false;

  const crashes = (method: string, when: CrashPoint["when"]): boolean => {
    const point = fate.crash;
    if (point === null || point.when !== when || !isHere(point, method)) return false;
    fate.crash = null;
    isDead = true;
    around.onCrash(point);
    return true;
  };
  const awake = async (): Promise<void> => {
    while (time.now() < fate.asleepUntilAt) await time.wait(fate.asleepUntilAt - time.now());
  };
  const call = async (method: string, args: readonly unknown[]): Promise<unknown> => {
    if (isDead) return NEVER;
    await awake();
    if (time.now() < weather.slowUntilAt && chance.isTrue(0.2)) {
      note(coverage, "store: slow");
      await time.wait(chance.between(1, 1_500));
    }
    if (isDead || crashes(method, "before")) return NEVER;
    const isAway =
      time.now() < weather.unavailableUntilAt && !(weather.isOnlyWriting && READING.test(method));
    if (isAway || time.now() < fate.cutOffUntilAt) throw unreachable();
    if (COMMITS.has(method) && method !== "createMonitor" && chance.isTrue(weather.staleProbability)) {
      note(coverage, "store: another writer won");
      return "stale";
    }
    const work = (backing[method as keyof Store] as (...given: unknown[]) => Promise<unknown>)(...args);
    const result = await time.busy(work);
    tell(observer, { method, args, result, at: time.now() });
    await awake();
    if (isDead || crashes(method, "after")) return NEVER;
    if (time.now() < weather.isLosingAnswersUntilAt && chance.isTrue(LOST_ANSWERS)) {
      note(coverage, "store: answer lost");
      throw unreachable();
    }
    return result;
  };
  const store = new Proxy(backing, {
    get: (_backing, method) =>
      typeof method === "string" ? (...args: unknown[]) => call(method, args) : undefined,
  });
  return {
    store,
    die: () => {
      isDead = true;
    },
  };
}

/** Counts the calls down where it is not the method that says so. */
function isHere(point: CrashPoint, method: string): boolean {
  if (typeof point.method === "string") return point.method === method;
  point.method.anyAfter -= 1;
  return point.method.anyAfter < 0;
}

function unreachable(): RollcallError {
  return new RollcallError("unavailable", "The store cannot be reached.", { retryAfterSeconds: 10 });
}

/** Everything that was really kept. */
function tell(
  observer: Observer,
  kept: { method: string; args: readonly unknown[]; result: unknown; at: number },
): void {
  const { method, args, result, at } = kept;
  const [first, second] = args;
  if (method === "createMonitor" && result === "committed") observer.created(first as Change);
  if (method === "commit" && result === "committed") observer.committed(first as Change);
  if (method === "addBlindSpot") observer.blindSpot(first as BlindSpot, at);
  if (method === "signOfLife") observer.signOfLife(first as number);
  if (method === "putPlan") observer.planned(first as Plan);
  if (method === "deletePlan" && result === true) observer.planGone(second as string);
  if (method === "addRejection") observer.rejected(first as RejectionSighting);
}
