/**
 * What became of a run in one sentence, the same for the same facts:
 * `failed on step 3 of 7 "enrich": api.openai.com answered 429; processed 50 of 200`.
 */
import type { CheckResult } from "../checks/check.ts";
import { oneLine } from "../clean-text.ts";
import { LIMITS } from "../limits.ts";
import type { Run, RunState } from "../run.ts";
import type { ErrorClass } from "./error-class.ts";
import { answerInWords, classOfTally, isTrouble, troubleOf } from "./http-tally.ts";
import { NOTHING_TOLD, type Counts, type HttpTally, type Outcome, type Step } from "./outcome.ts";
import { decisivePlace, leftOut, stepsDone, type LeftOut, type Place } from "./story-steps.ts";

export type StoryRun = Pick<Run, "state" | "outcome" | "checks">;

/** Null where nothing makes a story: no step, no count, no refusal by a host, and nothing that a check found. */
export function storyLine(run: StoryRun): string | null {
  const outcome = run.outcome ?? NOTHING_TOLD;
  const place = decisivePlace(outcome, run.state);
  const told = { outcome, place, counts: countsInWords(outcome.counts ?? place?.step.counts ?? null) };
  const isFound = (run.checks ?? []).some(({ status }) => status !== "passed" && status !== "pending");
  if (place === null && told.counts === null && !isFound && troubleIn(outcome) === null) return null;
  return oneLine(sentenceOf(run, told), LIMITS.storyCharacters);
}

/** What keeps a run from being verified. */
export function unmetChecks({ checks = [] }: Pick<Run, "checks">): readonly CheckResult[] {
  return checks.filter(({ status }) => status === "failed" || status === "error");
}

interface Told {
  outcome: Outcome;
  place: Place | null;
  counts: string | null;
}

function sentenceOf(run: StoryRun, told: Told): string {
  switch (run.state) {
    case "failed":
      return failedSentence(told);
    case "unverified":
      return unverifiedSentence(told, unmetChecks(run));
    case "incomplete":
    case "unknown":
    case "started":
      return openSentence(run.state, told);
    case "reported":
    case "verified":
      return goodSentence(run, told);
  }
}

function failedSentence({ outcome, place, counts }: Told): string {
  const cause = causeOf(outcome, place) ?? exitStatusInWords(outcome);
  const where = place === null ? "" : ` ${place.when} ${placeInWords(place)}${triesInWords(place)}`;
  return sentence(`failed${where}`, cause, [counts, leftOutInWords(leftOut(outcome, place))]);
}

/** Why it is so comes first, then what was to be true and is not. */
function unverifiedSentence({ outcome, place, counts }: Told, unmet: readonly CheckResult[]): string {
  const failed = place?.step.status === "failed" ? place : null;
  const cause = causeOf(outcome, failed);
  const why =
    failed === null ? cause : sentence(`${placeInWords(failed)} failed${triesInWords(failed)}`, cause, []);
  // A check may have found the very step, or the very gap, and says it in its own words.
  const others = unmet.filter((each) => failed === null || !each.sentence.includes(`"${failed.step.name}"`));
  const checks = sentencesOf(others);
  const missing = leftOut(outcome, failed).filter(
    ({ name }) => !checks.some((each) => each.includes(`"${name}"`)),
  );
  const reasons = [why, ...(checks.length === 0 ? [counts] : checks), leftOutInWords(missing)];
  return sentence("is not verified", joined(reasons), []);
}

/** Nothing was heard of its end: what is known of it is how far it came. */
function openSentence(state: RunState, { outcome, place, counts }: Told): string {
  const tail = [counts, leftOutInWords(leftOut(outcome, place))];
  if (place === null) return sentence(OPEN_HEADS[state]?.alone ?? "", null, tail);
  const words = OPEN_HEADS[state]?.[place.when] ?? "";
  const isFailed = place.step.status === "failed";
  const head = `${words} ${placeInWords(place)}${isFailed ? " failed" : ""}${triesInWords(place)}`;
  const cause = isFailed || place.when === "on" ? causeOf(outcome, place) : null;
  return sentence(head, cause, tail);
}

const OPEN_HEADS: Partial<Record<RunState, Record<Place["when"] | "alone", string>>> = {
  incomplete: { on: "died in", after: "crashed after", alone: "did not finish" },
  unknown: { on: "was last heard in", after: "was last heard after", alone: "was not heard to finish" },
  started: { on: "is in", after: "is past", alone: "is running" },
};

function goodSentence({ state, checks = [] }: StoryRun, { outcome, counts }: Told): string {
  const doubts = sentencesOf(checks.filter(({ status }) => status === "degraded"));
  const head = state === "verified" ? "is verified" : "ended well";
  const retries = outcome.retries ?? 0;
  const facts = [
    ...doubts,
    doubts.some((each) => counts !== null && each.includes(counts))
      ? null
      : (counts ?? stepsInWords(outcome)),
    leftOutInWords(leftOut(outcome, null)),
    retries === 0 ? null : `${retries} ${retries === 1 ? "retry" : "retries"}`,
  ];
  return sentence(doubts.length === 0 ? head : `${head}, degraded`, joined(facts), []);
}

/** Why a step failed, or the whole run where no step is known: what a host answered, else what the error says. */
function causeOf(outcome: Outcome, place: Place | null): string | null {
  const tally = troubleIn(outcome);
  // What went wrong within a step that ended well was made up for.
  if (place === null || place.step.status === "ok") return tally === null ? null : answerInWords(tally);
  const answered = answerWithin(place.within);
  if (answered !== null) return answered;
  const failing = place.within.findLast(({ status }) => status === "failed");
  const error = place.step.error ?? failing?.error ?? null;
  if (failing === undefined) return null;
  const isAlike =
    error === null || error.class === "unknown" || (tally !== null && error.class === classOfTally(tally));
  if (tally !== null && isAlike) return answerInWords(tally);
  return error === null ? null : errorInWords(error);
}

/** The latest refusal within a step that was not followed by a good answer of the same host. */
function answerWithin(steps: readonly Step[]): string | null {
  const last = steps.findLast(({ http }, index) => {
    if (http === null || http.status === null || !isTrouble(http.status)) return false;
    const later = steps.slice(index + 1).map((step) => step.http);
    return !later.some(
      (other) =>
        other !== null && other.host === http.host && other.status !== null && !isTrouble(other.status),
    );
  });
  const http = last?.http ?? null;
  if (last === undefined || http === null || http.status === null) return null;
  const isQuota = last.error?.class === "quota_exhausted";
  return answerInWords({ host: http.host, status: http.status, isQuota });
}

function troubleIn(outcome: Outcome): HttpTally | null {
  return troubleOf(outcome.http ?? []);
}

const CLASS_WORDS: Readonly<Record<ErrorClass, string | null>> = {
  timeout: "it took too long",
  rate_limited: "the rate limit was reached",
  quota_exhausted: "the quota is exhausted",
  auth: "it was not allowed",
  upstream_5xx: "the other side was down",
  malformed_response: "the answer was malformed",
  parse: "the answer could not be read",
  validation: "the input was refused",
  budget: "its own budget was used up",
  cancelled: "it was cancelled",
  oom: "memory ran out",
  crashed: "it crashed",
  unknown: null,
};

function errorInWords({ class: errorClass, type, message }: NonNullable<Step["error"]>): string | null {
  const shownType = oneLine(type ?? "", LIMITS.hostShownCharacters);
  const shownMessage = oneLine(message ?? "", LIMITS.errorShownCharacters);
  if (shownMessage === "") return CLASS_WORDS[errorClass] ?? (shownType === "" ? null : shownType);
  const isSaid = shownType === "" || shownMessage.includes(shownType);
  return isSaid ? shownMessage : `${shownType}: ${shownMessage}`;
}

function exitStatusInWords({ exitStatus }: Outcome): string | null {
  return exitStatus === null || exitStatus === 0 ? null : `exit status ${exitStatus}`;
}

/** `step 3 of 7 "enrich"`. */
export function placeInWords({ step, number, total }: Pick<Place, "step" | "number" | "total">): string {
  const name = `"${shownName(step.name)}"`;
  if (number === null) return `step ${name}`;
  return total === null ? `step ${number} ${name}` : `step ${number} of ${total} ${name}`;
}

function triesInWords({ step, within }: Place): string {
  const tries = Math.max(step.attempt, ...within.map(({ attempt }) => attempt));
  return tries > 1 && step.status === "failed" ? ` after ${tries} tries` : "";
}

/** `processed 50 of 200, 12 failed`. */
export function countsInWords(counts: Counts | null): string | null {
  if (counts === null) return null;
  const { expected, processed, succeeded, failed = 0, skipped = 0 } = counts;
  const of = expected === undefined ? "" : ` of ${expected}`;
  const facts = [
    processed === undefined ? null : `processed ${processed}${of}`,
    succeeded === undefined || succeeded === processed
      ? null
      : `succeeded ${succeeded}${processed === undefined ? of : ""}`,
    failed === 0 ? null : `${failed} failed`,
    skipped === 0 ? null : `${skipped} skipped`,
  ].filter((fact) => fact !== null);
  if (facts.length > 0) return facts.join(", ");
  return expected === undefined ? null : `expected ${expected}`;
}

/** How far a run came: `processed 50 of 200; 2 of 7 steps`. Null where it said nothing of it. */
export function progressInWords(outcome: Outcome | null): string | null {
  if (outcome === null) return null;
  return joined([countsInWords(outcome.counts ?? null), stepsInWords(outcome)]);
}

function stepsInWords(outcome: Outcome): string | null {
  const plan = outcome.plan?.length ?? 0;
  // Of steps that were told and not kept nobody knows whether they were of the plan.
  const isKnown = plan > 0 && (outcome.stepsCut ?? 0) === 0;
  return isKnown ? `${stepsDone(outcome)} of ${plan} steps` : null;
}

/** `step 4 "score" was left out`. */
function leftOutInWords(steps: readonly LeftOut[]): string | null {
  const [first, second] = steps;
  if (first === undefined) return null;
  if (second === undefined) return `step ${numberedName(first)} was left out`;
  if (steps.length === 2) return `steps ${numberedName(first)} and ${numberedName(second)} were left out`;
  return `${steps.length} steps were left out, ${numberedName(first)} first`;
}

function numberedName({ number, name }: LeftOut): string {
  return number === null ? `"${shownName(name)}"` : `${number} "${shownName(name)}"`;
}

/** A quotation mark in it would seem to end it. */
function shownName(name: string): string {
  return oneLine(name, LIMITS.stepNameShownCharacters).replaceAll('"', "'");
}

function sentencesOf(checks: readonly CheckResult[]): string[] {
  const shown = checks.slice(0, LIMITS.checksShown).map(({ sentence: text }) => withoutStop(text));
  const more = checks.length - shown.length;
  return more === 0 ? shown : [...shown, `${more} more ${more === 1 ? "check" : "checks"}`];
}

function withoutStop(text: string): string {
  return oneLine(text, LIMITS.errorShownCharacters).replace(/\.$/, "");
}

function sentence(head: string, cause: string | null, tail: readonly (string | null)[]): string {
  return joined([cause === null ? head : `${head}: ${cause}`, ...tail]) ?? "";
}

function joined(parts: readonly (string | null)[]): string | null {
  const told = parts.filter((part) => part !== null);
  return told.length === 0 ? null : told.join("; ");
}
