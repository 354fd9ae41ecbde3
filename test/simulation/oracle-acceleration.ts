/** The oracle's reading of accelerations: other windows for a while, and what takes them back, once. */
import type { Acceleration } from "../../src/domain/acceleration.ts";
import type { HistoryEvent } from "./history.ts";
import type { Oracle } from "./oracle-runs.ts";
import { cronWindows, type OracleWindow } from "./oracle-windows.ts";
import { fasterWhen, type When } from "./schedules.ts";
import { acceleratedSpec, type Spec } from "./specs.ts";

export interface OracleAcceleration {
  beganAt: number;
  untilAt: number;
  when: When;
  /** The settings that its windows are born under. */
  spec: Spec;
  original: Spec;
}

export interface EndedAcceleration {
  beganAt: number;
  revertedAt: number;
  because: NonNullable<Acceleration["revertedBy"]>;
}

/** While one is on, another one is none. */
export function accelerate(oracle: Oracle, told: Extract<HistoryEvent, { what: "accelerated" }>): void {
  if (oracle.acceleration !== null) return;
  const { at, untilAt } = told;
  const when = fasterWhen(told.schedule);
  const original = oracle.spec;
  const spec = acceleratedSpec(original, when);
  oracle.acceleration = { beganAt: at, untilAt, when, spec, original };
  takeOver(oracle, { spec, at, keeps: "expected" });
}

/** The first run of one of its windows that ended well, and that nobody began by hand, shows the fix. */
export function confirmAcceleration(oracle: Oracle, at: number): void {
  const { acceleration } = oracle;
  if (acceleration === null) return;
  const isShown = oracle.runs.some(
    ({ state, isManual, window, part }) =>
      state === "well" &&
      !isManual &&
      (part === "window" || part === "extra") &&
      window?.born === acceleration.spec,
  );
  if (isShown) endAcceleration(oracle, { at, because: "first_verified" });
}

/** `spec`: what an edit puts in the place of the original. */
export function endAcceleration(
  oracle: Oracle,
  { at, because, spec }: { at: number; because: EndedAcceleration["because"]; spec?: Spec },
): void {
  const { acceleration } = oracle;
  if (acceleration === null) return;
  oracle.acceleration = null;
  oracle.ended.push({ beganAt: acceleration.beganAt, revertedAt: at, because });
  // Settings of its own: a window that has waited since before it began is none of those that come now.
  takeOver(oracle, { spec: spec ?? { ...acceleration.original }, at, keeps: "expected" });
}

/** Other settings from now on: what stays of the windows, and the new ones behind the last of those. */
export function takeOver(
  oracle: Oracle,
  { spec, at, keeps }: { spec: Spec; at: number; keeps: "opened" | "expected" },
): void {
  const stays = (window: OracleWindow): boolean =>
    (keeps === "opened" ? window.opensAt : window.expectedAt) <= at ||
    (keeps === "expected" && isTakenAhead(oracle, window));
  const kept = oracle.windows.filter(stays);
  const lastKeptAt = Math.max(at, ...kept.map((window) => window.expectedAt));
  oracle.spec = spec;
  oracle.tookOver = { at: lastKeptAt, spec };
  oracle.windows = [...kept, ...cronWindows(spec, lastKeptAt, oracle.endAt)];
  oracle.interval?.edited(spec, { at, runs: oracle.runs, keeps });
  if (keeps === "opened") return;
  // An interval's window that was taken far ahead is in the past for all that comes now.
  for (const result of oracle.book.results)
    if (result.windowAt !== null) result.windowAt = Math.min(result.windowAt, lastKeptAt);
}

/** An early start has taken it, or one behind it. */
function isTakenAhead({ windows }: Oracle, { born, expectedAt }: OracleWindow): boolean {
  return windows.some((one) => one.born === born && one.expectedAt >= expectedAt && one.start !== "none");
}
