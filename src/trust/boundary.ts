/**
 * One boundary: contracts as data go in, a request is looked at, and what is said is never a bare yes or no. The same code
 * guards check-ins here and users' own routes, so it needs nothing but web standards.
 */
import { parseInstant } from "../domain/instant.ts";
import type { NamedContract } from "../domain/trust/contract.ts";
import type { Admitted, BoundaryDecision, BoundaryRequest, Refused } from "../domain/trust/decision.ts";
import { presetNamed } from "../domain/trust/presets.ts";
import type { RejectionReason } from "../domain/trust/reasons.ts";
import { sha256, toHex, utf8 } from "./bytes.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { IssuerKeys } from "./issuer-keys.ts";
import { findHmac, keysOf } from "./schemes/hmac.ts";
import { findJwt } from "./schemes/jwt.ts";
import { findOidc } from "./schemes/oidc.ts";
import { headerOf, refused } from "./schemes/scheme.ts";
import type { Call, Finding } from "./schemes/scheme.ts";
import { findBasic, findBearer, findHeader, usableSecrets } from "./schemes/shared-secret.ts";
import { expectedOfAny, expectedWords, seenIn, told } from "./words.ts";

export interface BoundaryParts {
  /** Any of them may be met. Empty: nothing is let in (`not_configured`). */
  contracts: readonly NamedContract[];
  /** Where the public keys of issuers come from. */
  issuerKeys: IssuerKeys;
  /** Epoch ms. */
  now: () => number;
}

export interface Boundary {
  /** Never throws for bad input. Remembers nothing: whether a proof was shown before is asked by who let it in. */
  decide(request: BoundaryRequest): Promise<BoundaryDecision>;
  /** The same for the same rules, whoever asks: 16 hex digits over the contracts, without names and secrets. */
  configHash(): Promise<string>;
}

export function createBoundary(parts: BoundaryParts): Boundary {
  return {
    decide: (request) => decide(parts, request),
    configHash: () => hashOf(parts.contracts),
  };
}

async function decide(
  { contracts, issuerKeys, now }: BoundaryParts,
  request: BoundaryRequest,
): Promise<BoundaryDecision> {
  const call: Call = { request, nowAt: now(), issuerKeys };
  const refusals: Refusal[] = [];
  for (const named of contracts) {
    const finding = await find(named, call);
    if (finding.is === "absent") continue;
    const decision = finding.is === "met" ? admittedBy(named, finding, request) : refusedBy(named, finding);
    if (decision.isOk) return decision;
    refusals.push({ by: named, decision });
  }
  return toldOf(refusals, { contracts, request });
}

/** The refusal that came nearest; where only one came that may be anybody's, what the scheduler has to show. */
function toldOf(
  refusals: readonly Refusal[],
  { contracts, request }: { contracts: readonly NamedContract[]; request: BoundaryRequest },
): Refused {
  const schedulers = contracts.filter(({ contract }) => contract.principal === "scheduler");
  const sure = refusals.filter((refusal) => schedulers.length === 0 || !isAnybodys(refusal));
  const nearest = nearestOf(sure);
  if (nearest !== null) return nearest;
  const [stray] = refusals;
  if (stray === undefined) return turnedAway(contracts, request);
  const seen = told(`${stray.decision.seen} (contract ${stray.by.name})`);
  return { ...turnedAway(schedulers, request), seen };
}

interface Refusal {
  by: NamedContract;
  decision: Refused;
}

async function find(named: NamedContract, call: Call): Promise<Finding> {
  const { contract, secrets } = named;
  const lack = lackOf(named);
  if (lack !== null) return refused("not_configured", seenIn(call.request, [named]).words, lack);
  switch (contract.scheme) {
    case "bearer":
      return findBearer(contract, secrets, call);
    case "header":
      return findHeader(contract, secrets, call);
    case "basic":
      return findBasic(contract, secrets, call);
    case "hmac":
      return findHmac(contract, secrets, call);
    case "jwt_hs256":
      return findJwt(contract, secrets, call);
    case "oidc":
      return findOidc(contract, call);
  }
}

/** Without a secret there is nothing to compare with, and an empty one is anybody's. Null: all is there. */
function lackOf({ contract, secrets }: NamedContract): string | null {
  if (contract.scheme === "oidc") return null;
  const given = usableSecrets(secrets).length;
  const usable = contract.scheme === "hmac" ? keysOf(contract, secrets).length : given;
  if (usable > 0) return null;
  return given > 0 && contract.scheme === "hmac" && contract.secret.encoding === "base64"
    ? "a secret in base64 on this side: what is set cannot be read as one"
    : "a secret that is set on this side: there is none, so nothing is let in";
}

function admittedBy(
  named: NamedContract,
  { subject, once, runId, trigger }: Extract<Finding, { is: "met" }>,
  request: BoundaryRequest,
): BoundaryDecision {
  const { name, contract } = named;
  const method = request.method.toUpperCase();
  if (contract.methods !== null && !contract.methods.includes(method)) {
    const wanted = `a ${contract.methods.join(" or ")} request`;
    return refusedBy(
      named,
      refusedAs("method_not_allowed", `a good proof by ${shownMethod(method)}`, wanted),
    );
  }
  return {
    isOk: true,
    contract: name,
    principal: contract.principal,
    subject: contract.scheme === "oidc" ? subject : `${subject} of ${name}`,
    once,
    runId,
    trigger,
    scheduledForAt: scheduledForAt(contract.preset, request),
  };
}

type RefusedFinding = Extract<Finding, { is: "refused" }>;

function refusedAs(reason: RejectionReason, seen: string, wanted: string): RefusedFinding {
  return { is: "refused", reason, seen, wanted };
}

function refusedBy(named: NamedContract, { reason, seen, wanted }: RefusedFinding): Refused {
  return {
    isOk: false,
    reason,
    contract: named.name,
    expected: expectedWords(named, wanted),
    seen: told(seen),
  };
}

function shownMethod(method: string): string {
  return /^[A-Z]{1,10}$/.test(method) ? method : "another method";
}

/** Nothing came that any of the contracts is about. */
function turnedAway(contracts: readonly NamedContract[], request: BoundaryRequest): Refused {
  const { hasCredentials, words } = seenIn(request, contracts);
  const [only] = contracts;
  const reason = only === undefined ? "not_configured" : hasCredentials ? "wrong_scheme" : "no_credentials";
  return {
    isOk: false,
    reason,
    contract: reason === "wrong_scheme" && contracts.length === 1 ? (only?.name ?? null) : null,
    expected: expectedOfAny(contracts),
    seen: words,
  };
}

/** From the farthest to the nearest: how much of a proof had been found good before it was refused. */
const BY_NEARNESS: readonly RejectionReason[] = [
  "not_configured",
  "malformed",
  "wrong_issuer",
  "alg_not_allowed",
  "jwks_unavailable",
  "unknown_key",
  "body_mismatch",
  "bad_signature",
  "wrong_audience",
  "not_yet_valid",
  "clock_skew_suspected",
  "expired",
  "too_old",
  "wrong_subject",
  "claim_mismatch",
  "url_mismatch",
  "method_not_allowed",
];

/** Of several alike the first. */
function nearestOf(refusals: readonly Refusal[]): Refused | null {
  const nearness = ({ reason }: Refused): number => BY_NEARNESS.indexOf(reason);
  return refusals.reduce<Refused | null>(
    (nearest, { decision }) =>
      nearest === null || nearness(decision) > nearness(nearest) ? decision : nearest,
    null,
  );
}

/**
 * Whoever calls shows a secret in Authorization, so one that is not people's was hardly meant for them: told as their wrong
 * secret, a hardened route would hide from its scheduler what it expects now.
 */
function isAnybodys({ by: { contract }, decision }: Refusal): boolean {
  const isInAuthorization = contract.scheme === "bearer" || contract.scheme === "basic";
  return contract.principal === "manual" && isInAuthorization && decision.reason === "bad_signature";
}

function scheduledForAt(preset: string | null, request: BoundaryRequest): Admitted["scheduledForAt"] {
  const hint = preset === null ? null : (presetNamed(preset)?.scheduledFor ?? null);
  const text = hint === null ? null : headerOf(request, hint.header);
  if (hint === null || text === null) return null;
  const isAsWritten = (hint.form === "rfc3339" ? /^\d{4}-/ : /^\d+$/).test(text);
  return isAsWritten ? parseInstant(text) : null;
}

/** A preset is only where the words come from, and the order of contracts is nobody's rule. */
async function hashOf(contracts: readonly NamedContract[]): Promise<string> {
  const rules = contracts.map(({ contract: { preset: _preset, ...rule } }) => canonicalJson(rule)).sort();
  return toHex((await sha256(utf8(rules.join("\n")))).subarray(0, 8));
}
