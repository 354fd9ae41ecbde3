/**
 * A store that keeps at hand what every check-in asks for and what seldom changes: keys, projects, plans, the names of
 * monitors, and when the latest blind spot ended. For a process that has its store to itself: every write passes
 * through here, and what it may have changed is forgotten before it begins and after it has ended.
 */
import { LIMITS } from "../domain/limits.ts";
import type { Plan } from "../domain/hearing.ts";
import type { ProjectSnapshot } from "../domain/project.ts";
import type { Key } from "../ports/records.ts";
import type { MonitorRef, Store } from "../ports/store.ts";

/** The same store; what it gives back may be shared between callers, and so is frozen. */
export function remembering(store: Store): Store {
  const refs = memoryOf<MonitorRef>();
  const keys = memoryOf<Key>();
  const projects = memoryOf<ProjectSnapshot>();
  const plans = memoryOf<PlansSince>();
  const blindEnds = memoryOf<{ latestAt: number }>();

  return {
    ...store,
    findMonitor: (project, slug) =>
      refs.read(
        `${project}/${slug}`,
        () => store.findMonitor(project, slug),
        (ref) => ref.deletedAt === null,
      ),
    createMonitor: (change) => refs.during(() => store.createMonitor(change)),
    // A living monitor keeps its name until it is deleted.
    commit(...given) {
      const commit = () => store.commit(...given);
      return given[0].monitor.deletedAt === null ? commit() : refs.during(commit);
    },

    getKey: (id) => keys.read(id, () => store.getKey(id)),
    putKey: (key) => keys.during(() => store.putKey(key)),

    loadProject: (name) => projects.read(name, () => store.loadProject(name)),
    createProject: (project) => projects.during(() => store.createProject(project)),
    commitProject: (change) => projects.during(() => store.commitProject(change)),

    listPlans(project, endAfterAt) {
      const ask = async (): Promise<PlansSince> => ({
        sinceAt: endAfterAt,
        plans: await store.listPlans(project, endAfterAt),
      });
      const reaches = ({ sinceAt }: PlansSince): boolean => sinceAt <= endAfterAt;
      const going = (found: PlansSince | null): readonly Plan[] =>
        (found?.plans ?? []).filter((plan) => plan.untilAt > endAfterAt);
      const known = plans.known(project, reaches);
      return known === null ? plans.read(project, ask, reaches).then(going) : Promise.resolve(going(known));
    },
    putPlan: (plan) => plans.during(() => store.putPlan(plan)),
    deletePlan: (project, id) => plans.during(() => store.deletePlan(project, id)),

    /** Most decisions are about a time in which Rollcall heard all along. */
    async listBlindSpots(sinceAt) {
      const ask = async () => ({ latestAt: latestEnd(await store.listBlindSpots(0)) });
      const latest = blindEnds.known("") ?? (await blindEnds.read("", ask));
      return latest !== null && latest.latestAt < sinceAt ? [] : store.listBlindSpots(sinceAt);
    },
    addBlindSpot: (spot) => blindEnds.during(() => store.addBlindSpot(spot)),

    importAll: (records) =>
      [refs, keys, projects, plans, blindEnds].reduce<() => Promise<void>>(
        (work, memory) => () => memory.during(work),
        () => store.importAll(records),
      )(),

    sweep: (nowAt) => plans.during(() => store.sweep(nowAt)),
  };
}

/** A project's plans that end after an instant. */
interface PlansSince {
  sinceAt: number;
  plans: readonly Plan[];
}

function latestEnd(spots: readonly { toAt: number }[]): number {
  return spots.reduce((latestAt, { toAt }) => Math.max(latestAt, toAt), Number.NEGATIVE_INFINITY);
}

interface Memory<Value> {
  /** What is remembered under this key and `isWanted`; else null. */
  known(key: string, isWanted?: (value: Value) => boolean): Value | null;
  /** What is remembered under this key and `isWanted`, else what is asked for; only that is remembered. */
  read(
    key: string,
    ask: () => Promise<Value | null>,
    isWanted?: (value: Value) => boolean,
  ): Promise<Value | null>;
  /** Does work that may change any of it. */
  during<Result>(work: () => Promise<Result>): Promise<Result>;
}

function memoryOf<Value extends object>(): Memory<Value> {
  const kept = new Map<string, Value>();
  // An answer that was asked for before something was forgotten may be older than that, and is not kept.
  let forgotten = 0;
  const forget = (): void => {
    forgotten += 1;
    kept.clear();
  };
  const known: Memory<Value>["known"] = (key, isWanted) => {
    const value = kept.get(key);
    return value !== undefined && (isWanted === undefined || isWanted(value)) ? value : null;
  };
  const find: Memory<Value>["read"] = async (key, ask, isWanted = () => true) => {
    const before = forgotten;
    const value = await ask();
    if (value === null || !isWanted(value) || forgotten !== before) return value;
    if (kept.size >= LIMITS.remembered) dropFirst(kept);
    kept.set(key, frozen(value));
    return value;
  };
  return {
    known,
    read(key, ask, isWanted) {
      const value = known(key, isWanted);
      return value === null ? find(key, ask, isWanted) : Promise.resolve(value);
    },
    async during(work) {
      forget();
      try {
        return await work();
      } finally {
        forget();
      }
    },
  };
}

function dropFirst(kept: Map<string, unknown>): void {
  const first = kept.keys().next();
  if (!first.done) kept.delete(first.value);
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
