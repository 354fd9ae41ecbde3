/** JSON Web Tokens: what they say before anything is proven, and the library's errors in the closed list of reasons. */
import { decodeJwt, decodeProtectedHeader, errors } from "jose";
import type { JWTPayload } from "jose";
import { oneLine } from "../../domain/clean-text.ts";
import { LIMITS } from "../../domain/limits.ts";
import { CUT, redactSentence } from "../../domain/redact.ts";
import { fingerprint } from "../bytes.ts";
import { refused } from "./scheme.ts";
import type { Finding } from "./scheme.ts";

const SHOWN = 120;

/** What a token says of itself: good for choosing keys and for words, and for nothing else. */
export interface Claimed {
  algorithm: string;
  keyId: string | null;
  issuer: string;
  claims: JWTPayload;
}

/** A text: what is wrong, in words without anything of it. */
export function readClaimed(token: string): Claimed | string {
  if (token.length > LIMITS.tokenCharacters)
    return `a token of more than ${LIMITS.tokenCharacters} characters`;
  if (/[\s,]/.test(token)) return "more than one token, or one with a space in it";
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    const claims = decodeJwt(token);
    const issuer = typeof claims.iss === "string" ? claims.iss : "";
    return { algorithm: String(alg), keyId: typeof kid === "string" ? kid : null, issuer, claims };
  } catch {
    // Whatever the library finds wrong with it: it is no token.
    return "something that is no JSON Web Token";
  }
}

/** Of what stands in a claim, no more than names it. An address in it may hold a key, or be a ping URL. */
export function shownValue(value: unknown): string {
  const text = typeof value === "string" ? value : value === undefined ? "nothing" : JSON.stringify(value);
  return oneLine(redactSentence(text).replace(PING_URL_END, `/${CUT}`), SHOWN);
}

const PING_URL_END = /\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])/gi;

/** Null: it never ends. JSON can write numbers (`1e400`) that no clock reaches. */
export function endOf({ exp }: JWTPayload): number | null {
  const endsAt = Math.floor((exp ?? Number.POSITIVE_INFINITY) * 1_000);
  return Number.isSafeInteger(endsAt) ? endsAt : null;
}

export const ENDLESS = refused("malformed", "a token that never ends");

/**
 * By its id. One without, or with an empty one, is known by all that was signed: its signature can be written in more
 * than one way, and would be another each time.
 */
export async function onceOf(
  { iss, jti }: JWTPayload,
  { token, endsAt }: { token: string; endsAt: number },
): Promise<{ id: string; untilAt: number }> {
  const isNamed = typeof jti === "string" && jti !== "";
  const id = isNamed ? `${iss ?? ""}\n${jti}` : token.slice(0, token.lastIndexOf("."));
  return { id: await fingerprint(id), untilAt: endsAt + LIMITS.proofSkewMs };
}

/** The reason of a failed verification. Throws what is no error of the library: that is our own mistake. */
export function refusalOf(error: unknown, nowAt: number): Finding {
  if (error instanceof errors.JWTExpired) {
    return error.claim === "iat"
      ? refused("too_old", `a token made ${momentOf(error.payload.iat, nowAt)}`)
      : refused("expired", `a token that ended ${momentOf(error.payload.exp, nowAt)}`);
  }
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefusal(error, nowAt);
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return refused("bad_signature", "a token whose signature its key does not make");
  }
  if (error instanceof errors.JOSEAlgNotAllowed)
    return refused("alg_not_allowed", "a token of another algorithm");
  if (error instanceof errors.JWKSNoMatchingKey) {
    return refused("unknown_key", "a token signed with a key that its issuer does not list");
  }
  if (error instanceof errors.JOSEError) return refused("malformed", "a token that cannot be read");
  throw error;
}

function claimRefusal(error: errors.JWTClaimValidationFailed, nowAt: number): Finding {
  const { claim, reason, payload } = error;
  const seen = `a token with ${claim} ${shownValue(payload[claim])}`;
  if (claim === "aud") return refused("wrong_audience", `a token for ${shownValue(payload.aud)}`);
  if (claim === "iss") return refused("wrong_issuer", seen);
  if (reason !== "check_failed") {
    return refused(
      "malformed",
      `a token whose ${claim} is ${reason === "missing" ? "missing" : "no number"}`,
    );
  }
  if (claim === "nbf" || claim === "iat") {
    return refused("not_yet_valid", `a token that is good ${momentOf(payload[claim], nowAt)}`);
  }
  return refused("claim_mismatch", seen);
}

/** In whole seconds: `35s ago`, `120s from now`. */
function momentOf(seconds: number | undefined, nowAt: number): string {
  const off = Math.round((seconds ?? 0) - nowAt / 1_000);
  return off < 0 ? `${-off}s ago` : `${off}s from now`;
}
