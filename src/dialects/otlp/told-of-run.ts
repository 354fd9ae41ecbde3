/**
 * What spans tell of the run as a whole, in the words of a job's outcome: counts, plan, evidence, metrics, where it ran.
 * No convention has names for the work that a run was to do, so these are Rollcall's own: `work.items.*` and the like.
 */
import { numberAt, textAt, valueAt } from "./attributes.ts";
import { NAMES } from "./names.ts";
import { countsOf, tokensOf } from "./step.ts";
import type { Span } from "./trace-batch.ts";

const METRIC_PREFIX = "work.metrics.";
const EVIDENCE_FIELDS = ["kind", "url", "id", "name", "size", "sha256", "created_at"];

/** `spans`: of one run, by the instant they ended, so that the root, and of others the latest, has the last word. */
export function toldOfRun(spans: readonly Span[], root: Span | null): Readonly<Record<string, unknown>> {
  const resource = spans[0]?.resource ?? new Map();
  const ending = root === null ? null : textAt(root.attributes, NAMES.finishReason);
  const ratio = samplingOf(spans);
  return {
    counts: Object.assign({}, ...spans.map(({ attributes }) => countsOf(attributes))),
    plan: spans.map(({ attributes }) => valueAt(attributes, "work.plan")).findLast((plan) => plan !== null),
    evidence: spans.flatMap(evidenceOf),
    metrics: { ...Object.assign({}, ...spans.map(metricsOf)), ...(root === null ? {} : usageOf(root)) },
    environment: {
      host: textAt(resource, NAMES.hostName),
      version: textAt(resource, NAMES.version),
      commit: textAt(resource, NAMES.commit),
      trace: spans[0]?.traceId,
    },
    ...(ending === null ? {} : { finish_reason: ending }),
    ...(ratio === null ? {} : { sampling_ratio: ratio }),
  };
}

/** One item a span, and one for each of its events that has some: an agent may write many files in one span. */
function evidenceOf(span: Span): object[] {
  const all = [span.attributes, ...span.events.map(({ attributes }) => attributes)];
  return all.flatMap((attributes) => {
    const told = EVIDENCE_FIELDS.map((name) => [name, valueAt(attributes, `work.evidence.${name}`)] as const);
    const said = told.filter(([, value]) => value !== null);
    return said.length === 0 ? [] : [Object.fromEntries(said)];
  });
}

function metricsOf({ attributes }: Span): Readonly<Record<string, unknown>> {
  const own = [...attributes].filter(([name]) => name.startsWith(METRIC_PREFIX));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(METRIC_PREFIX.length), value]));
}

/** What the root says of all that happened inside it: it goes before the sum of the steps. */
function usageOf({ attributes }: Span): Readonly<Record<string, unknown>> {
  return {
    tokens: tokensOf(attributes),
    cost: numberAt(attributes, NAMES.cost),
    output_characters: numberAt(attributes, NAMES.outputSize),
  };
}

/** The share of traces that are sent, where it is told and below 1; null: nothing says that any are left out. */
export function samplingOf(spans: readonly Span[]): number | null {
  for (const span of spans) {
    const told =
      numberAt(span.resource, NAMES.samplingRatio) ??
      numberAt(span.attributes, NAMES.samplingRatio) ??
      ratioInState(span.traceState);
    if (told !== null && told >= 0 && told < 1) return told;
  }
  return null;
}

/**
 * `ot=th:c` (the threshold of rejection in hex, padded with zeros to 14 digits) or the older `ot=p:2` (one in 2^2).
 * https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
function ratioInState(traceState: string): number | null {
  const own = /(?:^|,)\s*ot=([^,]*)/.exec(traceState)?.[1] ?? "";
  const threshold = /(?:^|;)th:([0-9a-f]{1,14})(?:;|$)/.exec(own)?.[1];
  if (threshold !== undefined) return 1 - Number.parseInt(threshold.padEnd(14, "0"), 16) / 2 ** 56;
  const power = /(?:^|;)p:(\d{1,2})(?:;|$)/.exec(own)?.[1];
  if (power === undefined) return null;
  // 63 stands for none at all.
  return Number(power) >= 63 ? 0 : 2 ** -Number(power);
}
