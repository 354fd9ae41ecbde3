/**
 * A store that keeps at hand what every check-in asks for and what seldom changes: keys, projects, plans, the names of
 * monitors with what they accept, guarded routes, and when the latest blind spot ended. For a process that has its
 * store to itself: every write passes through here, and what it may have changed is forgotten before it begins and after
 * it has ended.
 */
import { LIMITS } from "../domain/limits.ts";
import type { Plan } from "../domain/hearing.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { ProjectSnapshot } from "../domain/project.ts";
import type { GuardedRoute } from "../domain/trust/guarded-route.ts";
import type { Key } from "../ports/records.ts";
import type { MonitorRef, Store } from "../ports/store.ts";

/** The same store; what it gives back may be shared between callers, and so is frozen. */
export function remembering(store: Store): Store {
  const refs = memoryOf<MonitorRef>();
  const keys = memoryOf<Key>();
  const projects = memoryOf<ProjectSnapshot>();
  const plans = memoryOf<PlansSince>();
  const blindEnds = memoryOf<{ latestAt: number }>();
  const guards = memoryOf<readonly GuardedRoute[]>();

  return {
    ...store,
    findMonitor: (project, slug) =>
      refs.read(
        nameOf({ project, slug }),
        () => store.findMonitor(project, slug),
        (ref) => ref.deletedAt === null,
      ),
    createMonitor: (change) => refs.during(() => store.createMonitor(change), nameOf(change.monitor)),
    // Most commits are of check-ins, which change nothing of what is remembered.
    commit(...given) {
      const { monitor } = given[0];
      const commit = () => store.commit(...given);
      const name = nameOf(monitor);
      return refs.known(name, (ref) => isStill(ref, monitor)) === null ? refs.during(commit, name) : commit();
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
      [refs, keys, projects, plans, blindEnds, guards].reduce<() => Promise<void>>(
        (work, memory) => () => memory.during(work),
        () => store.importAll(records),
      )(),

    /** Asked where a window is about to be missing; guards tell something a few times a minute. */
    listGuardedRoutes: async (project) =>
      (await guards.read(project, () => store.listGuardedRoutes(project))) ?? [],
    noteGuards: (project, noted) => guards.during(() => store.noteGuards(project, noted), project),

    sweep: (nowAt) => plans.during(() => guards.during(() => store.sweep(nowAt))),
  };
}

/** Slugs hold no slash, and of each a project has one living monitor. */
function nameOf({ project, slug }: { project: string; slug: string }): string {
  return `${project}/${slug}`;
}

/** Whether what is remembered of the monitor's name says the same after a commit of it. */
function isStill(ref: MonitorRef, { id, deletedAt, settings }: Monitor): boolean {
  const accepts = settings.accepts ?? null;
  return ref.id === id && deletedAt === null && JSON.stringify(ref.accepts) === JSON.stringify(accepts);
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
  /** Does work that may change what stands under this key; without: any of it. */
  during<Result>(work: () => Promise<Result>, key?: string): Promise<Result>;
}

function memoryOf<Value extends object>(): Memory<Value> {
  const kept = new Map<string, Value>();
  const underWay = new Set<{ key: string; isOvertaken: boolean }>();
  const forget = (key?: string): void => {
    if (key === undefined) kept.clear();
    else kept.delete(key);
    // An answer that was asked for before something was forgotten may be older than that, and is not kept.
    for (const question of underWay)
      if (key === undefined || question.key === key) question.isOvertaken = true;
  };
  const known: Memory<Value>["known"] = (key, isWanted) => {
    const value = kept.get(key);
    return value !== undefined && (isWanted === undefined || isWanted(value)) ? value : null;
  };
  const find: Memory<Value>["read"] = async (key, ask, isWanted = () => true) => {
    const question = { key, isOvertaken: false };
    underWay.add(question);
    try {
      const value = await ask();
      if (value === null || !isWanted(value) || question.isOvertaken) return value;
      if (kept.size >= LIMITS.remembered) dropFirst(kept);
      kept.set(key, frozen(value));
      return value;
    } finally {
      underWay.delete(question);
    }
  };
  return {
    known,
    read(key, ask, isWanted) {
      const value = known(key, isWanted);
      return value === null ? find(key, ask, isWanted) : Promise.resolve(value);
    },
    async during(work, key) {
      forget(key);
      try {
        return await work();
      } finally {
        forget(key);
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
