/** Answers of hosts, counted by host and status over the whole run. */
import { TALLIES, fitting } from "./bounds.ts";
import type { HttpTally, Step } from "./outcome.ts";

/** Counts are added up. Beyond the limit, answers that tell of trouble stay. */
export function addTallies(...lists: readonly (readonly HttpTally[])[]): readonly HttpTally[] {
  const byAnswer = new Map<string, HttpTally>();
  for (const tally of lists.flat()) {
    const key = `${tally.status} ${tally.host}`;
    const known = byAnswer.get(key);
    byAnswer.set(key, known === undefined ? tally : added(known, tally));
  }
  return fitting([...byAnswer.values()], TALLIES, (tally) => (tally.status >= 400 ? 1 : 0)).kept;
}

/** One answer each; a step that names no host counts for `unknown`. */
export function talliesOf(steps: readonly Step[]): readonly HttpTally[] {
  return steps.flatMap(({ http, error, startedAt, endedAt }) => {
    if (http === null || http.status === null) return [];
    const at = endedAt ?? startedAt;
    const { host, status, retryAfterSeconds } = http;
    const isQuota = error?.class === "quota_exhausted";
    return [
      { host: host ?? "unknown", status, count: 1, firstAt: at, lastAt: at, retryAfterSeconds, isQuota },
    ];
  });
}

function added(known: HttpTally, told: HttpTally): HttpTally {
  return {
    host: known.host,
    status: known.status,
    count: Math.min(known.count + told.count, Number.MAX_SAFE_INTEGER),
    firstAt: chosen(Math.min, [known.firstAt, told.firstAt]),
    lastAt: chosen(Math.max, [known.lastAt, told.lastAt]),
    retryAfterSeconds: chosen(Math.max, [known.retryAfterSeconds, told.retryAfterSeconds]),
    isQuota: known.isQuota || told.isQuota,
  };
}

function chosen(choose: (...of: number[]) => number, among: readonly (number | null)[]): number | null {
  const said = among.filter((each) => each !== null);
  return said.length === 0 ? null : choose(...said);
}
