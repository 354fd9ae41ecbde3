/** The oracle's reading of `every`: one window at a time, anchored by starts or finishes. */
import type { BlindSpot } from "../../src/domain/hearing.ts";
import { intervalWindow, type OracleRun, type OracleWindow } from "./oracle-windows.ts";
import type { Spec } from "./specs.ts";

export interface Interval {
  /** Windows that were taken or judged, oldest first. */
  past: OracleWindow[];
  /** The one window expected now, or none. */
  open(): OracleWindow[];
  /** The window with `expectedAt <= at < next expectedAt`, of the latest two if one of those is it. */
  inForce(at: number): OracleWindow | null;
  /** The open window was judged without a start. */
  judged(window: OracleWindow, spot: BlindSpot | null): void;
  /** A later window was taken already, so a start of now cannot be this one's, late. */
  isPassed(window: OracleWindow, at: number): boolean;
  /** A start at or before the anchor is part of what the open window is counted from. */
  mayAnswer(window: OracleWindow, at: number): boolean;
  /** Any start satisfies the open window, however early. */
  anyStart(at: number): OracleWindow | null;
  started(taken: OracleWindow | null, how: { at: number; isOver: boolean; runs: readonly OracleRun[] }): void;
  finished(at: number, runs: readonly OracleRun[]): void;
  /** A run was given up at this instant. */
  gaveUp(at: number, runs: readonly OracleRun[]): void;
  /** A pause is over: nothing is expected from before its end. */
  resumed(at: number, runs: readonly OracleRun[]): void;
  restarted(at: number, runs: readonly OracleRun[]): void;
  /** Other settings take over: by an edit windows stay that have opened, else those that were expected already. */
  edited(spec: Spec, how: { at: number; runs: readonly OracleRun[]; keeps: "opened" | "expected" }): void;
}

export function createInterval(created: Spec, createdAt: number): Interval {
  let spec = created;
  let { everyMs, from } = created.every ?? { everyMs: 0, from: "start" as const };
  let editedAt = 0;
  let resumedAt = 0;
  /** What is delivered late must not anchor behind ends that were heard since. */
  let heardEndAt = 0;
  let open: OracleWindow | null = intervalWindow(spec, createdAt + everyMs);
  /** So many of the first windows are left out of account: one of them was taken long before it was expected. */
  let forgotten = 0;
  const latest = (): OracleWindow | undefined => interval.past.slice(forgotten).at(-1);
  const latestAt = (): number => latest()?.expectedAt ?? 0;
  const expectNext = (expectedAt: number): void => {
    // Windows never go back in time.
    open = intervalWindow(spec, Math.max(expectedAt, latestAt() + 1, editedAt + 1, resumedAt));
  };
  const anchoredAt = (window: OracleWindow): number => window.expectedAt - window.gapMs;
  const isAfterAnchor = (window: OracleWindow, at: number): boolean =>
    at > anchoredAt(window) || (at === anchoredAt(window) && latest() === undefined);
  /** What was delivered late, from before the present anchor, says nothing about what comes next. */
  const isOld = (at: number): boolean =>
    open !== null ? at < anchoredAt(open) : at < (latest()?.run?.startedAt ?? 0);
  /** A run of an older window, delivered late, says nothing about the next one. */
  const isRunning = (runs: readonly OracleRun[]): boolean =>
    runs.some(
      (run) =>
        run.state === "open" &&
        run.part !== "manual" &&
        run.part !== "unclaimed" &&
        !(run.isDeliveredLate && (run.window?.expectedAt ?? 0) < latestAt()),
    );
  const interval: Interval = {
    past: [],
    open: () => (open === null ? [] : [open]),
    inForce(at) {
      const latestOf = (windows: readonly OracleWindow[]): OracleWindow | null =>
        windows
          .filter((window) => window.expectedAt <= at)
          .sort((one, two) => one.expectedAt - two.expectedAt)
          .at(-1) ?? null;
      const known = [...interval.past, ...interval.open()];
      const ofNow = known.filter((window) => window === latest() || window === open);
      // Behind those only the ledger tells, in which windows stand by when they were expected.
      return (isOld(at) ? null : latestOf(ofNow)) ?? latestOf(known);
    },
    judged(window, spot) {
      interval.past.push(window);
      const isOfNow = window.spec === spec;
      let nextAt = (isOfNow ? window.expectedAt : Math.max(window.expectedAt, editedAt)) + everyMs;
      const deafUntilAt = spot?.toAt ?? 0;
      while (nextAt <= deafUntilAt) nextAt += everyMs;
      expectNext(nextAt);
    },
    isPassed: (window, at) => !isOld(at) && window !== open && window !== latest(),
    mayAnswer: (window, at) => window !== open || isAfterAnchor(open, at),
    anyStart: (at) => (open !== null && at < open.opensAt && isAfterAnchor(open, at) ? open : null),
    started(taken, { at, isOver }) {
      const wasOld = isOld(at);
      if (taken !== null && taken === open) {
        interval.past.push(taken);
        // Some window comes after it, whatever is anchored below.
        if (wasOld) expectNext(taken.expectedAt + everyMs);
      }
      if (wasOld) return;
      if (from === "start") expectNext(at + everyMs);
      else if (!isOver) open = null;
    },
    finished(at, runs) {
      if (from !== "finish") return;
      const isNews = at > heardEndAt || open === null;
      heardEndAt = Math.max(heardEndAt, at);
      if (!isNews || isOld(heardEndAt)) return;
      // Nothing is expected while a run is open.
      if (isRunning(runs)) open = null;
      else expectNext(heardEndAt + everyMs);
    },
    gaveUp(at, runs) {
      if (from !== "finish" || open !== null) return;
      heardEndAt = Math.max(heardEndAt, at);
      if (!isRunning(runs)) expectNext(heardEndAt + everyMs);
    },
    resumed(at, runs) {
      resumedAt = at;
      interval.restarted(at, runs);
    },
    restarted(at, runs) {
      if (from === "finish" && isRunning(runs)) open = null;
      else expectNext(at + everyMs);
    },
    edited(next, { at, runs, keeps }) {
      editedAt = at;
      const isKept = open !== null && (keeps === "opened" ? open.opensAt : open.expectedAt) <= at;
      if (keeps === "expected" && latestAt() > at) forgotten = interval.past.length;
      // Of settings that no window waits under any more nothing is kept, so what runs from now on has the new ones.
      for (const window of interval.past.filter((one) => !isKept || one.spec !== open?.spec)) {
        window.spec = next;
        window.extraGraceMs = intervalWindow(next, window.expectedAt).graceMs;
      }
      spec = next;
      everyMs = next.every?.everyMs ?? everyMs;
      from = next.every?.from ?? from;
      // The window that has opened is the old one still; what comes after it counts anew.
      if (!isKept) interval.restarted(at, runs);
    },
  };
  return interval;
}
