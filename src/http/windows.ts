/** `/v1/monitors/<slug>/windows` and `/explain`: the ledger, and why a window was judged as it was. */
import { z } from "@hono/zod-openapi";
import type { BlindSpot, Plan } from "../domain/hearing.ts";
import { currentJudgement } from "../domain/ledger.ts";
import { reasonSentence } from "../domain/reason.ts";
import { shownRunId } from "../domain/run.ts";
import type { Explanation } from "../engine/explain.ts";
import type { WindowView } from "../engine/window-view.ts";
import { call, type Call } from "./call.ts";
import { rejectionOut, shownRejection } from "./rejections.ts";
import { runOut, shownRun, shownStory, storyOut } from "./runs.ts";
import {
  instant,
  instantIn,
  instantOrNull,
  instantOut,
  listOf,
  pageOf,
  pageQuery,
  shownPage,
} from "./schemas.ts";

const judgementOut = z.object({
  verdict: z.string().nullable(),
  reason: z.string(),
  reason_code: z.string(),
  judged_at: instantOut,
  cause: z.string().nullable().openapi({ description: "The blind spot, pause or maintenance behind it." }),
});

const windowOut = z
  .object({
    monitor: z.string(),
    start: z.string().openapi({ description: "on_time, late or none" }),
    expected_at: instantOut,
    opens_at: instantOut,
    start_by: instantOut,
    finish_by: instantOut.nullable(),
    verdict: z.string().nullable().openapi({ description: "Null while open or to come." }),
    reason: z.string().nullable(),
    run: z.string().nullable().openapi({ description: "Rollcall's id of the run that took it." }),
    run_id: z.string().nullable().openapi({ description: "The job's own id of that run, if it sent one." }),
    started_at: instantOut.nullable(),
    finished_at: instantOut.nullable(),
    judged_at: instantOut.nullable(),
    schedule_version: z.int(),
    projected: z.boolean().openapi({ description: "Expected by an interval that the next start may move." }),
    judgements: z.array(judgementOut),
    extra_runs: z.int(),
    recovered_by: z.string().nullable(),
  })
  .openapi("Window");

export function shownWindow(view: WindowView, monitor: string): z.input<typeof windowOut> {
  const { row, run } = view;
  const current = currentJudgement(row);
  return {
    monitor,
    start: row.start,
    expected_at: instant(row.expectedAt),
    opens_at: instant(row.opensAt),
    start_by: instant(row.startBy),
    finish_by: instantOrNull(row.finishBy),
    verdict: current?.verdict ?? null,
    reason: current === null ? null : reasonSentence(current.reason),
    run: row.runId,
    run_id: run === null ? null : shownRunId(run),
    started_at: instantOrNull(row.startedAt),
    finished_at: instantOrNull(row.finishedAt),
    judged_at: current === null || current.verdict === null ? null : instant(current.judgedAt),
    schedule_version: row.version,
    projected: view.isProjected,
    judgements: row.judgements.map((each) => ({
      verdict: each.verdict,
      reason: reasonSentence(each.reason),
      reason_code: each.reason.code,
      judged_at: instant(each.judgedAt),
      cause: each.cause,
    })),
    extra_runs: row.extraCount,
    recovered_by: row.recoveredBy,
  };
}

export const spotOut = z.object({ id: z.string(), from: instantOut, to: instantOut, cause: z.string() });

export function shownSpot(spot: BlindSpot): z.input<typeof spotOut> {
  return { id: spot.id, from: instant(spot.fromAt), to: instant(spot.toAt), cause: spot.cause };
}

const explanationOut = z
  .object({
    monitor: z.string(),
    window: windowOut.nullable(),
    run: runOut.nullable().openapi({ description: "The run that took the window, without its check-ins." }),
    judgements: z.array(judgementOut),
    check_ins: z.array(storyOut),
    rejections: z.array(rejectionOut),
    blind_spots: z.array(spotOut),
    pauses: z.array(
      z.object({
        kind: z.string().openapi({ description: "pause or maintenance" }),
        id: z.string(),
        from: instantOut,
        until: instantOut.nullable(),
        reason: z.string().nullable(),
      }),
    ),
  })
  .openapi("Explanation");

function shownExplanation(explanation: Explanation): z.input<typeof explanationOut> {
  const { monitor, pause, plans } = explanation;
  const run = explanation.window?.run ?? null;
  const window = explanation.window === null ? null : shownWindow(explanation.window, monitor.slug);
  const pauses = plans.map((plan: Plan) => ({
    kind: plan.kind as string,
    id: plan.id,
    from: instant(plan.fromAt),
    until: instantOrNull(plan.untilAt),
    reason: plan.reason as string | null,
  }));
  if (pause !== null) {
    const { id, at, untilAt, reason } = pause;
    pauses.push({ kind: "pause", id, from: instant(at), until: instantOrNull(untilAt), reason });
  }
  return {
    monitor: monitor.slug,
    window,
    run: run === null ? null : shownRun({ run, monitor: monitor.slug, story: [] }),
    judgements: window?.judgements ?? [],
    check_ins: explanation.checkIns.map(shownStory),
    rejections: explanation.rejections.map((rejection) => shownRejection({ rejection, didYouMean: null })),
    blind_spots: explanation.blindSpots.map(shownSpot),
    pauses,
  };
}

export const windowCalls: readonly Call[] = [
  call({
    method: "get",
    path: "/v1/monitors/{slug}/windows",
    access: "read",
    about: "The ledger: expected and actual side by side, windows still to come included.",
    query: pageQuery.extend({ from: instantIn.optional(), to: instantIn.optional() }),
    answer: listOf(windowOut),
    async handle({ parts, project, path, query }) {
      const slug = path("slug");
      const page = await parts.engine.listWindows({
        project,
        slug,
        fromAt: query.from ?? null,
        toAt: query.to ?? null,
        page: pageOf(query),
      });
      return shownPage(page, (view) => shownWindow(view, slug));
    },
  }),

  call({
    method: "get",
    path: "/v1/monitors/{slug}/explain",
    access: "read",
    about: "Why the latest window at or before `at` was judged as it was, with all that was considered.",
    query: z.strictObject({ at: instantIn.optional() }),
    answer: explanationOut,
    async handle({ parts, project, path, query }) {
      return shownExplanation(
        await parts.engine.explain({ project, slug: path("slug"), at: query.at ?? null }),
      );
    },
  }),
];
