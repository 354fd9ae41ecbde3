/**
 * The memory store as several processes share it: each keeps its own signs of life, what lies in it has partitions, a
 * commit is held against the store's clock, and what a process remembers may be old.
 */
import type { Change, Snapshot } from "../../src/domain/change.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import type { Partition, Store } from "../../src/ports/store.ts";
import { outOfTime } from "../../src/stores/redis/connection/server-clock.ts";
import type { Forgotten, NewsOfOthers } from "../../src/stores/remembering.ts";
import { viewOf } from "../stubs/view-of-process.ts";
import type { MemberClock } from "./member-clock.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface SharedStore {
  partitions: readonly Partition[];
  /** What one process asks of it, `name` being another one after each start. */
  viewOf(name: string, clock: MemberClock): Store;
}

export function shareStore(
  backing: Store,
  { time, partitions: count }: { time: VirtualTime; partitions: number },
): SharedStore {
  const signs = new Map<string, number>();
  const partitions = Array.from({ length: count }, (_unused, index) => `part ${index}`);
  const isIn = (partition: Partition | undefined, key: string): boolean =>
    partition === undefined || partitions[numberOf(key) % count] === partition;
  return {
    partitions,
    viewOf: (name, clock) => ({
      ...heardByClock(viewOf(backing, signs, name), { clock, time }),
      partitions: async () => partitions,
      async dueMonitors(nowAt, limit, partition) {
        const due = await backing.dueMonitors(nowAt, Number.MAX_SAFE_INTEGER);
        return due.filter(({ id }) => isIn(partition, id)).slice(0, limit);
      },
      async dueProjects(nowAt, partition) {
        return (await backing.dueProjects(nowAt)).filter((project) => isIn(partition, project));
      },
      async waitingChannels(nowAt, partition) {
        return (await backing.waitingChannels(nowAt)).filter(({ channel }) => isIn(partition, channel));
      },
      async commit(change, onAccepted) {
        assertInTime(change, { clock, storeAt: time.now() });
        return backing.commit(change, onAccepted);
      },
      async confirm(snapshot) {
        const now = await backing.load(snapshot.monitor.id, {});
        return now?.version === snapshot.version ? "committed" : "stale";
      },
    }),
  };
}

/** As the scripts have it that note signs of life: nothing was heard of what is still to come. */
function heardByClock(store: Store, { clock, time }: { clock: MemberClock; time: VirtualTime }): Store {
  const assertNotAhead = (heardUntilAt: number): void => {
    if (heardUntilAt - time.now() <= LIMITS.clockOffMs) return;
    clock.measure();
    throw outOfTime("clock");
  };
  return {
    ...store,
    async signOfLife(at) {
      assertNotAhead(at);
      return store.signOfLife(at);
    },
    async addBlindSpot(spot) {
      assertNotAhead(spot.toAt);
      return store.addBlindSpot(spot);
    },
  };
}

/** As the script of a commit has it; a clock that was found to be off is measured, and the same sent again. */
function assertInTime(
  { journal }: Change,
  { clock, storeAt }: { clock: MemberClock; storeAt: number },
): void {
  const settledAt = (journal?.context.settledAt ?? 0) + LIMITS.settleMs;
  const shownAt = (): number => Math.max(clock.now(), journal?.at ?? 0, settledAt);
  const isOff = (): boolean => Math.abs(storeAt - shownAt()) > LIMITS.clockOffMs;
  if (isOff()) clock.measure();
  const event = journal?.event;
  const isLate = event?.type === "check_in" && storeAt > event.checkIn.receivedAt + LIMITS.commitWithinMs;
  if (isOff() || isLate) throw outOfTime(isLate ? "late" : "clock");
}

/** What was loaded before is given again to whoever says that it may be old, until a commit finds it stale. */
export function rememberingSnapshots(store: Store): Store {
  const remembered = new Map<string, Map<string, Snapshot>>();
  const told = (monitorId: string, outcome: "committed" | "stale") => {
    if (outcome === "stale") remembered.delete(monitorId);
    return outcome;
  };
  return {
    ...store,
    async load(monitorId, { mayBeOld, ...wanted }) {
      const what = JSON.stringify(wanted);
      const known = mayBeOld === true ? remembered.get(monitorId)?.get(what) : undefined;
      if (known !== undefined) return known;
      const snapshot = await store.load(monitorId, wanted);
      // What is asked for otherwise is newer than what is remembered, which would be refused all the same.
      if (snapshot !== null) remembered.set(monitorId, new Map([[what, snapshot]]));
      return snapshot;
    },
    async commit(change, onAccepted) {
      const { id } = change.monitor;
      const outcome = told(id, await store.commit(change, onAccepted));
      remembered.delete(id);
      return outcome;
    },
    confirm: async (snapshot) => told(snapshot.monitor.id, await store.confirm(snapshot)),
  };
}

/** Tells every process what another has changed; who stands still hears it before anything else. */
export interface News {
  /** `isHeard`: whether the process hears the others just now. */
  of(isHeard: () => boolean): NewsOfOthers & { leave(): void };
}

export function createNews(): News {
  const listeners = new Set<(what: Forgotten) => void>();
  return {
    of(isHeard) {
      const own = new Set<(what: Forgotten) => void>();
      let wasHeard = true;
      const forget = (what: Forgotten): void => own.forEach((listener) => listener(what));
      const listen = (what: Forgotten): void => {
        if (wasHeard) forget(what);
      };
      listeners.add(listen);
      return {
        isHeard() {
          const isHeardNow = isHeard();
          // What was told meanwhile was missed.
          if (isHeardNow !== wasHeard) forget({ of: null, key: null });
          wasHeard = isHeardNow;
          return isHeardNow;
        },
        async tell(what) {
          for (const listener of listeners) if (listener !== listen) listener(what);
        },
        onForgotten: (listener) => void own.add(listener),
        leave: () => void listeners.delete(listen),
      };
    },
  };
}

function numberOf(key: string): number {
  let sum = 0;
  for (const character of key) sum = (31 * sum + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return sum;
}
