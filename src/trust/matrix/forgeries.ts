/** Proofs made without knowing the secret: at random, from a secret that was never set, or signed by nobody. */
import { generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import type { Contract, JwtContract, NamedContract, OidcContract } from "../../domain/trust/contract.ts";
import type { Call } from "./call.ts";
import type { Tried } from "./case.ts";

export interface Forgery {
  call: Call;
  /** What is wrong with who lets it in. */
  flaw: string;
}

export async function forgeries(tried: Tried): Promise<readonly Forgery[]> {
  const { contract } = tried.scheduler;
  const made = contract.scheme === "oidc" ? await forgedTokens(tried, contract) : await wrongSecrets(tried);
  if (contract.scheme !== "jwt_hs256") return made;
  return [...made, unsigned(tried, contract)];
}

const UNSET_FLAW = "fails open: the secret is unset, and proof made with nothing is let in";

async function wrongSecrets(tried: Tried): Promise<Forgery[]> {
  const { scheduler } = tried;
  const [secret = ""] = scheduler.secrets;
  const random = await proofWith(tried, randomLike(secret, scheduler, tried.random));
  // What a variable that is not set becomes where it is put into a text.
  const unset = await proofWith(tried, "undefined");
  return [
    ...(random === null ? [] : [{ call: random, flaw: "lets in with a wrong secret" }]),
    ...(unset === null ? [] : [{ call: unset, flaw: UNSET_FLAW }]),
    ...withEmptySecret(tried),
  ];
}

function withEmptySecret({ scheduler, method, url }: Tried): Forgery[] {
  const headers = emptyProof(scheduler.contract);
  return headers === null ? [] : [{ call: { method, url, headers, body: "" }, flaw: UNSET_FLAW }];
}

/** Proof made with no secret at all; null where that needs one. */
function emptyProof(contract: Contract): Readonly<Record<string, string>> | null {
  switch (contract.scheme) {
    case "bearer":
      return { authorization: "Bearer" };
    case "header":
      return { [contract.header]: "" };
    case "basic":
      return { authorization: `Basic ${btoa(`${contract.user}:`)}` };
    default:
      return null;
  }
}

async function proofWith(tried: Tried, secret: string): Promise<Call | null> {
  const minted = await tried.mint({ ...tried.scheduler, secrets: [secret] });
  return minted === null ? null : { url: tried.url, ...minted };
}

/** What says whose kind of secret it is (`rck_ping_default_`, `sk_live_`): without it, only the form would be refused. */
const PREFIX = /^\w+_(?=[A-Za-z0-9]{16,}$)/;

/** As long, and of the same form: what is cut off before it, a prefix and what is no letter or digit stays. */
function randomLike(secret: string, { contract }: NamedContract, random: Tried["random"]): string {
  const strip = contract.scheme === "hmac" ? contract.secret.strip : null;
  const [kept = ""] = (strip === null ? PREFIX : new RegExp(strip)).exec(secret) ?? [];
  const letters = random(secret.length);
  return (
    kept + secret.slice(kept.length).replaceAll(/[A-Za-z0-9]/g, (_letter, at: number) => letters[at] ?? "0")
  );
}

const LIFE_SECONDS = 300;

/** Everything in the token is right, but it is not the issuer's: signed with a key of our own, or not at all. */
async function forgedTokens(tried: Tried, contract: OidcContract): Promise<Forgery[]> {
  const claims = claimsFor(contract);
  const atSeconds = Math.floor(tried.now() / 1_000);
  const [algorithm = "RS256"] = contract.algorithms;
  const { privateKey } = await generateKeyPair(algorithm);
  const foreign = await new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, kid: `forged-${tried.random(8)}`, typ: "JWT" })
    .setIssuer(contract.issuer)
    .setAudience(contract.audience)
    .setIssuedAt(atSeconds)
    .setExpirationTime(atSeconds + LIFE_SECONDS)
    .sign(privateKey);
  const open = new UnsecuredJWT(claims)
    .setIssuer(contract.issuer)
    .setAudience(contract.audience)
    .setIssuedAt(atSeconds)
    .setExpirationTime(atSeconds + LIFE_SECONDS)
    .encode();
  const { method, url } = tried;
  const shown = (token: string) => ({ method, url, headers: { authorization: `Bearer ${token}` }, body: "" });
  return [
    { call: shown(foreign), flaw: "lets in with a token that somebody else signed" },
    { call: shown(open), flaw: "lets in with a token that nobody signed (alg none)" },
  ];
}

function claimsFor({ require, run }: OidcContract): Record<string, unknown> {
  const claims: Record<string, unknown> = { sub: "forged" };
  for (const [path, [value]] of Object.entries(require)) put(claims, path.split("."), value);
  for (const claim of run?.id ?? []) claims[claim] ??= "1";
  if (run?.event != null) claims[run.event.claim] = run.event.scheduled[0];
  return claims;
}

function put(into: Record<string, unknown>, [name = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) into[name] = value;
  else put((into[name] ??= {}) as Record<string, unknown>, rest, value);
}

function unsigned({ method, url, random, now }: Tried, contract: JwtContract): Forgery {
  const atSeconds = Math.floor(now() / 1_000);
  const token = new UnsecuredJWT({ jti: random(24), ...(contract.isSubjectUrl ? { sub: url } : {}) })
    .setIssuer(contract.issuer)
    .setAudience(contract.audience ?? url)
    .setIssuedAt(atSeconds)
    .setExpirationTime(atSeconds + LIFE_SECONDS)
    .encode();
  const shown = contract.header === "authorization" ? `Bearer ${token}` : token;
  const call = { method, url, headers: { [contract.header]: shown }, body: "" };
  return { call, flaw: "lets in with a token that nobody signed (alg none)" };
}
