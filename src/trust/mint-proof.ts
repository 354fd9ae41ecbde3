/** Makes the proof that a contract asks for, where its secret is known: for verifying boundaries, and for tests. */
import { SignJWT } from "jose";
import type { HmacContract, JwtContract, NamedContract } from "../domain/trust/contract.ts";
import { hmacSha256, sha256, toBase64, toHex, utf8 } from "./bytes.ts";
import { keysOf, signedText } from "./schemes/hmac.ts";
import { usableSecrets } from "./schemes/shared-secret.ts";

/** As long as QStash's are good. */
const TOKEN_SECONDS = 300;

export interface MintedCall {
  method: string;
  url: string;
  body: Uint8Array;
  at: number;
  /** Names this one message. */
  id: string;
}

/** Headers that prove the call; null where only the platform can make them (OIDC), or no secret is set. */
export async function mintProof(
  { contract, secrets }: NamedContract,
  call: MintedCall,
): Promise<Readonly<Record<string, string>> | null> {
  const [secret] = usableSecrets(secrets);
  if (secret === undefined) return null;
  switch (contract.scheme) {
    case "bearer":
      return { authorization: `Bearer ${secret}` };
    case "header":
      return { [contract.header]: secret };
    case "basic":
      return { authorization: `Basic ${toBase64(utf8(`${contract.user}:${secret}`))}` };
    case "hmac":
      return hmacProof(contract, secrets, call);
    case "jwt_hs256":
      return jwtProof(contract, secrets, call);
    case "oidc":
      return null;
  }
}

async function hmacProof(
  contract: HmacContract,
  secrets: readonly string[],
  call: MintedCall,
): Promise<Readonly<Record<string, string>> | null> {
  const { timestamp: stamped, fields, signatureHeader, idHeader, prefix, encoding } = contract;
  const [key] = keysOf(contract, secrets);
  const timestamp =
    stamped === null ? "" : String(stamped.unit === "s" ? Math.floor(call.at / 1_000) : call.at);
  const text = signedText(contract, call, { body: call.body, id: call.id, timestamp });
  if (key === undefined || text === null) return null;
  const made = await hmacSha256(key, text);
  const signature = `${prefix}${encoding === "hex" ? toHex(made) : toBase64(made)}`;
  const timeField = stamped?.from === "field" ? [`${stamped.name}=${timestamp}`] : [];
  return {
    [signatureHeader]:
      fields === null ? signature : [...timeField, `${fields.signature}=${signature}`].join(fields.separator),
    ...(stamped?.from === "header" ? { [stamped.name]: timestamp } : {}),
    ...(idHeader === null ? {} : { [idHeader]: call.id }),
  };
}

async function jwtProof(
  contract: JwtContract,
  secrets: readonly string[],
  { url, body, at, id }: MintedCall,
): Promise<Readonly<Record<string, string>> | null> {
  const secret = secrets.find((each) => each.trim() !== "");
  if (secret === undefined) return null;
  const { header, issuer, audience, isSubjectUrl, bodyHashClaim } = contract;
  const seconds = Math.floor(at / 1_000);
  const token = await new SignJWT({
    iss: issuer,
    ...(audience === null ? {} : { aud: audience }),
    ...(isSubjectUrl ? { sub: url } : {}),
    iat: seconds,
    nbf: seconds,
    exp: seconds + TOKEN_SECONDS,
    jti: id,
    ...(bodyHashClaim === null ? {} : { [bodyHashClaim]: urlSafe(toBase64(await sha256(body))) }),
  })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .sign(utf8(secret));
  return { [header]: header === "authorization" ? `Bearer ${token}` : token };
}

function urlSafe(base64: string): string {
  return base64.replace(/\+/g, "-").replace(/\//g, "_");
}
