/**
 * What read-only twins have in common: the form of their answers, and the memory of the proofs they were shown, for what
 * only looks has nothing that a second look could be the same as.
 */
import type { RejectionReason } from "../domain/trust/reasons.ts";
import { LIMITS } from "../domain/limits.ts";
import { boundedCache, type BoundedCache } from "../domain/schedule/bounded-cache.ts";
import { refusalOf, type Proven, type Unproven } from "./boundary.ts";
import { codeOfRejection, rollcallErrorOf, STATUS } from "./errors.ts";
import type { HttpParts } from "./parts.ts";

export interface Twin {
  parts: HttpParts;
  /** Proofs that were shown here: they are good for a check-in still, and not for a second look. */
  looked: BoundedCache<true>;
}

export function createTwin(parts: HttpParts): Twin {
  return { parts, looked: boundedCache(LIMITS.proofsLookedAt) };
}

export type RefusedLook = Pick<Unproven, "reason" | "expected" | "seen">;

export const SHOWN_BEFORE: RefusedLook = {
  reason: "replayed",
  expected: "a proof not shown here before",
  seen: "one that was",
};

/** `would`: what whoever sends it for good would be answered. */
export async function letIn(
  { parts }: Twin,
  { project, slug, met, via }: Proven,
  would: { status: number; answer: unknown },
): Promise<Response> {
  return answered(would.status, {
    ok: true,
    principal: met?.principal ?? "scheduler",
    contract: met?.contract ?? via,
    config_hash: await parts.trust.configHash({ project, slug }),
    version: VERSION,
    would: would.answer,
  });
}

/** Of the form of these answers. */
const VERSION = "1";

export function refused({ reason, expected, seen }: RefusedLook): Response {
  const status = STATUS[codeOfRejection(reason)];
  return answered(status, { ok: false, reason, expected, seen, version: VERSION });
}

/** Neither let in nor refused by the boundary: it did not come so far. */
export function notHeard(
  status: number,
  told: { reason?: RejectionReason; message: string },
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { reason = null, message } = told;
  return answered(status, { ok: false, reason, message }, headers);
}

export function notHeardBecause({ log }: HttpParts, thrown: unknown): Response {
  const { status, message, retryAfterSeconds } = refusalOf(rollcallErrorOf(thrown, log));
  const later: Record<string, string> =
    retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) };
  return notHeard(status, { message }, later);
}

function answered(
  status: number,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "access-control-allow-origin": "*",
      ...headers,
    },
  });
}
