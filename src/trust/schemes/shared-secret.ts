/** Secrets that come as they are: as a bearer token, in a header of their own, or as a password. */
import type { BasicContract, BearerContract, HeaderContract } from "../../domain/trust/contract.ts";
import { KEY_PREFIX } from "../../domain/key-text.ts";
import { fromBase64, isSameBytes, sha256, textOf, utf8 } from "../bytes.ts";
import { ABSENT, authorizationOf, headerOf, isTokenLike, met, refused } from "./scheme.ts";
import type { Call, Finding } from "./scheme.ts";

/** Spaces around a secret never arrive: HTTP takes them off header values. */
export function usableSecrets(secrets: readonly string[]): string[] {
  return secrets.map((secret) => secret.trim()).filter((secret) => secret !== "");
}

export async function findBearer(
  _contract: BearerContract,
  secrets: readonly string[],
  { request }: Call,
): Promise<Finding> {
  const came = authorizationOf(request);
  if (came?.scheme !== "bearer") return ABSENT;
  if (await isAnyOf(came.rest, usableSecrets(secrets))) return met("the bearer secret", null);
  if (came.rest === "") return refused("malformed", "Bearer with nothing behind it");
  // A platform's identity token is the proof of another contract, not a wrong secret.
  if (isTokenLike(came.rest)) return ABSENT;
  if (/[\s,]/.test(came.rest))
    return refused("malformed", "Authorization twice, or with a space in its token");
  return refused("bad_signature", `a bearer token, ${faultOf(came.rest)}`);
}

export async function findHeader(
  contract: HeaderContract,
  secrets: readonly string[],
  { request }: Call,
): Promise<Finding> {
  const came = headerOf(request, contract.header);
  if (came === null) return ABSENT;
  if (await isAnyOf(came, usableSecrets(secrets))) return met(`the secret in ${contract.header}`, null);
  if (came === "") return refused("malformed", `${contract.header} with nothing in it`);
  if (came.includes(", ")) return refused("malformed", `${contract.header} more than once`);
  return refused("bad_signature", `a secret in ${contract.header}, ${faultOf(came)}`);
}

export async function findBasic(
  contract: BasicContract,
  secrets: readonly string[],
  { request }: Call,
): Promise<Finding> {
  const came = authorizationOf(request);
  if (came?.scheme !== "basic") return ABSENT;
  const bytes = fromBase64(came.rest);
  const text = bytes === null ? null : textOf(bytes);
  if (text === null || !text.includes(":")) {
    return refused("malformed", "Basic without a user name and a password in base64");
  }
  const wanted = usableSecrets(secrets).map((secret) => `${contract.user}:${secret}`);
  if (await isAnyOf(text, wanted)) return met(`the user ${contract.user}`, null);
  return refused("bad_signature", "a user name and password (Basic) of which one is wrong");
}

/** Each is compared whichever was met, by digests: how long it takes tells neither which nor how much was right. */
async function isAnyOf(shown: string, secrets: readonly string[]): Promise<boolean> {
  const digest = await sha256(utf8(shown));
  let isAny = false;
  for (const secret of secrets) {
    const isThis = isSameBytes(digest, await sha256(utf8(secret)));
    isAny = isThis || isAny;
  }
  return isAny;
}

/** Secrets that were never filled in are told by name: nobody's secret is given away, and the cause is found at once. */
function faultOf(shown: string): string {
  if (["undefined", "null", "[object Object]"].includes(shown)) {
    return `which says "${shown}": the caller's own secret is not set`;
  }
  if (/^\$\{?\w+\}?$/.test(shown)) return "which is the name of a variable that was not filled in";
  if (shown.startsWith(KEY_PREFIX)) return "which is a key of Rollcall and not the secret";
  return "which is not the secret";
}
