/** A run's outcome grows: what a check-in says is added to what was said before, within the limits. */
import { LIMITS } from "../limits.ts";
import { EVIDENCE, EXTRA, METRICS, PLAN, fitting, fittingEntries, logTail, stepsBounds } from "./bounds.ts";
import { joinSteps, stepWorth } from "./merge-steps.ts";
import {
  NOTHING_TOLD,
  type Environment,
  type EvidenceItem,
  type HttpTally,
  type Outcome,
  type OutcomePart,
  type Step,
} from "./outcome.ts";
import { addTallies, talliesOf } from "./tallies.ts";

/**
 * Telling the same again is harmless: steps are known by their ids, counts and metrics are the latest ones. Only what
 * was cut, and answers that the job has counted itself (`http`), cannot be told from more of them, and add up.
 */
export function mergeOutcome(before: Outcome | null, part: OutcomePart): Outcome {
  const known = before ?? NOTHING_TOLD;
  const { steps, answered, retries } = joinSteps(known.steps ?? [], part.steps ?? []);
  const joined = joinedBesidesSteps(known, part, { answers: talliesOf(answered), retries });
  const { exitStatus, message } = known;
  return { exitStatus, message, ...withSteps(joined, steps).part };
}

/** What of a part found no room in the outcome that it was merged into, for the receipt. */
export function cutByMerging(
  part: OutcomePart,
  { before, after }: { before: Outcome | null; after: Outcome },
): string[] {
  const missing = (told: object = {}, kept: object = {}) =>
    Object.keys(told).filter((name) => !Object.hasOwn(kept, name)).length;
  const things = (evidence: readonly EvidenceItem[] = []) =>
    Object.fromEntries(evidence.map((item) => [thingOf(item), item]));
  const stepsCut = (after.stepsCut ?? 0) - (before?.stepsCut ?? 0) - (part.stepsCut ?? 0);
  const cut = [
    { what: "steps", count: stepsCut },
    { what: "metrics", count: missing(part.metrics, after.metrics) },
    { what: "items of evidence", count: missing(things(part.evidence), things(after.evidence)) },
    { what: "fields that are not known", count: missing(part.extra, after.extra) },
  ];
  return cut.flatMap(({ what, count }) => {
    return count > 0 ? [`${what} were cut by ${count}: this run has told as many as are kept`] : [];
  });
}

/** Several parts told as one, for whoever merges it: what the first one's steps had answered is counted there. */
export function joinParts(first: OutcomePart, second: OutcomePart): OutcomePart {
  const { steps, replaced } = joinSteps(first.steps ?? [], second.steps ?? []);
  const joined = joinedBesidesSteps(first, second, { answers: talliesOf(replaced), retries: 0 });
  const { part, cut } = withSteps(joined, steps);
  if (cut.length === 0) return part;
  // Whoever merges this part never sees these steps.
  const retries = (part.retries ?? 0) + cut.reduce((sum, step) => sum + step.attempt - 1, 0);
  const http = addTallies(part.http ?? [], talliesOf(cut));
  return { ...part, ...(http.length > 0 ? { http } : {}), ...(retries > 0 ? { retries } : {}) };
}

type Part = { -readonly [Name in keyof OutcomePart]: OutcomePart[Name] };

/** Only what was told is there, so that a plain outcome stays small. */
function joinedBesidesSteps(
  known: OutcomePart,
  told: OutcomePart,
  more: { answers: readonly HttpTally[]; retries: number },
): Part {
  const joined: Part = {};
  if (known.counts ?? told.counts) joined.counts = { ...known.counts, ...told.counts };
  if (known.metrics ?? told.metrics) {
    joined.metrics = fittingEntries({ ...known.metrics, ...told.metrics }, METRICS);
  }
  const plan = told.plan ?? known.plan;
  if (plan !== undefined) joined.plan = fitting(plan, PLAN).kept;
  if (known.evidence ?? told.evidence) {
    joined.evidence = joinedEvidence(known.evidence ?? [], told.evidence ?? []);
  }
  if (known.environment ?? told.environment) {
    joined.environment = joinedEnvironment(known.environment, told.environment);
  }
  if (known.log ?? told.log) joined.log = joinedLog(known.log ?? "", told.log ?? "");
  const http = addTallies(known.http ?? [], told.http ?? [], more.answers);
  if (http.length > 0) joined.http = http;
  if (known.extra ?? told.extra) joined.extra = fittingEntries({ ...known.extra, ...told.extra }, EXTRA);
  const unreadable = known.unreadable ?? told.unreadable;
  if (unreadable !== undefined) joined.unreadable = unreadable.slice(0, LIMITS.outcomeTextCharacters);
  const stepsCut = (known.stepsCut ?? 0) + (told.stepsCut ?? 0);
  if (stepsCut > 0) joined.stepsCut = stepsCut;
  const retries = (known.retries ?? 0) + (told.retries ?? 0) + more.retries;
  if (retries > 0) joined.retries = retries;
  return joined;
}

/** Steps have what room the rest leaves. */
function withSteps(rest: Part, steps: readonly Step[]): { part: Part; cut: readonly Step[] } {
  if (steps.length === 0) return { part: rest, cut: [] };
  const { kept, cut } = fitting(steps, stepsBounds(rest), stepWorth(steps));
  const part: Part = { ...rest, steps: kept };
  if (cut.length > 0) part.stepsCut = (rest.stepsCut ?? 0) + cut.length;
  return { part, cut };
}

function joinedEvidence(
  known: readonly EvidenceItem[],
  told: readonly EvidenceItem[],
): readonly EvidenceItem[] {
  const byThing = new Map([...known, ...told].map((item) => [thingOf(item), item]));
  return fitting([...byThing.values()], EVIDENCE).kept;
}

/** The same thing told of again: a file has the size it has now. */
function thingOf({ kind, id, name, url }: EvidenceItem): string {
  return JSON.stringify([kind, id ?? name ?? url]);
}

function joinedEnvironment(known: Environment | undefined, told: Environment | undefined): Environment {
  const of = (name: keyof Environment) =>
    (told?.[name] ?? known?.[name] ?? null)?.slice(0, LIMITS.outcomeTextCharacters) ?? null;
  return { host: of("host"), version: of("version"), commit: of("commit"), trace: of("trace") };
}

/** A log that ends with these lines has them already: nobody misses a line that is there twice. */
function joinedLog(known: string, told: string): string {
  const end = logTail(told);
  if (known.endsWith(end)) return known;
  const between = known === "" || known.endsWith("\n") ? "" : "\n";
  return logTail(`${known}${between}${end}`);
}
