/** An outcome in the words in which jobs send it: what schemas and expressions are written against. */
import { instantText } from "../instant.ts";
import type { EvidenceItem, HttpTally, JsonValue, Outcome, Step } from "./outcome.ts";

type JsonObject = { readonly [name: string]: JsonValue };

/**
 * Only what was told: a field that is absent was not sent. What Rollcall does not know stands where the job put it,
 * beside the rest. Answers of hosts are counted under `http`, whichever way they became known.
 */
export function outcomeAsSent(outcome: Outcome): JsonObject {
  return told({
    ...outcome.extra,
    exit_status: outcome.exitStatus,
    message: outcome.message === "" ? null : outcome.message,
    counts: outcome.counts === undefined ? null : told(outcome.counts),
    metrics: outcome.metrics ?? null,
    plan: outcome.plan ?? null,
    steps: outcome.steps?.map(stepAsSent) ?? null,
    evidence: outcome.evidence?.map(evidenceAsSent) ?? null,
    environment: outcome.environment === undefined ? null : told({ ...outcome.environment }),
    http: outcome.http?.map(tallyAsSent) ?? null,
    log: outcome.log ?? null,
    unreadable: outcome.unreadable ?? null,
  });
}

function stepAsSent(step: Step): JsonObject {
  const { http, error } = step;
  return told({
    id: step.id,
    parent_id: step.parentId,
    seq: step.seq,
    name: step.name,
    kind: step.kind,
    status: step.status,
    started_at: instantOrNull(step.startedAt),
    ended_at: instantOrNull(step.endedAt),
    attempt: step.attempt,
    counts: step.counts === null ? null : told(step.counts),
    http:
      http === null
        ? null
        : told({
            method: http.method,
            host: http.host,
            status: http.status,
            retry_after: http.retryAfterSeconds,
          }),
    error: error === null ? null : told({ class: error.class, type: error.type, message: error.message }),
    tokens: step.tokens,
    cost: step.cost,
  });
}

function evidenceAsSent(item: EvidenceItem): JsonObject {
  const { createdAt, ...rest } = item;
  return told({ ...rest, created_at: instantOrNull(createdAt) });
}

function tallyAsSent(tally: HttpTally): JsonObject {
  return told({
    host: tally.host,
    status: tally.status,
    count: tally.count,
    first_at: instantOrNull(tally.firstAt),
    last_at: instantOrNull(tally.lastAt),
    retry_after: tally.retryAfterSeconds,
    is_quota: tally.isQuota,
  });
}

function instantOrNull(at: number | null): string | null {
  return at === null ? null : instantText(at);
}

/** Without what is null or absent. */
function told(fields: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const kept = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(kept) as JsonObject;
}
