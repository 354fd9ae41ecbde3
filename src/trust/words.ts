/**
 * What was expected and what came, for people: never anything of a secret or a token, and of what strangers write only
 * names and issuers, cleaned and cut.
 */
import { oneLine } from "../domain/clean-text.ts";
import type { NamedContract } from "../domain/trust/contract.ts";
import type { BoundaryRequest } from "../domain/trust/decision.ts";
import { PRESETS } from "../domain/trust/presets.ts";
import { authorizationOf, headerOf, isTokenLike } from "./schemes/scheme.ts";
import { readClaimed, shownValue } from "./schemes/token.ts";

const NAMED = 3;
const SENTENCE_CHARACTERS = 300;

/** Fit to be told: contracts hold texts of people too. */
export function told(words: string): string {
  return oneLine(words, SENTENCE_CHARACTERS);
}

/** `wanted`: what exactly; null: the scheme says it. */
export function expectedWords({ name, contract }: NamedContract, wanted: string | null = null): string {
  return told(`${wanted ?? schemeWords(contract)} (contract ${name})`);
}

export function expectedOfAny(contracts: readonly NamedContract[]): string {
  if (contracts.length === 0) return "a contract: none is set";
  const named = contracts.slice(0, NAMED).map((each) => expectedWords(each));
  const rest = contracts.length - named.length;
  return told([...named, ...(rest > 0 ? [`one of ${rest} more`] : [])].join(", or "));
}

function schemeWords(contract: NamedContract["contract"]): string {
  switch (contract.scheme) {
    case "bearer":
      return "a bearer token in authorization";
    case "header":
      return `a secret in ${contract.header}`;
    case "basic":
      return "a user name and password (Basic) in authorization";
    case "hmac":
      return `an HMAC signature in ${contract.signatureHeader}`;
    case "jwt_hs256":
      return `a signed token (JWT) of ${contract.issuer} in ${contract.header}`;
    case "oidc":
      return `an identity token (JWT) of ${contract.issuer} in authorization`;
  }
}

export interface Seen {
  hasCredentials: boolean;
  words: string;
}

/** What came, of whatever contract: found by the header names of every platform and of the contracts at hand. */
export function seenIn(request: BoundaryRequest, contracts: readonly NamedContract[]): Seen {
  const found = [...inAuthorization(request), ...inHeaders(request, contracts)];
  if (found.length > 0) {
    return { hasCredentials: true, words: told(found.slice(0, NAMED).join(" and ")) };
  }
  const hints = hintsIn(request);
  const only = hints.length === 0 ? "" : `; only hints that prove nothing: ${hints.join(", ")}`;
  return { hasCredentials: false, words: told(`no credentials${only}`) };
}

/** Other kinds by name, if it is one that is known: an unknown word there could be the secret itself. */
export const OTHER_KINDS = [
  "basic",
  "digest",
  "negotiate",
  "ntlm",
  "token",
  "apikey",
  "hawk",
  "dpop",
  "aws4-hmac-sha256",
];

function inAuthorization(request: BoundaryRequest): string[] {
  const came = authorizationOf(request);
  if (came === null || came.scheme === "") return [];
  if (came.scheme === "basic") return ["a user name and password (Basic)"];
  if (came.scheme === "bearer") return [isTokenLike(came.rest) ? tokenWords(came.rest) : "a bearer token"];
  const kind = OTHER_KINDS.includes(came.scheme) ? ` (${came.scheme})` : "";
  return [`an authorization of another kind${kind}`];
}

function tokenWords(token: string): string {
  const claimed = readClaimed(token);
  if (typeof claimed === "string") return claimed;
  const kind = claimed.algorithm.startsWith("HS") ? "a signed token" : "an identity token";
  return claimed.issuer === "" ? `${kind} (JWT)` : `${kind} (JWT) of ${shownValue(claimed.issuer)}`;
}

/** Names that look like a proof's though no platform is known by them. */
const LIKELY = /(^|-)(signature|secret|api-?key|token)(-|$)/;
/** A form's own token is none, nor what a host's proxies tell its own machines (`x-vercel-oidc-token`) of every call. */
const NOT_LIKELY =
  /csrf|xsrf|^(x-vercel|x-amz|x-amzn|x-goog|x-appengine|x-ms|x-azure|x-nf|x-forwarded|x-middleware|cf|fly|sec)-/;

function inHeaders(request: BoundaryRequest, contracts: readonly NamedContract[]): string[] {
  const known = new Map<string, string>();
  for (const { name, contract } of PRESETS) noteHeader(known, contract, ` (as ${name} sends it)`);
  for (const { contract } of contracts) noteHeader(known, contract, "");
  return Object.keys(request.headers).flatMap((name) => {
    if (headerOf(request, name) === "") return [];
    const words = known.get(name);
    if (words !== undefined) return [words];
    if (!LIKELY.test(name) || NOT_LIKELY.test(name)) return [];
    const kind = name.includes("signature") ? "a signature" : "a secret";
    return [`${kind} in ${shownValue(name)}`];
  });
}

function noteHeader(known: Map<string, string>, contract: NamedContract["contract"], by: string): void {
  if (contract.scheme === "hmac") {
    known.set(contract.signatureHeader, `an HMAC signature in ${contract.signatureHeader}${by}`);
  } else if (contract.scheme === "header" && contract.header !== "") {
    known.set(contract.header, `a secret in ${contract.header}${by}`);
  } else if (contract.scheme === "jwt_hs256" && contract.header !== "authorization") {
    known.set(contract.header, `a signed token (JWT) in ${contract.header}${by}`);
  }
}

/** A user agent is a hint only where it is a platform's: everybody has one. */
function hintsIn(request: BoundaryRequest): string[] {
  const found = PRESETS.flatMap(({ hints }) =>
    Object.entries(hints).flatMap(([name, likely]) => {
      const value = headerOf(request, name);
      if (value === null) return [];
      if (name !== "user-agent") return [name];
      const [product = ""] = likely.split("/", 1);
      return value.toLowerCase().startsWith(product.toLowerCase()) ? [`user-agent ${product}`] : [];
    }),
  );
  return [...new Set(found)];
}
