/** What hosts answered over a whole run, in words: rates to wait for are told apart from allowances used up. */
import { durationInWords } from "../duration.ts";
import { LIMITS } from "../limits.ts";
import { oneLine } from "../clean-text.ts";
import { errorClassOf, type ErrorClass } from "./error-class.ts";
import type { HttpTally } from "./outcome.ts";

/** The answer that a run most likely failed by: the latest refusal which no later good answer of that host makes up for. */
export function troubleOf(tallies: readonly HttpTally[]): HttpTally | null {
  const open = tallies.filter((tally) => isTrouble(tally.status) && !isMadeUpFor(tally, tallies));
  return open.reduce<HttpTally | null>((worst, tally) => (isBefore(worst, tally) ? tally : worst), null);
}

/**
 * One sentence a refusal, most frequent first, then one for all that went well:
 * `api.openai.com answered 429 (rate limited) 12 times from 02:03:10 to 02:04:00, asks to wait up to 1m.`
 */
export function tallySentences(
  tallies: readonly HttpTally[],
  clockText: (at: number) => string,
): readonly string[] {
  const troubles = tallies
    .filter(({ status }) => isTrouble(status))
    .sort((one, two) => two.count - one.count);
  const shown = troubles.slice(0, LIMITS.talliesTold).map((tally) => sentenceOf(tally, clockText));
  const more = troubles.length - shown.length;
  const good = tallies.filter(({ status }) => !isTrouble(status)).reduce((sum, { count }) => sum + count, 0);
  return [
    ...shown,
    ...(more > 0 ? [`${more} more kinds of refusals.`] : []),
    ...(good > 0 && troubles.length > 0 ? [`${good} other ${good === 1 ? "call" : "calls"} went well.`] : []),
  ];
}

/** `api.openai.com answered 429`, and that no waiting helps, where it does not. */
export function answerInWords(answer: { host: string | null; status: number; isQuota: boolean }): string {
  const host = answer.host === null ? "" : oneLine(answer.host, LIMITS.hostShownCharacters);
  const quota = answer.isQuota ? " (quota exhausted)" : "";
  return `${host === "" ? "a call" : host}${host === "" ? " was answered" : " answered"} ${answer.status}${quota}`;
}

export function isTrouble(status: number): boolean {
  return status >= 400;
}

export function classOfTally({ status, isQuota }: Pick<HttpTally, "status" | "isQuota">): ErrorClass {
  return isQuota ? "quota_exhausted" : errorClassOf({ told: null, type: null, status, message: null });
}

function sentenceOf(tally: HttpTally, clockText: (at: number) => string): string {
  const { count, firstAt, lastAt, retryAfterSeconds } = tally;
  const host = oneLine(tally.host, LIMITS.hostShownCharacters);
  const why = WORDS[classOfTally(tally)];
  const times = count === 1 ? "once" : `${count} times`;
  const when = firstAt === null || lastAt === null ? "" : span(clockText(firstAt), clockText(lastAt));
  const wait =
    retryAfterSeconds === null || tally.isQuota
      ? ""
      : `, asks to wait up to ${durationInWords(retryAfterSeconds * 1_000)}`;
  return `${host} answered ${tally.status}${why === undefined ? "" : ` (${why})`} ${times}${when}${wait}.`;
}

const WORDS: Partial<Record<ErrorClass, string>> = {
  rate_limited: "rate limited",
  quota_exhausted: "quota exhausted",
  auth: "not allowed",
  timeout: "too late",
  upstream_5xx: "broken there",
};

function span(first: string, last: string): string {
  return first === last ? ` at ${first}` : ` from ${first} to ${last}`;
}

function isMadeUpFor(trouble: HttpTally, tallies: readonly HttpTally[]): boolean {
  const { host, lastAt } = trouble;
  if (lastAt === null) return false;
  return tallies.some(
    (other) =>
      other.host === host && !isTrouble(other.status) && other.lastAt !== null && other.lastAt > lastAt,
  );
}

function isBefore(worst: HttpTally | null, tally: HttpTally): boolean {
  if (worst === null) return true;
  if (worst.lastAt !== null && tally.lastAt !== null && worst.lastAt !== tally.lastAt)
    return worst.lastAt < tally.lastAt;
  return worst.count < tally.count;
}
