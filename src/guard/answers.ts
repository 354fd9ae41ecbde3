/** What callers get from a guard that does not let them in, and what its probe says. Nothing in it helps a stranger. */
import type { Refused } from "../domain/trust/decision.ts";
import type { RejectionReason } from "../domain/trust/reasons.ts";
import type { Gate, Passage } from "./gate.ts";

export interface GuardAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** JSON. */
  body: string;
}

/** The version of this library, as the probe tells it. */
export const GUARD_VERSION = "0.1.0";

/** Of all that is not proven the same, whatever was wrong with it. */
export function refusalOf(gate: Gate, refused: Refused): GuardAnswer {
  const status = STATUS[refused.reason] ?? 401;
  return answering(status, gate.methodsOf(refused), { error: ERRORS[status] });
}

/**
 * Says whether the call would have been let in, and does nothing. The reason is told here alone: it is a word from a
 * public list and holds nothing of a secret, and whoever verifies a boundary must know why it refused.
 */
export async function probeAnswer(gate: Gate, passage: Passage): Promise<GuardAnswer> {
  if (!passage.isOk) {
    const { reason } = passage;
    const body = { ok: false, reason, version: GUARD_VERSION };
    return answering(STATUS[reason] ?? 401, gate.methodsOf(passage), body);
  }
  const { principal, contract } = passage.admitted;
  const config_hash = await gate.configHash();
  return answering(200, [], { ok: true, principal, contract, config_hash, version: GUARD_VERSION });
}

/** All others are 401. */
const STATUS: Readonly<Partial<Record<RejectionReason, number>>> = {
  method_not_allowed: 405,
  // Nothing that the caller could do better: schedulers try again.
  not_configured: 503,
  jwks_unavailable: 503,
};

const ERRORS: Readonly<Record<number, string>> = {
  401: "unauthorized",
  405: "method_not_allowed",
  503: "unavailable",
};

function answering(status: number, methods: readonly string[], body: Record<string, unknown>): GuardAnswer {
  const headers: Record<string, string> = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
  };
  // RFC 9110 wants it with every 401; the same for all contracts, so that it tells nothing of them.
  if (status === 401) headers["www-authenticate"] = "Bearer";
  if (status === 405) headers["allow"] = methods.join(", ");
  return { status, headers, body: JSON.stringify(body) };
}
