/** Maintenance, which excuses windows by plan, and silences, which only mute sending. */
import { RollcallError, invalid, type FieldProblem } from "../domain/errors.ts";
import type { Plan } from "../domain/hearing.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { MonitorSummary, Page } from "../ports/store.ts";
import { unknownMonitor } from "./find-monitor.ts";
import type { EngineParts } from "./parts.ts";

export type PlanInput = Pick<
  Plan,
  "project" | "kind" | "monitors" | "tags" | "fromAt" | "untilAt" | "reason"
>;

export async function createPlan(parts: EngineParts, input: PlanInput): Promise<Plan> {
  const nowAt = parts.clock.now();
  const problems = problemsOf(input, nowAt);
  if (problems.length > 0) throw invalid(problems);
  for (const slug of input.monitors ?? []) {
    const ref = await parts.store.findMonitor(input.project, slug);
    if (ref === null || ref.deletedAt !== null) throw unknownMonitor(slug);
  }
  const { project, kind, monitors, tags, fromAt, untilAt, reason } = input;
  const plan: Plan = {
    id: `${kind}_${parts.ids.secret(16)}`,
    project,
    kind,
    monitors,
    tags,
    fromAt,
    untilAt,
    reason: reason.trim(),
    createdAt: nowAt,
  };
  await parts.store.putPlan(plan);
  await hastenConcerned(parts, plan);
  return plan;
}

/** Those that are going on or to come, by their beginning. */
export async function listPlans(
  { store, clock }: EngineParts,
  input: { project: string; kind: Plan["kind"] },
): Promise<Plan[]> {
  const plans = await store.listPlans(input.project, clock.now());
  return plans.filter((plan) => plan.kind === input.kind);
}

/** One that is going on ends now, and what it excused stays excused; one to come is gone. */
export async function deletePlan(
  parts: EngineParts,
  input: { project: string; kind: Plan["kind"]; id: string },
): Promise<void> {
  const plan = (await listPlans(parts, input)).find((each) => each.id === input.id);
  if (plan === undefined || !(await takeBack(parts, plan))) {
    const shown = JSON.stringify(input.id.slice(0, 120));
    throw new RollcallError("not_found", `There is no ${input.kind} ${shown} that is going on or to come.`);
  }
  await hastenConcerned(parts, plan);
}

async function takeBack({ store, clock }: EngineParts, plan: Plan): Promise<boolean> {
  const nowAt = clock.now();
  if (plan.fromAt >= nowAt) return store.deletePlan(plan.project, plan.id);
  await store.putPlan({ ...plan, untilAt: nowAt });
  return true;
}

/** Plans that concern the monitor and end after `fromAt`. */
export async function plansFor(
  { store }: EngineParts,
  asked: { monitor: Monitor; fromAt: number },
): Promise<Plan[]> {
  const plans = await store.listPlans(asked.monitor.project, asked.fromAt);
  return plans.filter((plan) => concerns(plan, asked.monitor));
}

/** Whether the plan names this monitor, by slug or by tag. */
function concerns(plan: Plan, monitor: Monitor): boolean {
  if (plan.monitors?.includes(monitor.slug) === true) return true;
  return plan.tags?.some((tag) => monitor.settings.tags.includes(tag)) === true;
}

/** A plan moves deadlines, so each monitor it concerns is looked at once now. */
async function hastenConcerned({ store, clock }: EngineParts, plan: Plan): Promise<void> {
  let cursor: string | null = null;
  do {
    const page: Page<MonitorSummary> = await store.listMonitors(plan.project, {
      cursor,
      limit: LIMITS.pageItems,
    });
    for (const { monitor } of page.items) {
      if (concerns(plan, monitor)) await store.hasten(monitor.id, clock.now());
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
}

function problemsOf(input: PlanInput, nowAt: number): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const isByName = (input.monitors ?? []).length > 0;
  const isByTag = (input.tags ?? []).length > 0;
  if (isByName === isByTag) {
    problems.push({
      field: "monitors",
      message: "give either monitors (slugs) or tags, with at least one of them",
    });
  }
  if (input.untilAt <= input.fromAt) problems.push({ field: "until", message: "must be later than from" });
  if (input.untilAt <= nowAt) problems.push({ field: "until", message: "lies in the past" });
  if (input.untilAt - input.fromAt > LIMITS.longestEveryMs) {
    problems.push({ field: "until", message: "is more than 400 days after from" });
  }
  if (input.reason.trim() === "" || input.reason.length > LIMITS.reasonCharacters) {
    problems.push({ field: "reason", message: `must have 1 to ${LIMITS.reasonCharacters} characters` });
  }
  return problems;
}
