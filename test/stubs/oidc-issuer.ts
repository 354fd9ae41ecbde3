/**
 * An issuer of identity tokens on loopback, as platforms run them: its discovery document, its keys, and tokens signed with
 * them. It makes what it is asked for, wrong ones too.
 */
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from "jose";
import { answering, startHttpReceiver, type HttpReceiver } from "./http-receiver.ts";

type Algorithm = "RS256" | "ES256";

export interface OidcIssuer {
  /** Its `iss`: where it listens. */
  url: string;
  jwksUrl: string;
  /** How often its keys were asked for. */
  keysAsked(): number;
  /** Makes a token; `claims` stand over the usual ones. */
  token(
    claims: JWTPayload,
    how?: { keyId?: string; audience?: string; at?: number; lifeMs?: number },
  ): Promise<string>;
  /** A new key pair; the old one is listed no longer. */
  rotate(keyId: string): Promise<void>;
  /** It answers nothing but this status until it is null again. */
  fail(status: number | null): void;
  jwks(): { keys: Record<string, unknown>[] };
  close(): Promise<void>;
}

export async function startOidcIssuer(algorithm: Algorithm = "RS256"): Promise<OidcIssuer> {
  let failing: number | null = null;
  let asked = 0;
  let current = await newKey("key-1", algorithm);
  const made = new Map([[current.id, current]]);
  const receiver: HttpReceiver = await startHttpReceiver((received, response) => {
    if (failing !== null) return answering({ status: failing })(received, response);
    const path = received.path.split("?")[0];
    const isKeys = path === "/.well-known/jwks";
    if (isKeys) asked += 1;
    const told = isKeys
      ? issuer.jwks()
      : path === "/.well-known/openid-configuration"
        ? { issuer: issuer.url, jwks_uri: issuer.jwksUrl }
        : null;
    answering({ status: told === null ? 404 : 200, body: JSON.stringify(told) })(received, response);
  });
  const issuer: OidcIssuer = {
    url: receiver.url,
    jwksUrl: `${receiver.url}/.well-known/jwks`,
    keysAsked: () => asked,
    async token(
      claims,
      { keyId = current.id, audience = "rollcall", at = Date.now(), lifeMs = 300_000 } = {},
    ) {
      const key = made.get(keyId) ?? (await newKey(keyId, algorithm));
      const seconds = Math.floor(at / 1_000);
      const usual = {
        iss: receiver.url,
        aud: audience,
        iat: seconds,
        nbf: seconds,
        exp: seconds + lifeMs / 1_000,
      };
      return new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg: algorithm, kid: keyId, typ: "JWT" })
        .sign(key.privateKey);
    },
    async rotate(keyId) {
      current = await newKey(keyId, algorithm);
      made.set(keyId, current);
    },
    fail: (status) => {
      failing = status;
    },
    jwks: () => ({ keys: [current.shown] }),
    close: () => receiver.close(),
  };
  return issuer;
}

async function newKey(id: string, algorithm: Algorithm) {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const shown: Record<string, unknown> = {
    ...(await exportJWK(publicKey)),
    kid: id,
    alg: algorithm,
    use: "sig",
  };
  return { id, privateKey, shown };
}
