/** What is known of a run beyond its one sentence: its checks, what hosts answered, what is usual, where it ran, its log. */
import type { CheckResult, Learned } from "../checks/check.ts";
import { tellingsOf } from "../checks/usual.ts";
import { cleanText, oneLine } from "../clean-text.ts";
import { durationInWords } from "../duration.ts";
import { LIMITS } from "../limits.ts";
import { tallySentences } from "../outcome/http-tally.ts";
import { NOTHING_TOLD, type Environment, type Outcome } from "../outcome/outcome.ts";
import { unmetChecks } from "../outcome/story-line.ts";
import type { Run } from "../run.ts";

/** Whole sentences. Nothing for a run that told nothing. */
export function runFacts(
  run: Run,
  more: { learned: Learned; clockText: (at: number) => string },
): readonly string[] {
  const outcome = run.outcome ?? NOTHING_TOLD;
  return [
    ...unmetChecks(run).slice(0, LIMITS.checksTold).map(checkFact),
    ...tallySentences(outcome.http ?? [], more.clockText),
    ...((outcome.retries ?? 0) > 0 ? [`Tries after the first, over all steps: ${outcome.retries}.`] : []),
    ...((outcome.stepsCut ?? 0) > 0 ? [`Steps beyond the limit, not kept: ${outcome.stepsCut}.`] : []),
    ...(outcome.unreadable === undefined
      ? []
      : [`Its outcome could not be read: ${shown(outcome.unreadable)}.`]),
    ...usualFacts(run, more.learned),
    ...environmentFact(outcome.environment),
  ];
}

function checkFact({ sentence, status }: CheckResult): string {
  const what = status === "error" ? "Check that could not be carried out" : "Failed check";
  return `${what}: ${shown(sentence).replace(/\.$/, "")}.`;
}

/** `Good runs before told processed 180-210, the last one 195; this one 3.` Only what lies outside of it. */
function usualFacts(run: Run, learned: Learned): readonly string[] {
  const outcome = run.outcome ?? NOTHING_TOLD;
  const told = tellingsOf({ outcome, durationMs: durationOf(run) });
  const unusual = Object.entries(learned).flatMap(([metric, values]) => {
    const now = told.get(metric) ?? null;
    const [least, most, last] = [Math.min(...values), Math.max(...values), values.at(-1)];
    const isUsual = now !== null && now >= least && now <= most;
    if (last === undefined || isUsual || (metric === "duration" && now === null)) return [];
    const inWords = metric === "duration" ? durationInWords : shownNumber;
    const range = least === most ? inWords(least) : `${inWords(least)}-${inWords(most)}`;
    const before = least === most ? range : `${range}, the last one ${inWords(last)}`;
    const present = now === null ? "this one did not say" : `this one ${inWords(now)}`;
    return [
      `Good runs before told ${oneLine(metric, LIMITS.stepNameShownCharacters)} ${before}; ${present}.`,
    ];
  });
  return unusual.slice(0, LIMITS.usualTold);
}

/** Of a finish alone nobody knows how long its run took. */
function durationOf({ isStartHeard, startedAt, finishedAt }: Run): number | null {
  return isStartHeard && finishedAt !== null ? finishedAt - startedAt : null;
}

function shownNumber(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function environmentFact(environment: Environment | undefined): readonly string[] {
  const named = (["host", "version", "commit", "trace"] as const).flatMap((name) => {
    const value = environment?.[name] ?? null;
    return value === null ? [] : [`${name} ${shown(value)}`];
  });
  return named.length === 0 ? [] : [`It ran with: ${named.join(", ")}.`];
}

/** The end of it, by whole lines: that is where a log says what went wrong. */
export function logFact(log: Outcome["log"]): readonly string[] {
  const tail = cleanText((log ?? "").slice(-LIMITS.logTailCharacters), LIMITS.logTailCharacters);
  if (tail === "") return [];
  const isCut = (log ?? "").length > LIMITS.logTailCharacters && tail.includes("\n");
  const lines = (isCut ? tail.slice(tail.indexOf("\n") + 1) : tail).split("\n").slice(-LIMITS.logTailLines);
  return [`The end of its log:\n${lines.join("\n")}`];
}

function shown(text: string): string {
  return oneLine(text, LIMITS.errorShownCharacters);
}
