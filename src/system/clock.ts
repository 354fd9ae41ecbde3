/** Wall time, read here and nowhere else. */
import type { Clock } from "../ports/outside.ts";

/** The machine's clock as it stands. It may step in either direction; the engine's own clock is made from it. */
export function wallClock(): Clock {
  return { now: () => Date.now() };
}

/**
 * The wall time at which the program began, and from then on as time goes by: whoever goes by the clock of another machine
 * measures how far this one is off, and must not be thrown off by its being set in between.
 */
export function steadyClock(): Clock {
  return { now: () => performance.timeOrigin + performance.now() };
}

/** The zone that this machine's clock is read in, an IANA name. Asking takes 20 ms, which a wrapped job should not. */
export function machineZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
