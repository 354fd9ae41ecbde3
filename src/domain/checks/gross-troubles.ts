/** Trouble that a run met on its way and reports success all the same: failed steps, 429 answers, many retries. */
import { LIMITS } from "../limits.ts";
import type { Step } from "../outcome/outcome.ts";
import type { GrossFault, GrossView } from "./gross.ts";

export function troublesOnTheWay(view: GrossView): GrossFault[] {
  return [...failedSteps(view), ...tooManyRequests(view), ...manyRetries(view)];
}

/**
 * Steps of the run itself: what lies within a step is that step's affair. One that was planned, or that is the last,
 * had to go well, also when an agent has written a report about it since; another may have been worth a try.
 */
function failedSteps({ outcome: { steps = [], plan = [] }, proof }: GrossView): GrossFault[] {
  const own = inOrder(steps.filter(({ parentId }) => parentId === null));
  const hasOwnCheck = (name: string): boolean =>
    proof.checks.some((check) => check.kind === "step" && check.step === name);
  const ends = [own.at(-1), own.findLast(({ kind }) => kind === "task" || kind === "http" || kind === "db")];
  return [...new Set(own.map(({ name }) => name))].flatMap((name): GrossFault[] => {
    const tries = own.filter((step) => step.name === name);
    const failed = tries.filter(({ status }) => status === "failed");
    if (failed.length === 0 || hasOwnCheck(name)) return [];
    const said = `step ${JSON.stringify(name)} failed`;
    const check = `step ${name}`;
    if (tries.at(-1)?.status !== "failed") {
      return [{ check, status: "degraded", sentence: `${said}${times(failed.length)} before it went well` }];
    }
    const hadToGoWell = plan.includes(name) || ends.some((end) => end?.name === name);
    const sentence = `${said}${reason(tries.at(-1))}, and the run reports success`;
    return [{ check, status: hadToGoWell ? "failed" : "degraded", sentence }];
  });
}

/** Steps may be told of as they end, and traces come in any order. */
function inOrder(steps: readonly Step[]): readonly Step[] {
  for (const placeOf of [({ seq }: Step) => seq, ({ startedAt }: Step) => startedAt]) {
    const places = new Map(steps.map((step) => [step, placeOf(step)]));
    if ([...places.values()].includes(null)) continue;
    return steps.toSorted((one, other) => (places.get(one) ?? 0) - (places.get(other) ?? 0));
  }
  return steps;
}

function times(count: number): string {
  return count === 1 ? "" : ` ${count} times`;
}

function reason(step: Step | undefined): string {
  const status = step?.http?.status ?? null;
  if (status !== null) return ` (${step?.http?.host ?? "a host"} answered ${status})`;
  const message = step?.error?.message ?? step?.error?.type ?? null;
  return message === null ? "" : ` (${message.slice(0, 120)})`;
}

function tooManyRequests({ outcome: { http = [] } }: GrossView): GrossFault[] {
  return http
    .filter(({ status, count }) => status === 429 && count > 0)
    .map(({ host, count, isQuota }) => {
      const all = http.filter((each) => each.host === host).reduce((sum, each) => sum + each.count, 0);
      const why = isQuota ? "its quota is used up" : "the rate was too high";
      const sentence = `${host} answered 429 to ${count} of ${all} requests: ${why}`;
      return { check: `429 of ${host}`, status: "degraded" as const, sentence };
    });
}

function manyRetries({ outcome: { retries = 0 }, speaksOf }: GrossView): GrossFault[] {
  if (retries < LIMITS.retriesUsual || speaksOf("retries")) return [];
  const sentence = `retried ${retries} times before it went well`;
  return [{ check: "retries", status: "degraded", sentence }];
}
