/** `/v1/monitors/<slug>/runs` and `/v1/runs/<id>`: executions, with what their check-ins said. */
import { z } from "@hono/zod-openapi";
import type { CheckIn } from "../domain/check-in.ts";
import { storyLine } from "../domain/outcome/story-line.ts";
import { shownRunId } from "../domain/run.ts";
import type { RunView } from "../engine/list-runs.ts";
import { call, type Call } from "./call.ts";
import { checkResultOut, outcomeOut, shownCheck, shownOutcome } from "./outcome-schema.ts";
import {
  instant,
  instantOrNull,
  instantOut,
  listOf,
  pageOf,
  pageQuery,
  secondsOut,
  secondsOrNull,
  shownPage,
} from "./schemas.ts";

export const storyOut = z
  .object({
    kind: z.string(),
    received_at: instantOut,
    occurred_at: instantOut.nullable(),
    run_id: z.string().nullable(),
    trigger: z.string(),
    exit_status: z.int().nullable(),
    duration: secondsOut.nullable(),
    message: z.string(),
    by: z.string(),
    dialect: z.string(),
    caller: z
      .object({ method: z.string(), user_agent: z.string(), address_prefix: z.string() })
      .nullable()
      .openapi({ description: "What the request showed of its sender; nothing of it is proven." }),
    folded: z.int().openapi({ description: "How many check-ins this one stands for." }),
    notes: z.array(z.string()),
  })
  .openapi("CheckIn");

export function shownStory(checkIn: CheckIn): z.input<typeof storyOut> {
  return {
    kind: checkIn.kind,
    received_at: instant(checkIn.receivedAt),
    occurred_at: instantOrNull(checkIn.occurredAt),
    run_id: checkIn.runId,
    trigger: checkIn.trigger,
    exit_status: checkIn.exitStatus,
    duration: secondsOrNull(checkIn.durationMs),
    message: checkIn.body,
    by: checkIn.principal,
    dialect: checkIn.dialect,
    caller: shownCaller(checkIn),
    folded: checkIn.folded,
    notes: [...checkIn.notes],
  };
}

function shownCaller({ caller }: CheckIn): z.input<typeof storyOut>["caller"] {
  if (caller === undefined) return null;
  const { method, userAgent, addressPrefix } = caller;
  return { method, user_agent: userAgent, address_prefix: addressPrefix };
}

export const runOut = z
  .object({
    id: z.string(),
    run_id: z.string().nullable().openapi({ description: "The job's own id, if it sent one." }),
    monitor: z.string(),
    trigger: z.string(),
    part: z.string().openapi({ description: "window, extra, outside or manual" }),
    state: z.string(),
    window: instantOut
      .nullable()
      .openapi({ description: "expected_at of the window it took or belongs to." }),
    started_at: instantOut,
    finish_by: instantOut.nullable(),
    finished_at: instantOut.nullable(),
    duration: secondsOut.nullable(),
    story_line: z.string().nullable().openapi({
      description: "What became of it in one sentence; null where it told nothing that would make one.",
      example: 'failed on step 3 of 7 "enrich": api.openai.com answered 429; processed 50 of 200',
    }),
    verified: z.boolean().openapi({ description: "It ended well, and its checks bear it out." }),
    degraded: z.boolean().openapi({ description: "It ended well, with something to be looked at." }),
    outcome: outcomeOut.nullable().openapi({ description: "What it has told so far." }),
    checks: z.array(checkResultOut).openapi({ description: "What its checks found at its end." }),
    notes: z.array(z.string()),
    story: z.array(storyOut).openapi({ description: "Filled in for a single run only." }),
  })
  .openapi("Run");

export function shownRun({ run, monitor, story }: RunView): z.input<typeof runOut> {
  // Without a heard start the difference between finish and start says nothing.
  const durationMs =
    run.finishedAt === null || run.finishedAt < run.startedAt ? null : run.finishedAt - run.startedAt;
  const isTimed = run.isStartHeard || (durationMs !== null && durationMs > 0);
  return {
    id: run.id,
    run_id: shownRunId(run),
    monitor,
    trigger: run.trigger,
    part: run.part,
    state: run.state,
    window: instantOrNull(run.windowAt),
    started_at: instant(run.startedAt),
    finish_by: instantOrNull(run.finishBy),
    finished_at: instantOrNull(run.finishedAt),
    duration: isTimed ? secondsOrNull(durationMs) : null,
    story_line: storyLine(run),
    verified: run.state === "verified",
    degraded: run.isDegraded === true,
    outcome: run.outcome === null ? null : shownOutcome(run.outcome),
    checks: (run.checks ?? []).map(shownCheck),
    notes: [...run.notes],
    story: story.map(shownStory),
  };
}

export const runCalls: readonly Call[] = [
  call({
    method: "get",
    path: "/v1/monitors/{slug}/runs",
    access: "read",
    about: "Runs, newest first; with `run_id` the attempts of that one.",
    query: pageQuery.extend({ run_id: z.string().optional() }),
    answer: listOf(runOut),
    async handle({ parts, project, path, query }) {
      const page = await parts.engine.listRuns({
        project,
        slug: path("slug"),
        runId: query.run_id ?? null,
        page: pageOf(query),
      });
      return shownPage(page, shownRun);
    },
  }),

  call({
    method: "get",
    path: "/v1/runs/{id}",
    access: "read",
    about: "One run with its story: the check-ins it was made of.",
    answer: runOut,
    handle: async ({ parts, project, path }) =>
      shownRun(await parts.engine.getRun({ project, id: path("id") })),
  }),
];
