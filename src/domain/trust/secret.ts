/** A shared secret as somebody gives it: what is wrong with it, told without repeating any of it. */
import { KEY_PREFIX } from "../key-text.ts";
import { LIMITS } from "../limits.ts";
import type { Contract } from "./contract.ts";

/** Null: it can be used. */
export function secretProblem(secret: string, contract: Contract): string | null {
  if (contract.scheme === "oidc") {
    return "an oidc contract has none: its tokens are proven with the public keys of their issuer";
  }
  if (secret.trim() === "") {
    return "is empty: a variable that was never set, or whose value got lost on its way, looks like this";
  }
  // What was piped in often ends in a line break, and then no caller has the same secret.
  if (secret !== secret.trim()) return "begins or ends with a space or line break: leave that out";
  if (secret.length < LIMITS.secretShortest) {
    return `has ${secret.length} characters and could be guessed: use ${LIMITS.secretShortest} or more, from a random source`;
  }
  if (secret.length > LIMITS.secretCharacters) {
    return `has ${secret.length} characters; at most ${LIMITS.secretCharacters} are allowed`;
  }
  if (secret.startsWith(KEY_PREFIX)) {
    return `begins with ${KEY_PREFIX} and is a key of Rollcall: accept "key" instead, or make another secret`;
  }
  return formProblem(secret, contract);
}

/** What nobody could ever show, or sign with. */
function formProblem(secret: string, contract: Contract): string | null {
  const isInHeader = contract.scheme === "bearer" || contract.scheme === "header";
  // Such letters arrive as others, by the character set that each client takes for headers.
  if (isInHeader && !/^[\x20-\x7e]+$/.test(secret)) {
    return "has characters that do not arrive in a header as they are: use letters, digits and signs of ASCII";
  }
  if (contract.scheme !== "hmac" || contract.secret.encoding !== "base64") return null;
  const { strip } = contract.secret;
  const text = strip === null ? secret : secret.replace(new RegExp(`^(?:${strip})`), "");
  const plain = text.replace(/=+$/, "");
  const isBase64 = /^[\w+/-]+$/.test(plain) && plain.length % 4 !== 1;
  return isBase64 ? null : "is no base64, which is what the platform makes its keys of: copy it once more";
}
