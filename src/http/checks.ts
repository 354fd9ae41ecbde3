/** `/v1/checks/try`: what checks would find in an outcome. */
import { z } from "@hono/zod-openapi";
import { invalid } from "../domain/errors.ts";
import type { OutcomeSent, Trial } from "../engine/try-checks.ts";
import { call, type Call } from "./call.ts";
import { checksIn, proofInputOf } from "./check-schema.ts";
import { checkResultOut, shownCheck } from "./outcome-schema.ts";
import { durationIn } from "./schemas.ts";

const outcomeIn = z.looseObject({
  message: z.string().nullish(),
  exit_status: z.int().min(0).max(255).nullish(),
  duration: durationIn.nullish(),
});

const trialIn = z.strictObject({
  ...checksIn,
  monitor: z
    .string()
    .optional()
    .describe("Its checks where none are given, and what it has learned; else that of the run."),
  run: z.string().optional().describe("Rollcall's id of a run, whose outcome is looked at."),
  outcome: outcomeIn
    .optional()
    .describe("In place of a run: the outcome as a job would send it, with message, exit_status, duration."),
});

const trialOut = z
  .object({
    checks: z.array(checkResultOut),
    becomes: z
      .enum(["verified", "degraded", "reported", "unverified", "failed"])
      .openapi({ description: "What would become of the run." }),
    problems: z.array(z.object({ field: z.string(), message: z.string() })).openapi({
      description: "What is wrong with the outcome: such fields are left out, and the rest counts.",
    }),
    notes: z.array(z.string()),
  })
  .openapi("Trial");

export const checkCalls: readonly Call[] = [
  call({
    method: "post",
    path: "/v1/checks/try",
    access: "read",
    about:
      "Looks at an outcome, or at that of a run, with these checks or a monitor's: every result with its sentence, and what would become of the run. Writes nothing; refuses checks that saving would refuse.",
    body: trialIn,
    answer: trialOut,
    async handle({ parts, project, body }) {
      const { monitor, run, outcome } = body;
      if ((run === undefined) === (outcome === undefined)) {
        throw invalid([{ field: "outcome", message: "give either an outcome or a run" }]);
      }
      const trial = await parts.engine.tryChecks({
        project,
        given: proofInputOf(body),
        slug: monitor ?? null,
        run: run ?? null,
        outcome: outcome === undefined ? null : sentOf(outcome),
      });
      return shownTrial(trial);
    },
  }),
];

/** What a finish says beside its outcome stands within it here, as it does in the body of a check-in. */
function sentOf({ duration, ...fields }: z.output<typeof outcomeIn>): OutcomeSent {
  const { message, exit_status: exitStatus } = fields;
  return {
    fields,
    message: message ?? "",
    exitStatus: exitStatus ?? null,
    durationMs: duration ?? null,
  };
}

function shownTrial({ results, becomes, problems, notes }: Trial): z.input<typeof trialOut> {
  return {
    checks: results.map(shownCheck),
    becomes,
    problems: [...problems],
    notes: [...notes],
  };
}
