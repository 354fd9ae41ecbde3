/**
 * A store that keeps at hand what every check-in asks for and what seldom changes: keys, projects, plans, the names of
 * monitors with what they accept, guarded routes, and when the latest blind spot ended. Every write of its process passes
 * through here, and what it may have changed is forgotten before it begins and after it has ended. Where others write to
 * the same store, they are told, and tell; while they are not heard, nothing is kept.
 */
import type { Plan } from "../domain/hearing.ts";
import type { Change, Snapshot } from "../domain/change.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { ProjectSnapshot } from "../domain/project.ts";
import type { GuardedRoute } from "../domain/trust/guarded-route.ts";
import type { Key } from "../ports/records.ts";
import type { MonitorRef, Store } from "../ports/store.ts";
import { putBounded } from "./bounded.ts";

/** What is forgotten, and told: of one kind, or of all where it is null; so with the key. */
export interface Forgotten {
  of: string | null;
  key: string | null;
}

/** The other processes on the same store. */
export interface NewsOfOthers {
  /** Whether what they tell is heard, within seconds at most. Asked at every reading, so it has to be cheap. */
  isHeard(): boolean;
  /** Resolves when they have been told, or will be before they hear anything else; then a write may be acknowledged. */
  tell(what: Forgotten): Promise<void>;
  /** Called with what they tell, and with everything after a time in which they were not heard. */
  onForgotten(forget: (what: Forgotten) => void): void;
}

/**
 * The same store; what it gives back may be shared between callers, and so is frozen. Without `news` the process has its
 * store to itself.
 */
export function remembering(store: Store, news: NewsOfOthers | null = null): Store {
  const refs = memoryOf<MonitorRef>("monitors", news);
  const keys = memoryOf<Key>("keys", news);
  const projects = memoryOf<ProjectSnapshot>("projects", news);
  const plans = memoryOf<PlansSince>("plans", news);
  const blindEnds = memoryOf<{ latestAt: number }>("blind spots", news);
  const guards = memoryOf<readonly GuardedRoute[]>("guards", news);
  const loaded = loadedRefs();

  return {
    ...store,
    ...(news !== null && amongOthers(store, { news, blindEnds, loaded })),
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
      const isSame =
        news === null ? refs.known(name, (ref) => isStill(ref, monitor)) !== null : loaded.isStill(given[0]);
      return isSame ? commit() : refs.during(commit, name);
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

/** What else has to be seen to where others write to the same store. */
function amongOthers(
  store: Store,
  {
    news,
    blindEnds,
    loaded,
  }: { news: NewsOfOthers; blindEnds: Memory<{ latestAt: number }>; loaded: LoadedRefs },
): Pick<Store, "load" | "signOfLife" | "lastSignOfLifeAt"> {
  /** Whoever asks when Rollcall heard must not then miss when it did not. */
  const withFreshSpots = <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    blindEnds.forget(null);
    // Asked every second: so the others are heard, and known to be, when a check-in comes.
    news.isHeard();
    return ask();
  };
  return {
    async load(monitorId, wanted) {
      const snapshot = await store.load(monitorId, wanted);
      if (snapshot !== null) loaded.note(snapshot);
      return snapshot;
    },
    signOfLife: (at) => withFreshSpots(() => store.signOfLife(at)),
    lastSignOfLifeAt: () => withFreshSpots(() => store.lastSignOfLifeAt()),
  };
}

/** What was said of monitors when they were loaded, so that only a commit that says something else is told to others. */
interface LoadedRefs {
  note(snapshot: Snapshot): void;
  /** A commit takes place on the version that was loaded or not at all. Asked once. */
  isStill(change: Change): boolean;
}

function loadedRefs(): LoadedRefs {
  const noted = new Map<string, { ref: MonitorRef; version: number }>();
  return {
    note({ monitor, version }) {
      const { id, project, slug, deletedAt, settings } = monitor;
      const ref = { id, project, slug, deletedAt, accepts: settings.accepts ?? null };
      putBounded(noted, id, { ref, version });
    },
    isStill({ monitor, baseVersion }) {
      const before = noted.get(monitor.id);
      noted.delete(monitor.id);
      return before?.version === baseVersion && isStill(before.ref, monitor);
    },
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
  /** Does work that may change what stands under this key; without: any of it. Others are told before it is over. */
  during<Result>(work: () => Promise<Result>, key?: string): Promise<Result>;
  /** Null: any of it. */
  forget(key: string | null): void;
}

function memoryOf<Value extends object>(name: string, news: NewsOfOthers | null): Memory<Value> {
  const kept = new Map<string, Value>();
  const underWay = new Set<{ key: string; isOvertaken: boolean }>();
  const mayKeep = (): boolean => news === null || news.isHeard();
  const forget: Memory<Value>["forget"] = (key) => {
    if (key === null) kept.clear();
    else kept.delete(key);
    // An answer that was asked for before something was forgotten may be older than that, and is not kept.
    for (const question of underWay) if (key === null || question.key === key) question.isOvertaken = true;
  };
  news?.onForgotten((what) => {
    if (what.of === null || what.of === name) forget(what.key);
  });
  const known: Memory<Value>["known"] = (key, isWanted) => {
    const value = mayKeep() ? kept.get(key) : undefined;
    return value !== undefined && (isWanted === undefined || isWanted(value)) ? value : null;
  };
  const find: Memory<Value>["read"] = async (key, ask, isWanted = () => true) => {
    const question = { key, isOvertaken: false };
    underWay.add(question);
    try {
      const value = await ask();
      if (value === null || !isWanted(value) || question.isOvertaken || !mayKeep()) return value;
      putBounded(kept, key, frozen(value));
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
      const changed = key ?? null;
      forget(changed);
      try {
        return await work();
      } finally {
        forget(changed);
        await news?.tell({ of: name, key: changed });
      }
    },
    forget,
  };
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
