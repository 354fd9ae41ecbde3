/** What goes wrong in one world, and when: every few minutes something does, and at the end all is well again. */
import type { Chance } from "./chance.ts";
import { note, type Coverage } from "./coverage.ts";
import type { FarEnd, FarEndMood } from "./far-end.ts";
import type { Network } from "./network.ts";
import type { CrashPoint } from "./process-store.ts";
import { downTimeMs, type Rollcall, type SingleRollcall } from "./rollcall.ts";
import { CHANNELS } from "./specs.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { WallClock } from "./wall-clock.ts";

export interface Faults {
  time: VirtualTime;
  chance: Chance;
  coverage: Coverage;
  rollcall: SingleRollcall;
  farEnd: FarEnd;
  network: Network;
  wall: WallClock;
  /** In half of the worlds the wall clock can be trusted. */
  isClockTrue: boolean;
  slugs: readonly string[];
  endAt: number;
}

const MINUTE = 60_000;
export const CRASH_POINTS: readonly CrashPoint[] = [
  { method: "commit", when: "before" },
  { method: "commit", when: "after" },
  { method: "settleNotifications", when: "before" },
  { method: "settleNotifications", when: "after" },
  { method: "claimNotifications", when: "after" },
  { method: "addBlindSpot", when: "after" },
  { method: "signOfLife", when: "after" },
  { method: "commitProject", when: "before" },
  { method: "commitProject", when: "after" },
];
const MOODS: readonly FarEndMood[] = ["http_500", "http_429", "hangs", "breaks_off", "http_500", "http_429"];

export function planFaults(faults: Faults): void {
  const { time, chance, rollcall, wall, endAt } = faults;
  const next = (): void => {
    if (time.now() >= endAt) return;
    goWrong(faults);
    time.after(chance.between(MINUTE, 25 * MINUTE), next);
  };
  time.after(chance.between(MINUTE, 15 * MINUTE), next);
  if (!faults.isClockTrue) wall.drift(chance.between(-300, 300));
  time.at(endAt, () => {
    endTroubles(faults);
    rollcall.fate.crash = null;
  });
}

/** Of store and channels. */
export function endTroubles({ farEnd, rollcall }: { farEnd: FarEnd; rollcall: Rollcall }): void {
  farEnd.afterNext = null;
  for (const name of CHANNELS) farEnd.moods.set(name, "well");
  Object.assign(rollcall.weather, { unavailableUntilAt: 0, slowUntilAt: 0, staleProbability: 0.01 });
}

function goWrong(faults: Faults): void {
  const { time, chance, coverage, farEnd, rollcall } = faults;
  const kind = chance.between(0, 13);
  if (kind <= 2) troubleChannel(faults);
  else if (kind <= 4) crashSomehow(faults);
  else if (kind === 5) farEnd.afterNext = chance.isTrue(0.5) ? crashing(coverage) : () => unavailable(faults);
  else if (kind === 6) rollcall.weather.slowUntilAt = time.now() + chance.between(10_000, 5 * MINUTE);
  else if (kind === 7) unavailable(faults);
  else if (kind === 8) rollcall.weather.staleProbability = chance.pick([0, 0.02, 0.3]);
  else if (kind === 9) rollcall.sleep(chance.pick([4_000, 20_000, 90_000, 9 * MINUTE]));
  else if (kind <= 11) turnAway(faults);
  else if (kind === 12) setClock(faults);
  else crashTwice(faults);
}

export function crashing(coverage: Coverage): FarEnd["afterNext"] {
  return (sender) => {
    note(coverage, "crash: after a send, before it was settled");
    sender.crash();
  };
}

export function troubleChannel({ time, chance, farEnd }: Pick<Faults, "time" | "chance" | "farEnd">): void {
  const name = chance.pick(CHANNELS);
  // The operators' channel is never gone for good: somebody must hear of the others.
  const isGone = name === "mail" && chance.isTrue(0.4);
  farEnd.moods.set(name, isGone ? "http_404" : chance.pick(MOODS));
  time.after(chance.between(20_000, 20 * MINUTE), () => farEnd.moods.set(name, "well"));
}

function crashSomehow({ chance, coverage, rollcall }: Faults): void {
  if (chance.isTrue(0.5)) rollcall.fate.crash = chance.pick(CRASH_POINTS);
  else if (rollcall.isUp()) {
    note(coverage, "crash: at any time");
    rollcall.crash(downTimeMs(chance));
  }
}

/** A long absence, and another end just while its blind spot is being written down. */
function crashTwice({ chance, rollcall }: Faults): void {
  if (!rollcall.isUp()) return;
  rollcall.crash(chance.between(16_000, 5 * MINUTE));
  rollcall.fate.crash = chance.pick(CRASH_POINTS.slice(5));
}

/** How long the store is away. */
export function awayMs({ chance, coverage }: Pick<Faults, "chance" | "coverage">): number {
  const isLong = chance.isTrue(0.5);
  note(coverage, isLong ? "store: unavailable for long" : "store: unavailable for a moment");
  return isLong ? chance.between(20_000, 8 * MINUTE) : chance.between(1_000, 9_000);
}

function unavailable({ time, chance, coverage, rollcall }: Faults): void {
  const lastsMs = awayMs({ chance, coverage });
  const untilAt = time.now() + lastsMs;
  rollcall.weather.outages.push({ fromAt: time.now(), untilAt });
  Object.assign(rollcall.weather, { unavailableUntilAt: untilAt, isOnlyWriting: chance.isTrue(0.5) });
}

/** Somebody changed a key and forgot this job. */
export function turnAway({
  time,
  chance,
  network,
  slugs,
}: Pick<Faults, "time" | "chance" | "network" | "slugs">): void {
  const reason = chance.pick(["wrong_secret", "revoked", "unknown_monitor"] as const);
  const untilAt = time.now() + chance.between(2 * MINUTE, 40 * MINUTE);
  network.badKeys.set(chance.pick(slugs.slice(1)), { reason, untilAt });
}

/** Set wrong, and mostly put right after a while. */
function setClock({ time, chance, wall, isClockTrue, endAt }: Faults): void {
  if (isClockTrue || time.now() > endAt - 30 * MINUTE) return;
  const sizeMs = chance.isTrue(0.5) ? chance.between(200, 14_000) : chance.between(16_000, 10 * MINUTE);
  const byMs = chance.isTrue(0.5) ? sizeMs : -sizeMs;
  wall.step(byMs);
  if (chance.isTrue(0.8)) time.after(chance.between(10_000, 15 * MINUTE), () => wall.step(-byMs));
}
