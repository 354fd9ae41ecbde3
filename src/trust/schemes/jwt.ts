/** Tokens signed with a shared secret, bound to the address that was called and to the body, as QStash makes them. */
import { jwtVerify } from "jose";
import type { JWTPayload } from "jose";
import { LIMITS } from "../../domain/limits.ts";
import type { JwtContract } from "../../domain/trust/contract.ts";
import type { BoundaryRequest } from "../../domain/trust/decision.ts";
import { sha256, toBase64, utf8 } from "../bytes.ts";
import { ABSENT, authorizationOf, headerOf, isTokenLike, met, refused } from "./scheme.ts";
import type { Call, Finding } from "./scheme.ts";
import { ENDLESS, endOf, onceOf, readClaimed, refusalOf, shownValue } from "./token.ts";

export async function findJwt(
  contract: JwtContract,
  secrets: readonly string[],
  { request, nowAt }: Call,
): Promise<Finding> {
  const token = tokenIn(contract, request);
  if (token === null) return ABSENT;
  const claimed = readClaimed(token);
  if (typeof claimed === "string") return refused("malformed", claimed);
  if (claimed.issuer !== contract.issuer) {
    return refused(
      "wrong_issuer",
      `a token of ${shownValue(claimed.issuer)}`,
      `a token of ${contract.issuer}`,
    );
  }
  if (claimed.algorithm !== "HS256") {
    return refused(
      "alg_not_allowed",
      `a token of algorithm ${shownValue(claimed.algorithm)}`,
      "algorithm HS256",
    );
  }
  const proven = await proof(contract, secrets.filter(isFit), { token, nowAt });
  if ("is" in proven) return proven;
  const endsAt = endOf(proven.claims);
  if (endsAt === null) return ENDLESS;
  return (
    addressFault(contract, proven.claims, request) ??
    (await bodyFault(contract, proven.claims, request)) ??
    met(`the signed token of ${contract.issuer}`, await onceOf(proven.claims, { token, endsAt }))
  );
}

function isFit(secret: string): boolean {
  return secret.trim() !== "";
}

function tokenIn({ header }: JwtContract, request: BoundaryRequest): string | null {
  if (header !== "authorization") return headerOf(request, header);
  const came = authorizationOf(request);
  return came?.scheme === "bearer" && isTokenLike(came.rest) ? came.rest : null;
}

/** Every secret is tried, whichever was met. What is wrong with a token that one of them made is told before all else. */
async function proof(
  { audience }: JwtContract,
  secrets: readonly string[],
  { token, nowAt }: { token: string; nowAt: number },
): Promise<{ claims: JWTPayload } | Finding> {
  let proven: { claims: JWTPayload } | null = null;
  let nearest: Finding | null = null;
  for (const secret of secrets) {
    try {
      const { payload } = await jwtVerify(token, utf8(secret), {
        algorithms: ["HS256"],
        requiredClaims: ["exp"],
        clockTolerance: LIMITS.proofSkewMs / 1_000,
        currentDate: new Date(nowAt),
        ...(audience === null ? {} : { audience }),
      });
      proven = { claims: payload };
    } catch (error) {
      const refusal = refusalOf(error, nowAt);
      const isMade = refusal.is === "refused" && refusal.reason !== "bad_signature";
      if (nearest === null || isMade) nearest = refusal;
    }
  }
  return proven ?? nearest ?? refused("not_configured", "a token, and no secret to prove it by");
}

function addressFault(contract: JwtContract, claims: JWTPayload, { url }: BoundaryRequest): Finding | null {
  if (!contract.isSubjectUrl || isSameAddress(claims.sub ?? "", url)) return null;
  const seen = `a token for ${shownAddress(claims.sub ?? "")}${differenceIn(claims.sub ?? "", url)}`;
  return refused("url_mismatch", seen, `a token for ${shownAddress(url)}`);
}

function isSameAddress(one: string, other: string): boolean {
  if (one === other) return true;
  // One host is written in several ways (capitals, a default port, no path); a path or a query is not.
  return URL.canParse(one) && URL.canParse(other) && new URL(one).href === new URL(other).href;
}

/** Without its query, which may hold secrets. */
function shownAddress(address: string): string {
  if (!URL.canParse(address)) return "what is no address";
  const { origin, pathname } = new URL(address);
  return shownValue(`${origin}${pathname}`);
}

function differenceIn(one: string, other: string): string {
  if (!URL.canParse(one) || !URL.canParse(other)) return "";
  const [first, second] = [new URL(one), new URL(other)];
  if (first.origin !== second.origin) {
    return first.host === second.host
      ? " (http and https differ: is a proxy in between?)"
      : " (another host)";
  }
  if (first.pathname !== second.pathname) {
    const isSlash = first.pathname.replace(/\/$/, "") === second.pathname.replace(/\/$/, "");
    return isSlash ? " (a slash at the end differs)" : "";
  }
  return " (the query differs)";
}

async function bodyFault(
  { bodyHashClaim }: JwtContract,
  claims: JWTPayload,
  { body }: BoundaryRequest,
): Promise<Finding | null> {
  if (bodyHashClaim === null) return null;
  if (body === null) return refused("body_mismatch", "a body that was cut or broken off");
  const claimed = claims[bodyHashClaim];
  const isSame = typeof claimed === "string" && plain(claimed) === plain(toBase64(await sha256(body)));
  return isSame ? null : refused("body_mismatch", "a token for another body than came with it");
}

/** Both alphabets of base64 and both habits of padding are in use. */
function plain(base64: string): string {
  return base64.replace(/=+$/, "").replace(/\+/g, "-").replace(/\//g, "_");
}
