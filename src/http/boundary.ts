/**
 * The boundary that every check-in passes, whatever it is written in: who sent it is proven, and a refusal is kept as
 * evidence and told truthfully.
 */
import type { Context } from "hono";
import { RollcallError } from "../domain/errors.ts";
import type { BoundaryRequest } from "../domain/trust/decision.ts";
import { KEY_PREFIX } from "../domain/key-text.ts";
import { LIMITS } from "../domain/limits.ts";
import { slugProblem } from "../domain/monitor-settings.ts";
import { redact } from "../domain/redact.ts";
import type { Refusal } from "../ports/dialect.ts";
import type { RejectionReason } from "../ports/records.ts";
import type { Authentication, Presented, ProofUse } from "../ports/trust.ts";
import { STATUS, codeOfRejection } from "./errors.ts";
import type { HttpParts } from "./parts.ts";

const SLUG_SHOWN = 120;

/** What stands at the boundary and wants to be let in. */
export interface Knock {
  presented: Presented;
  /** As it came, for proofs that are made over it. */
  request: BoundaryRequest;
  /** What it would be let in for; null: nothing yet. */
  use: ProofUse | null;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  addressPrefix: string;
  receivedAt: number;
}

export type Proven = Extract<Authentication, { isOk: true }>;
export type Unproven = Extract<Authentication, { isOk: false }>;

/** Throws `too_many_requests` where too many proofs from there have failed; nothing is kept of what it finds. */
export async function authenticate(parts: HttpParts, knock: Knock): Promise<Authentication> {
  const authentication = await look(parts, knock);
  if (authentication.isOk) {
    parts.trust.limiter.succeeded({ ...fromOf(knock), keyId: authentication.keyId });
  }
  return authentication;
}

/** The same for whoever only asks: guesses are counted, and nothing speaks for them later. */
export async function look({ trust }: HttpParts, knock: Knock): Promise<Authentication> {
  const from = fromOf(knock);
  const waitSeconds = trust.limiter.waitSeconds(from);
  if (waitSeconds !== null) {
    throw new RollcallError(
      "too_many_requests",
      "Too many failed proofs from your address: wait, then check the key.",
      { retryAfterSeconds: waitSeconds },
    );
  }
  const authentication = await trust.authenticate(knock);
  if (!authentication.isOk && !authentication.isProofGood && !isOurFault(authentication)) {
    trust.limiter.failed(from);
  }
  return authentication;
}

function fromOf({ presented, addressPrefix }: Knock): { addressPrefix: string; credential: string | null } {
  return { addressPrefix, credential: presented.credential?.text ?? presented.uuid };
}

/** Nothing could be proven, whatever was shown: no key of the issuer, no secret. */
function isOurFault({ reason }: Unproven): boolean {
  return reason === "jwks_unavailable" || reason === "not_configured";
}

/** Keeps that it was turned away, and says why. */
export async function turnAway(parts: HttpParts, knock: Knock, unproven: Unproven): Promise<Refusal> {
  return reject(parts, knock, { ...unproven, message: sentenceOf(unproven) });
}

/** Keeps the refusal as evidence where a project can be told, and says it. */
export async function reject(
  parts: HttpParts,
  knock: Knock,
  refused: {
    project: string | null;
    monitorId: string | null;
    slug: string | null;
    reason: RejectionReason;
    expected: string;
    seen: string;
    message: string;
  },
): Promise<Refusal> {
  const { project, monitorId, slug, reason, expected, seen, message } = refused;
  if (project !== null) {
    await parts.engine.recordRejection({
      project,
      monitorId,
      slug: slug === null || isSecret(slug) ? null : slug.slice(0, SLUG_SHOWN),
      reason,
      expected: expected.slice(0, LIMITS.refusalTextCharacters),
      seen: seen.slice(0, LIMITS.refusalTextCharacters),
      addressPrefix: knock.addressPrefix,
      headerNames: Object.keys(knock.headers).sort().slice(0, 40).map(redact),
      at: knock.receivedAt,
    });
  }
  const code = codeOfRejection(reason);
  const retryAfterSeconds = code === "unavailable" ? LIMITS.provingRetryAfterSeconds : null;
  return { code, status: STATUS[code], message, problems: [], retryAfterSeconds };
}

export function refusalOf(error: RollcallError): Refusal {
  const { code, message, problems, retryAfterSeconds } = error;
  // Whatever is wrong on our side, the sender is told to come again.
  const again = retryAfterSeconds ?? (code === "unavailable" ? 1 : null);
  return { code, status: STATUS[code], message, problems, retryAfterSeconds: again };
}

export function sentenceOf(refused: Unproven): string {
  if (refused.reason === "deleted") return `The monitor ${shownSlug(refused.slug ?? "")} was deleted.`;
  return `Refused (${refused.reason}): seen was ${refused.seen}; expected is ${refused.expected}.`;
}

/** What no monitor could be called and looks like a credential slipped into the place of the monitor. */
function isSecret(slug: string): boolean {
  return isKey(slug) || (slugProblem(slug) !== null && redact(slug) !== slug);
}

function isKey(slug: string): boolean {
  return slug.toLowerCase().includes(KEY_PREFIX);
}

export function shownSlug(slug: string): string {
  return isKey(slug) ? "(a key stands in its place)" : JSON.stringify(slug.slice(0, SLUG_SHOWN));
}

export function addressPrefixOf({ trust, peerOf }: HttpParts, context: Context): string {
  const forwardedFor = context.req.header("x-forwarded-for") ?? null;
  return trust.addresses.prefixOf(trust.addresses.clientOf(peerOf(context), forwardedFor));
}
