/** Checks on the wire: what a monitor asks of its runs, in the API's words, and the way to the domain's and back. */
import { z } from "@hono/zod-openapi";
import {
  COMPARISONS,
  type BaselineSettings,
  type Check,
  type EvidenceRule,
  type ProofSettings,
} from "../domain/checks/check.ts";
import { STEP_STATUSES, type JsonValue } from "../domain/outcome/outcome.ts";
import { parseSize } from "../domain/size.ts";
import { durationIn, secondsOut, shown } from "./schemas.ts";

const sizeIn = z.union([z.string(), z.number()]).transform((value, context) => {
  const bytes = parseSize(value);
  if (bytes !== null) return bytes;
  const message = `${shown(value)} is not a size: write 47 kB, 10 MB, 1 GiB or a number of bytes`;
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

const severity = z
  .enum(["fail", "degrade"])
  .optional()
  .describe("degrade: a run that does not meet it is told of and is good all the same. Default: fail.");
const op = z.enum(COMPARISONS);

const metricIn = z.strictObject({
  metric: z
    .string()
    .describe(
      "A metric that runs tell; a count: expected, processed, succeeded, failed, skipped; or what steps add up to: steps, failed_steps, retries, tool_calls, llm_calls, tokens, cost, log_characters, message_characters.",
    ),
  of: z.string().optional().describe("Another one: value is the share of it, 0.95 for 95 %."),
  op,
  value: z.number(),
  severity,
});

const RULES = ["exists", "min_size", "max_age", "changed_since_last", "url_ok"] as const;

const evidenceIn = z
  .strictObject({
    evidence: z.string().describe("The id, the name or the kind of what runs tell as evidence."),
    exists: z.literal(true).optional().describe("It is there."),
    min_size: sizeIn.optional().describe('A number of bytes, or "10 MB".'),
    max_age: durationIn.optional().describe("Of its created_at, when the run ends."),
    changed_since_last: z
      .literal(true)
      .optional()
      .describe("Its sha256 (else its size and created_at) is another than at the last good run."),
    url_ok: z.literal(true).optional().describe("Its URL answers with 2xx; asked after the run."),
    severity,
  })
  .superRefine((sent, context) => {
    const given = RULES.filter((rule) => sent[rule] !== undefined);
    if (given.length === 1) return;
    const message =
      given.length === 0
        ? `needs one of ${RULES.join(", ")}`
        : `asks for ${given.join(" and ")}: write a check for each`;
    context.addIssue({ code: "custom", message });
  });

const stepIn = z.strictObject({
  step: z.string().describe("The name of the step; its last try counts."),
  status: z.enum(STEP_STATUSES),
  severity,
});

const durationCheckIn = z
  .strictObject({
    duration: z.union([z.strictObject({ op, value: durationIn }), z.literal(true)]),
    op: op.optional().describe("Where duration is only true."),
    value: durationIn.optional().describe("Where duration is only true."),
    severity,
  })
  .superRefine((sent, context) => {
    const isApart = sent.op !== undefined && sent.value !== undefined;
    const isNeither = sent.op === undefined && sent.value === undefined;
    if (sent.duration === true ? isApart : isNeither) return;
    context.addIssue({ code: "custom", message: 'is written {"duration": {"op": "<=", "value": "10m"}}' });
  });

const completeIn = z.strictObject({
  complete: z
    .literal(true)
    .describe("An outcome was told, every step of its plan ended ok, and no step goes on."),
  severity,
});

const celIn = z.strictObject({
  cel: z.string().describe("An expression in CEL that must be true; an error is never a pass."),
  name: z.string().optional().describe("What it is called; the expression if left out."),
  severity,
});

const checkIn = z
  .union([metricIn, evidenceIn, stepIn, durationCheckIn, completeIn, celIn])
  .openapi("CheckInput");

/** Also asked for by those who only try checks out. */
export const checksIn = {
  checks: z
    .array(checkIn)
    .optional()
    .describe("What a run must meet to be verified. None: it is reported and never verified."),
  outcome_schema: z
    .union([z.record(z.string(), z.unknown()), z.boolean()])
    .nullish()
    .describe("A JSON Schema for what the job sends; null for any shape."),
  baseline: z
    .strictObject({
      mode: z
        .enum(["off", "degrade", "fail"])
        .optional()
        .describe("What is unusual is told as degraded, makes the run unverified, or is not looked at."),
      metrics: z
        .array(z.string())
        .nullish()
        .describe("Names of metrics and counts, or duration; all that runs tell if left out."),
    })
    .optional()
    .describe("What runs usually tell, learned from the last good ones. Default: degrade."),
};

export const proofIn = {
  ...checksIn,
  max_idle: durationIn
    .nullish()
    .describe("A run of which nothing is heard for so long is incomplete; not looked at if left out."),
  verify_by: durationIn.optional().describe("How long after the end a url_ok may take. Default: 10m."),
};

type ProofGiven = z.output<z.ZodObject<typeof proofIn>>;

/** What was not sent is undefined. */
export function proofInputOf(sent: ProofGiven): Partial<ProofSettings> {
  const { checks, baseline } = sent;
  const schema = sent.outcome_schema as JsonValue | undefined;
  return defined({
    checks: checks?.map(checkOf),
    outcomeSchema: schema,
    baseline: baseline === undefined ? undefined : baselineOf(baseline),
    maxIdleMs: sent.max_idle,
    verifyByMs: sent.verify_by,
  });
}

function baselineOf({ mode, metrics }: NonNullable<ProofGiven["baseline"]>): BaselineSettings {
  return { mode: mode ?? "degrade", metrics: metrics ?? null };
}

function defined<Fields extends object>(
  fields: Fields,
): {
  [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
} {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function checkOf(sent: z.output<typeof checkIn>): Check {
  const { severity: weight = "fail" } = sent;
  if ("metric" in sent) {
    const { metric, of = null, op: comparison, value } = sent;
    return { kind: "metric", metric, of, op: comparison, value, severity: weight };
  }
  if ("evidence" in sent) {
    return { kind: "evidence", evidence: sent.evidence, must: evidenceRuleOf(sent), severity: weight };
  }
  if ("step" in sent) return { kind: "step", step: sent.step, status: sent.status, severity: weight };
  if ("duration" in sent) {
    const asked = sent.duration === true ? sent : sent.duration;
    const { op: comparison = "<=", value: valueMs = 0 } = asked;
    return { kind: "duration", op: comparison, valueMs, severity: weight };
  }
  if ("complete" in sent) return { kind: "complete", severity: weight };
  return { kind: "cel", cel: sent.cel, name: sent.name ?? null, severity: weight };
}

function evidenceRuleOf(sent: z.output<typeof evidenceIn>): EvidenceRule {
  if (sent.min_size !== undefined) return { rule: "min_size", bytes: sent.min_size };
  if (sent.max_age !== undefined) return { rule: "max_age", ageMs: sent.max_age };
  if (sent.changed_since_last === true) return { rule: "changed_since_last" };
  return sent.url_ok === true ? { rule: "url_ok" } : { rule: "exists" };
}

const severityOut = z.enum(["fail", "degrade"]);

export const checkOut = z
  .union([
    z.object({
      metric: z.string(),
      of: z.string().optional(),
      op,
      value: z.number(),
      severity: severityOut,
    }),
    z.object({
      evidence: z.string(),
      exists: z.literal(true).optional(),
      min_size: z.number().optional().openapi({ description: "In bytes." }),
      max_age: secondsOut.optional(),
      changed_since_last: z.literal(true).optional(),
      url_ok: z.literal(true).optional(),
      severity: severityOut,
    }),
    z.object({ step: z.string(), status: z.enum(STEP_STATUSES), severity: severityOut }),
    z.object({ duration: z.object({ op, value: secondsOut }), severity: severityOut }),
    z.object({ complete: z.literal(true), severity: severityOut }),
    z.object({ cel: z.string(), name: z.string().optional(), severity: severityOut }),
  ])
  .openapi("Check");

export const proofOut = {
  checks: z.array(checkOut),
  outcome_schema: z.union([z.record(z.string(), z.unknown()), z.boolean()]).nullable(),
  baseline: z.object({ mode: z.enum(["off", "degrade", "fail"]), metrics: z.array(z.string()).nullable() }),
  max_idle: secondsOut.nullable(),
  verify_by: secondsOut,
};

/** In the API's words; what it gives may be sent again and changes nothing. */
export function shownProof<Duration>(proof: ProofSettings, duration: (durationMs: number) => Duration) {
  const { outcomeSchema, baseline, maxIdleMs, verifyByMs } = proof;
  return {
    checks: proof.checks.map((check) => shownCheck(check, duration)),
    outcome_schema: outcomeSchema as boolean | Record<string, unknown> | null,
    baseline: { mode: baseline.mode, metrics: baseline.metrics === null ? null : [...baseline.metrics] },
    max_idle: maxIdleMs === null ? null : duration(maxIdleMs),
    verify_by: duration(verifyByMs),
  };
}

function shownCheck<Duration>(check: Check, duration: (durationMs: number) => Duration) {
  const { severity: weight } = check;
  switch (check.kind) {
    case "metric": {
      const { metric, of, op: comparison, value } = check;
      return { metric, ...(of === null ? {} : { of }), op: comparison, value, severity: weight };
    }
    case "evidence":
      return {
        evidence: check.evidence,
        ...shownEvidenceRule(check.must, duration),
        severity: weight,
      };
    case "step":
      return { step: check.step, status: check.status, severity: weight };
    case "duration":
      return { duration: { op: check.op, value: duration(check.valueMs) }, severity: weight };
    case "complete":
      return { complete: true as const, severity: weight };
    case "cel":
      return { cel: check.cel, ...(check.name === null ? {} : { name: check.name }), severity: weight };
  }
}

function shownEvidenceRule<Duration>(must: EvidenceRule, duration: (durationMs: number) => Duration) {
  switch (must.rule) {
    case "exists":
      return { exists: true as const };
    case "min_size":
      return { min_size: must.bytes };
    case "max_age":
      return { max_age: duration(must.ageMs) };
    case "changed_since_last":
      return { changed_since_last: true as const };
    case "url_ok":
      return { url_ok: true as const };
  }
}
