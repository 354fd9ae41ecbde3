/**
 * What runs of this monitor usually tell, learned from the last good ones, and what is far from it. Usual is what lies
 * near the middle of them, or what a fifth of them reached: a job may have its weekdays and its weekends.
 */
import { durationInWords } from "../duration.ts";
import { LIMITS } from "../limits.ts";
import type { CheckResult, CheckSubject, Learned, ProofSettings } from "./check.ts";
import { DURATION, tellingsOf } from "./usual.ts";

/** Only what is unusual, and only where enough good runs are known. */
export function baselineResults({ baseline }: ProofSettings, subject: CheckSubject): CheckResult[] {
  if (baseline.mode === "off") return [];
  const status = baseline.mode === "fail" ? "failed" : "degraded";
  return [...tellingsOf(subject)].flatMap(([name, told]): CheckResult[] => {
    // As it will be remembered, so that the same value is the same.
    const value = compact(told);
    const known = knownOf(subject, name);
    if (known.length < LIMITS.learnedAtLeast) return [];
    if (baseline.metrics !== null && !baseline.metrics.includes(name)) return [];
    if (isReachedByAFifth(value, known)) return [];
    const usual = usualOf(known);
    if (!isUnusual(name, value, known, usual)) return [];
    return [{ layer: "baseline", check: name, status, sentence: sentenceOf(name, value, known, usual) }];
  });
}

/** What is known with this good run added. */
export function learn({ baseline }: ProofSettings, subject: CheckSubject): Learned {
  if (baseline.mode === "off") return {};
  const told = tellingsOf(subject);
  const before = Object.entries(subject.learned).filter(([name]) => !told.has(name));
  const now = [...told].map(([name, value]): [string, readonly number[]] => {
    const known = knownOf(subject, name);
    return [name, [...known, compact(value)].slice(-LIMITS.learnedValues)];
  });
  // What was told longest ago stands first and goes first; of one run's own, the least telling.
  return Object.fromEntries([...before, ...now.reverse()].slice(-LIMITS.learnedMetrics));
}

/** A job may call a metric `constructor`. */
function knownOf({ learned }: CheckSubject, name: string): readonly number[] {
  return Object.hasOwn(learned, name) ? (learned[name] ?? []) : [];
}

/** Six digits tell more than enough, and are kept with the monitor. */
function compact(value: number): number {
  return Number(value.toPrecision(6));
}

/** A fifth of the runs had so much or more, and a fifth so little or less. */
function isReachedByAFifth(value: number, known: readonly number[]): boolean {
  const fifth = Math.ceil(known.length / 5);
  const above = known.filter((each) => each >= value).length;
  return above >= fifth && known.filter((each) => each <= value).length >= fifth;
}

interface Usual {
  middle: number;
  /** The median distance from it, as a standard deviation: a few outliers do not move it. */
  spread: number;
  /** What a fifth of the runs reached, downwards and upwards. */
  low: number;
  high: number;
}

function usualOf(known: readonly number[]): Usual {
  const sorted = known.toSorted((one, other) => one - other);
  const middle = medianOf(sorted);
  const distances = known.map((value) => Math.abs(value - middle)).sort((one, other) => one - other);
  const fifth = Math.ceil(known.length / 5);
  return {
    middle,
    spread: 1.4826 * medianOf(distances),
    low: sorted[fifth - 1] ?? middle,
    high: sorted.at(-fifth) ?? middle,
  };
}

function medianOf(sorted: readonly number[]): number {
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? 0;
  return Number.isInteger(half) ? ((sorted[half - 1] ?? 0) + upper) / 2 : upper;
}

function isUnusual(name: string, value: number, known: readonly number[], usual: Usual): boolean {
  const { middle, spread } = usual;
  const isShort = value < middle;
  if (name === DURATION) {
    // A job has quick days; one that is over at once has found nothing to do.
    if (isShort) return middle > LIMITS.shortRunsUsuallyMs && value < middle / 10;
    return value - middle > Math.max(4 * spread, middle, LIMITS.longerRunsMs);
  }
  // Small counts vary by chance as their root does; a quarter more or less is nobody's alarm.
  const isCounted = [value, ...known].every((each) => Number.isInteger(each));
  const byChance = isCounted ? 1 + 2 * Math.sqrt(Math.abs(middle)) : 0;
  return Math.abs(value - middle) > Math.max(4 * spread, Math.abs(middle) / 4, byChance);
}

function sentenceOf(name: string, value: number, known: readonly number[], usual: Usual): string {
  const shown = name === DURATION ? durationInWords : (each: number) => String(compact(each));
  const [least, most] = [Math.min(...known), Math.max(...known)];
  // Outliers of the past would make the sentence contradict itself.
  const isWhole = value < least || value > most;
  const [low, high] = isWhole ? [least, most] : [usual.low, usual.high];
  const count = isWhole ? known.length : known.filter((each) => each >= low && each <= high).length;
  const runs = isWhole ? `the last ${known.length} runs` : `${count} of the last ${known.length} runs`;
  const range = low === high ? shown(low) : `${shown(low)}-${shown(high)}`;
  return `${name === DURATION ? "took" : name} ${shown(value)}; ${runs}: ${range}`;
}
