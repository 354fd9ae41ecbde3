/** `/v1/verifications`: boundaries tried with calls they must refuse and calls they must let in. */
import { z } from "@hono/zod-openapi";
import { CASES } from "../domain/trust/verification.ts";
import type { VerificationView } from "../engine/verifications.ts";
import { call, type Call } from "./call.ts";
import {
  durationIn,
  instant,
  instantOrNull,
  instantOut,
  listOf,
  pageOf,
  pageQuery,
  secondsOrNull,
  shownPage,
} from "./schemas.ts";

const verificationIn = z.strictObject({
  url: z
    .string()
    .describe(
      "A read-only address behind the same boundary; its origin must be among the project's targets.",
    ),
  contract: z.string().describe("What the scheduler shows: the name of a contract."),
  manual_contract: z.string().nullish().describe("What people show, where they may call it too."),
  monitor: z.string().nullish().describe("The monitor whose job stands behind it."),
  await_scheduler: durationIn
    .nullish()
    .describe(
      "How long the scheduler's own call is waited for where only it can show its proof; 26h at most.",
    ),
});

const caseOut = z
  .object({
    case: z.enum(CASES),
    result: z.enum(["passed", "failed", "awaited", "skipped"]),
    expected: z.string(),
    seen: z.string(),
    status: z
      .int()
      .nullable()
      .openapi({ description: "Of the answer; null: no call was made, or none answered." }),
    reason: z.string().nullable().openapi({ description: "What the boundary said of itself, where it did." }),
    duration: z.number().nullable().openapi({ description: "Seconds." }),
  })
  .openapi("VerificationCase");

const verificationOut = z
  .object({
    id: z.string(),
    url: z.string(),
    monitor: z.string().nullable(),
    contract: z.string(),
    manual_contract: z.string().nullable(),
    at: instantOut,
    finished_at: instantOut.nullable(),
    by: z.string(),
    colour: z.enum(["green", "red", "awaiting"]).openapi({
      description: "`awaiting`: only the scheduler's own call is missing. Positives alone are never green.",
    }),
    stale: z.boolean(),
    stale_because: z.array(z.string()),
    cases: z.array(caseOut),
    findings: z.array(z.string()).openapi({ description: "Each flaw, by its name." }),
    notes: z.array(z.string()),
    config_hash: z.string().nullable().openapi({ description: "Of the rules that the probe said it runs." }),
    awaited_until: instantOut.nullable(),
  })
  .openapi("Verification");

export function shownVerification({
  verification,
  staleBecause,
}: VerificationView): z.input<typeof verificationOut> {
  const { id, url, monitor, contract, at, by, colour, findings, notes } = verification;
  return {
    id,
    url,
    monitor,
    contract,
    manual_contract: verification.manualContract,
    at: instant(at),
    finished_at: instantOrNull(verification.finishedAt),
    by,
    colour,
    stale: staleBecause.length > 0,
    stale_because: [...staleBecause],
    cases: verification.cases.map(({ durationMs, ...each }) => ({
      ...each,
      duration: secondsOrNull(durationMs),
    })),
    findings: [...findings],
    notes: [...notes],
    config_hash: verification.configHash,
    awaited_until: instantOrNull(verification.awaitedUntilAt),
  };
}

const listQuery = pageQuery.extend({ url: z.string().optional().describe("Only those of this address.") });

export const verificationCalls: readonly Call[] = [
  call({
    method: "post",
    path: "/v1/verifications",
    access: "admin",
    about:
      "Makes all calls of the matrix and answers when they are done: after a second as a rule, within a minute always.",
    body: verificationIn,
    answer: verificationOut,
    async handle({ parts, project, body, by, created }) {
      const view = await parts.engine.verifyTarget({
        project,
        url: body.url,
        contract: body.contract,
        manualContract: body.manual_contract ?? null,
        monitor: body.monitor ?? null,
        awaitMs: body.await_scheduler ?? null,
        by,
      });
      created();
      return shownVerification(view);
    },
  }),

  call({
    method: "get",
    path: "/v1/verifications",
    access: "read",
    about: "Verifications, the newest first, and whether they still stand.",
    query: listQuery,
    answer: listOf(verificationOut),
    handle: async ({ parts, project, query }) =>
      shownPage(
        await parts.engine.listVerifications({ project, url: query.url ?? null, page: pageOf(query) }),
        shownVerification,
      ),
  }),

  call({
    method: "get",
    path: "/v1/verifications/{id}",
    access: "read",
    about: "One verification.",
    answer: verificationOut,
    handle: async ({ parts, project, path }) =>
      shownVerification(await parts.engine.getVerification({ project, id: path("id") })),
  }),
];
