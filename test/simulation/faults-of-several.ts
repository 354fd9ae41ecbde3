/** What goes wrong where Rollcall is several processes: beside what may befall one, each of them has its own troubles. */
import type { Chance } from "./chance.ts";
import { note, type Coverage } from "./coverage.ts";
import type { FarEnd } from "./far-end.ts";
import { awayMs, CRASH_POINTS, crashing, endTroubles, troubleChannel, turnAway } from "./faults.ts";
import type { Network } from "./network.ts";
import { downTimeMs } from "./rollcall.ts";
import type { Member, SeveralRollcall } from "./several.ts";
import { hears, works } from "../../src/editions/roles.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface FaultsOfSeveral {
  time: VirtualTime;
  chance: Chance;
  coverage: Coverage;
  rollcall: SeveralRollcall;
  farEnd: FarEnd;
  network: Network;
  slugs: readonly string[];
  endAt: number;
}

const MINUTE = 60_000;
/** How far the clock of a process may be set wrong. */
const WRONG_MS = 1_500;
const FAR_MS = 2 * MINUTE;

export function planFaultsOfSeveral(faults: FaultsOfSeveral): void {
  const { time, chance, rollcall, endAt } = faults;
  const next = (): void => {
    if (time.now() >= endAt) return;
    goWrong(faults);
    time.after(chance.between(MINUTE / 2, 12 * MINUTE), next);
  };
  time.after(chance.between(MINUTE / 2, 10 * MINUTE), next);
  time.at(endAt, () => {
    endTroubles(faults);
    Object.assign(rollcall.weather, { isLosingAnswersUntilAt: 0 });
    Object.assign(rollcall.queue, { losesUntilAt: 0, isLateUntilAt: 0 });
    for (const member of rollcall.members) {
      Object.assign(member, { unreachableUntilAt: 0 });
      Object.assign(member.fate, { crash: null, cutOffUntilAt: 0 });
    }
  });
}

function goWrong(faults: FaultsOfSeveral): void {
  const { chance } = faults;
  const one = chance.pick(faults.rollcall.members);
  const kind = chance.between(0, 17);
  if (kind <= 1) troubleChannel(faults);
  else if (kind <= 5) crash(faults, one);
  else if (kind === 6)
    faults.farEnd.afterNext = chance.isTrue(0.5) ? crashing(faults.coverage) : () => takeStoreAway(faults);
  else if (kind <= 8) troubleStore(faults);
  else if (kind <= 10) one.stall(spanMs(chance));
  else if (kind === 11) one.cutOff(spanMs(chance));
  else if (kind === 12) one.unreachableUntilAt = faults.time.now() + chance.between(10_000, 15 * MINUTE);
  else if (kind === 13) setClock(faults, one);
  else if (kind === 14) turnAway(faults);
  else if (kind === 15) troubleQueue(faults);
  else troubleAll(faults);
}

/** Mostly a stall that others never notice. */
function spanMs(chance: Chance): number {
  return chance.pick([700, 2_000, 6_000, 20_000, 90_000, 5 * MINUTE]);
}

function crash({ chance, coverage }: FaultsOfSeveral, one: Member): void {
  if (chance.isTrue(0.3)) {
    note(coverage, "crash: at any time");
    one.crash(downTimeMs(chance));
    return;
  }
  const when = chance.pick(["before", "after"] as const);
  one.fate.crash = chance.isTrue(0.5)
    ? { method: { anyAfter: chance.between(0, 40) }, when }
    : chance.pick(CRASH_POINTS);
}

function troubleStore(faults: FaultsOfSeveral): void {
  const { time, chance, rollcall } = faults;
  const { weather } = rollcall;
  const kind = chance.between(0, 4);
  if (kind === 0) weather.slowUntilAt = time.now() + chance.between(10_000, 5 * MINUTE);
  else if (kind === 1) weather.staleProbability = chance.pick([0, 0.02, 0.3]);
  else if (kind === 2) weather.isLosingAnswersUntilAt = time.now() + chance.between(2_000, 3 * MINUTE);
  else takeStoreAway(faults);
}

function takeStoreAway({ chance, coverage, rollcall }: FaultsOfSeveral): void {
  rollcall.storeAway(awayMs({ chance, coverage }), { isOnlyWriting: chance.isTrue(0.5) });
}

/** A little or far: the store refuses it until it is measured, and until what it has said has come to pass. */
function setClock({ chance }: FaultsOfSeveral, one: Member): void {
  const sizeMs = chance.isTrue(0.5) ? WRONG_MS : FAR_MS;
  one.stepClock(chance.between(-sizeMs, sizeMs));
}

function troubleQueue({ time, chance, rollcall }: FaultsOfSeveral): void {
  const untilAt = time.now() + chance.between(10_000, 6 * MINUTE);
  if (chance.isTrue(0.6)) rollcall.queue.losesUntilAt = untilAt;
  else rollcall.queue.isLateUntilAt = untilAt;
}

/** All that hear, all that judge, or all: then nobody hears, or nobody judges. */
function troubleAll({ chance, coverage, rollcall }: FaultsOfSeveral): void {
  const isMeant = chance.pick([hears, works, () => true]);
  note(coverage, "processes: trouble for all of a kind");
  const isStall = chance.isTrue(0.4);
  const lastsMs = chance.between(5_000, 6 * MINUTE);
  for (const one of rollcall.members.filter(({ role }) => isMeant(role))) {
    if (isStall) one.stall(lastsMs);
    else one.crash(chance.between(500, lastsMs));
  }
}
