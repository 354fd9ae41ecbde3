/** Identity tokens that a platform makes for a job, proven with the platform's public keys. */
import { createLocalJWKSet, errors, jwtVerify } from "jose";
import type { JWTPayload, JWTVerifyOptions } from "jose";
import { oneLine } from "../../domain/clean-text.ts";
import { LIMITS } from "../../domain/limits.ts";
import type { OidcContract } from "../../domain/trust/contract.ts";
import { IssuerNotListed, JwksUnavailable } from "../issuer-keys.ts";
import type { JwkSet } from "../issuer-keys.ts";
import { ABSENT, authorizationOf, isTokenLike, refused } from "./scheme.ts";
import type { Call, Finding } from "./scheme.ts";
import { ENDLESS, endOf, onceOf, readClaimed, refusalOf, shownValue } from "./token.ts";
import type { Claimed } from "./token.ts";

export async function findOidc(
  contract: OidcContract,
  { request, nowAt, issuerKeys }: Call,
): Promise<Finding> {
  const came = authorizationOf(request);
  if (came?.scheme !== "bearer") return ABSENT;
  if (!came.rest.startsWith("eyJ")) return ABSENT;
  const claimed = isTokenLike(came.rest) ? readClaimed(came.rest) : "a broken token, or more than one";
  if (typeof claimed === "string") return refused("malformed", claimed);
  const stranger = strangeness(contract, claimed);
  if (stranger !== null) return stranger;
  const keys = await keysFor(contract, claimed, { issuerKeys, nowAt });
  if ("is" in keys) return keys;
  const proven = await proof(contract, keys, { token: came.rest, nowAt });
  if ("is" in proven) return proven;
  const endsAt = endOf(proven.claims);
  if (endsAt === null) return ENDLESS;
  return (
    claimFault(contract, proven.claims) ?? admitted(contract, proven.claims, { token: came.rest, endsAt })
  );
}

/** What needs no key to be told. */
function strangeness(contract: OidcContract, { issuer, algorithm }: Claimed): Finding | null {
  if (![contract.issuer, ...contract.issuerAliases].includes(issuer)) {
    return refused("wrong_issuer", `an identity token of ${shownValue(issuer || "nobody")}`);
  }
  if (contract.algorithms.some((allowed) => allowed === algorithm)) return null;
  const seen = `an identity token of algorithm ${shownValue(algorithm)}`;
  return refused("alg_not_allowed", seen, `algorithm ${contract.algorithms.join(" or ")}`);
}

async function keysFor(
  contract: OidcContract,
  { keyId }: Claimed,
  { issuerKeys, nowAt }: Pick<Call, "issuerKeys" | "nowAt">,
): Promise<JwkSet | Finding> {
  // Of the whole decision: several contracts may have one issuer.
  const untilAt = nowAt + LIMITS.jwksWaitMs;
  try {
    const known = await issuerKeys.keysOf(contract, { isNewWanted: false, untilAt });
    if (keyId === null || isAmong(keyId, known)) return known;
    const fresh = await issuerKeys.keysOf(contract, { isNewWanted: true, untilAt });
    if (isAmong(keyId, fresh)) return fresh;
    return refused(
      "unknown_key",
      `an identity token signed with a key that ${contract.issuer} does not list`,
    );
  } catch (error) {
    if (error instanceof JwksUnavailable) {
      return refused(
        "jwks_unavailable",
        `an identity token, while the keys of ${contract.issuer} cannot be had`,
      );
    }
    if (error instanceof IssuerNotListed) {
      const wanted = `${contract.issuer} among the issuers that whoever runs this has listed`;
      return refused("not_configured", "an identity token of an issuer that is not listed", wanted);
    }
    throw error;
  }
}

function isAmong(keyId: string, { keys }: JwkSet): boolean {
  return keys.some(({ kid }) => kid === keyId);
}

async function proof(
  contract: OidcContract,
  keys: JwkSet,
  { token, nowAt }: { token: string; nowAt: number },
): Promise<{ claims: JWTPayload } | Finding> {
  const options: JWTVerifyOptions = {
    algorithms: [...contract.algorithms],
    audience: contract.audience,
    requiredClaims: ["exp"],
    clockTolerance: LIMITS.proofSkewMs / 1_000,
    currentDate: new Date(nowAt),
    ...(contract.maxAgeMs === null ? {} : { maxTokenAge: contract.maxAgeMs / 1_000 }),
  };
  try {
    return { claims: await claimsOf(token, keys, options) };
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) {
      // The platform's own cryptography would not take the key: it is none that can prove anything.
      return refused("unknown_key", `an identity token whose key of ${contract.issuer} cannot be used`);
    }
    const refusal = refusalOf(error, nowAt);
    const isAudience = refusal.is === "refused" && refusal.reason === "wrong_audience";
    return isAudience ? { ...refusal, wanted: `audience ${contract.audience}` } : refusal;
  }
}

/** A token that names no key is tried with each that fits it. */
async function claimsOf(token: string, { keys }: JwkSet, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    const set = createLocalJWKSet({ keys: [...keys] });
    return (await jwtVerify(token, set, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (other) {
        if (!(other instanceof errors.JWSSignatureVerificationFailed)) throw other;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function claimFault(contract: OidcContract, claims: JWTPayload): Finding | null {
  for (const [path, allowed] of Object.entries(contract.require)) {
    const value = claimAt(claims, path.split("."));
    if (allowed.some((each) => isValue(value, each))) continue;
    const wanted = `${path} ${allowed.map((each) => shownValue(each)).join(" or ")}`;
    const seen = `an identity token with ${path} ${shownValue(value)}`;
    if (path !== "sub") return refused("claim_mismatch", seen, wanted);
    const isImmutable = isImmutableSubject(value) && !allowed.some(isImmutableSubject);
    return refused("wrong_subject", isImmutable ? `${seen} (${IMMUTABLE_SUBJECT})` : seen, wanted);
  }
  const event = eventOf(contract, claims);
  if (event === null || !contract.run?.event?.refused.includes(event)) return null;
  const seen = `an identity token with ${contract.run.event.claim} ${event}, which strangers' code can begin`;
  return refused("claim_mismatch", seen, `another ${contract.run.event.claim}`);
}

/** Repositories made or renamed since July 2026 have numbers in it, which a rule on the old form refuses. */
const IMMUTABLE_SUBJECT = "GitHub's immutable subject: pin repository_id instead";

function isImmutableSubject(value: unknown): boolean {
  return typeof value === "string" && /^repo:[^/@]+@\d+\/[^:@]+@\d+:/.test(value);
}

/** Dots lead into objects, and some names have dots of their own (`kubernetes.io`): the longest name that is there. */
function claimAt(claims: unknown, path: readonly string[]): unknown {
  if (path.length === 0) return claims;
  if (typeof claims !== "object" || claims === null) return undefined;
  for (let length = path.length; length > 0; length -= 1) {
    const name = path.slice(0, length).join(".");
    if (!Object.hasOwn(claims, name)) continue;
    const value = claimAt((claims as Record<string, unknown>)[name], path.slice(length));
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Of a list one entry is enough; `true` and numbers are compared as they are written. */
function isValue(value: unknown, wanted: string): boolean {
  if (Array.isArray(value)) return value.some((each) => isValue(each, wanted));
  return ["string", "number", "boolean"].includes(typeof value) && String(value) === wanted;
}

async function admitted(
  contract: OidcContract,
  claims: JWTPayload,
  shown: { token: string; endsAt: number },
): Promise<Finding> {
  const { issuer, isOnce, run } = contract;
  const event = eventOf(contract, claims);
  const isScheduled = event !== null && (run?.event?.scheduled.includes(event) ?? false);
  return {
    is: "met",
    subject: subjectOf(issuer, claims),
    once: isOnce ? await onceOf(claims, shown) : null,
    runId: runIdOf(contract, claims),
    trigger: event === null ? null : isScheduled ? "schedule" : "manual",
  };
}

function subjectOf(issuer: string, { workflow_ref: workflow, email, sub }: JWTPayload): string {
  if (typeof workflow === "string") {
    return oneLine(`workflow ${workflow.split("@")[0]}`, LIMITS.nameCharacters);
  }
  const who = [email, sub].find((each) => typeof each === "string");
  return oneLine(who ?? `somebody known to ${issuer}`, LIMITS.nameCharacters);
}

/** Null when a part of it is missing: half an id would join runs that are two. */
function runIdOf({ run }: OidcContract, claims: JWTPayload): string | null {
  if (run === null || run.id.length === 0) return null;
  const parts = run.id.map((path) => claimAt(claims, path.split(".")));
  if (!parts.every((part) => typeof part === "string" || typeof part === "number")) return null;
  const id = oneLine(parts.join("."), LIMITS.runIdCharacters);
  return id === "" ? null : id;
}

function eventOf({ run }: OidcContract, claims: JWTPayload): string | null {
  const event = run?.event == null ? undefined : claimAt(claims, run.event.claim.split("."));
  return typeof event === "string" ? event : null;
}
