/** What a run told and what its checks found, on the wire: in the words in which jobs send it. */
import { z } from "@hono/zod-openapi";
import type { CheckResult } from "../domain/checks/check.ts";
import { outcomeAsSent } from "../domain/outcome/outcome-as-sent.ts";
import type { Outcome } from "../domain/outcome/outcome.ts";

export const outcomeOut = z
  .looseObject({
    exit_status: z.int().nullable(),
    message: z.string().openapi({ description: "The end of the finish's body." }),
    counts: z
      .unknown()
      .optional()
      .openapi({ description: "expected, processed, succeeded, failed, skipped" }),
    metrics: z.unknown().optional(),
    plan: z.unknown().optional().openapi({ description: "The names of the steps there were to be." }),
    steps: z.unknown().optional(),
    evidence: z.unknown().optional(),
    environment: z.unknown().optional(),
    http: z.unknown().optional().openapi({
      description: "Answers by host and status: count, first_at, last_at, retry_after, is_quota.",
    }),
    log: z.unknown().optional(),
    unreadable: z.unknown().optional().openapi({ description: "Why the outcome could not be read." }),
    retries: z.int().optional().openapi({ description: "Tries after the first, over all steps." }),
    steps_cut: z.int().optional().openapi({ description: "Steps beyond the limit, not kept." }),
  })
  .openapi("Outcome", { description: "Only what was told; what Rollcall does not know stands beside it." });

export const checkResultOut = z
  .object({
    check: z.string().openapi({ description: "The check, short.", example: "processed / expected >= 0.95" }),
    layer: z.enum(["rule", "schema", "expert", "gross", "baseline"]).openapi({
      description: "gross: plainly wrong without a check; baseline: unusual for this monitor.",
    }),
    status: z.enum(["passed", "failed", "degraded", "error", "pending"]).openapi({
      description: "error: it could not be carried out, which is never a pass; pending: asked after the run.",
    }),
    sentence: z.string().openapi({ example: "processed 3 of 200 = 1.5 %, needs at least 95 %" }),
    url: z.string().optional(),
  })
  .openapi("CheckResult");

export function shownOutcome(outcome: Outcome): z.input<typeof outcomeOut> {
  const { retries, stepsCut } = outcome;
  return {
    ...outcomeAsSent(outcome),
    exit_status: outcome.exitStatus,
    message: outcome.message,
    ...(retries === undefined ? {} : { retries }),
    ...(stepsCut === undefined ? {} : { steps_cut: stepsCut }),
  };
}

export function shownCheck({
  layer,
  check,
  status,
  sentence,
  url,
}: CheckResult): z.input<typeof checkResultOut> {
  return { layer, check, status, sentence, ...(url === undefined ? {} : { url }) };
}
