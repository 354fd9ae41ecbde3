/** Proofs made without knowing the secret: at random, from a secret that was never set, or signed by nobody. */
import { base64url, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import type { Contract, JwtContract, OidcContract } from "../../domain/trust/contract.ts";
import { sha256, toBase64, utf8 } from "../bytes.ts";
import { usableSecrets } from "../schemes/shared-secret.ts";
import type { Call } from "./call.ts";
import type { Tried } from "./case.ts";
import { bodyFor } from "./method.ts";

export interface Forgery {
  call: Call;
  /** What is wrong with who lets it in. */
  flaw: string;
}

export async function forgeries(tried: Tried): Promise<readonly Forgery[]> {
  const { contract } = tried.scheduler;
  const made = contract.scheme === "oidc" ? await forgedTokens(tried, contract) : await wrongSecrets(tried);
  if (contract.scheme !== "jwt_hs256") return made;
  return [...made, await unsigned(tried, contract)];
}

const UNSET_FLAW = "fails open: the secret is unset, and proof made with nothing is let in";
const PART_FLAW = "lets in with the beginning of the secret alone";
/** What a variable that is not set becomes where it is put into a text. */
const UNSET_TEXTS = ["undefined", "null", "None"];

/** Empty where no other secret can be made of the contract's form: then the case shows nothing. */
async function wrongSecrets(tried: Tried): Promise<Forgery[]> {
  const { contract, secrets } = tried.scheduler;
  const [secret = ""] = usableSecrets(secrets);
  const random = await proofWith(tried, randomLike(secret, contract, tried.random));
  if (random === null) return [];
  const made = await Promise.all([
    ...[...UNSET_TEXTS, ...emptyKey(contract)].map((text) => forgery(tried, text, UNSET_FLAW)),
    ...beginnings(secret, tried).map((text) => forgery(tried, text, PART_FLAW)),
  ]);
  return [
    { call: random, flaw: "lets in with a wrong secret" },
    ...made.filter((each) => each !== null),
    ...withEmptySecret(tried),
  ];
}

async function forgery(tried: Tried, secret: string, flaw: string): Promise<Forgery | null> {
  const call = await proofWith(tried, secret);
  return call === null ? null : { call, flaw };
}

/** HMAC fills a short key up with zeros, so that one of a single zero signs as the empty key does. */
function emptyKey(contract: Contract): string[] {
  if (contract.scheme === "jwt_hs256") return ["\0"];
  if (contract.scheme !== "hmac") return [];
  return [contract.secret.encoding === "base64" ? "AA==" : "\0"];
}

const FEW_CHARACTERS = 4;

/** Who compares as much as was shown, or only so much, is met by these. More than a quarter goes into no refused call. */
function beginnings(secret: string, { scheduler, random }: Tried): string[] {
  const isComparedItself = ["bearer", "header", "basic"].includes(scheduler.contract.scheme);
  if (!isComparedItself || secret.length < 4 * FEW_CHARACTERS) return [];
  const kept = Math.floor(secret.length / 4);
  return [secret.slice(0, FEW_CHARACTERS), secret.slice(0, kept) + random(secret.length - kept)];
}

function withEmptySecret({ scheduler, method, url }: Tried): Forgery[] {
  const headers = emptyProof(scheduler.contract);
  const body = bodyFor(method);
  return headers === null ? [] : [{ call: { method, url, headers, body }, flaw: UNSET_FLAW }];
}

/** Proof made with no secret at all; null where that needs one. */
function emptyProof(contract: Contract): Readonly<Record<string, string>> | null {
  switch (contract.scheme) {
    case "bearer":
      return { authorization: "Bearer" };
    case "header":
      return { [contract.header]: "" };
    case "basic":
      return { authorization: `Basic ${toBase64(utf8(`${contract.user}:`))}` };
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
function randomLike(secret: string, contract: Contract, random: Tried["random"]): string {
  const strip = contract.scheme === "hmac" ? contract.secret.strip : null;
  const [kept = ""] = (strip === null ? PREFIX : new RegExp(`^(?:${strip})`)).exec(secret) ?? [];
  const letters = random(secret.length);
  const made =
    kept + secret.slice(kept.length).replaceAll(/[A-Za-z0-9]/g, (_letter, at: number) => letters[at] ?? "0");
  return made === secret ? letters : made;
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
  const body = bodyFor(method);
  const shown = (token: string) => ({ method, url, headers: { authorization: `Bearer ${token}` }, body });
  return [
    { call: shown(foreign), flaw: "lets in with a token that somebody else signed" },
    { call: shown(open), flaw: "lets in with a token that nobody signed (alg none)" },
  ];
}

function claimsFor({ require, run }: OidcContract): Claims {
  const claims = noClaims();
  claims["sub"] = "forged";
  for (const [path, [value]] of Object.entries(require)) put(claims, path.split("."), value);
  for (const claim of run?.id ?? []) claims[claim] ??= "1";
  if (run?.event != null) claims[run.event.claim] = run.event.scheduled[0];
  return claims;
}

type Claims = Record<string, unknown>;

/** Claims may have any name: in an object without a prototype, `constructor` is one like any other. */
function noClaims(): Claims {
  return Object.create(null) as Claims;
}

function put(into: Claims, [name = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  const before = into[name];
  const inner = typeof before === "object" && before !== null ? (before as Claims) : noClaims();
  into[name] = inner;
  put(inner, rest, value);
}

async function unsigned({ method, url, random, now }: Tried, contract: JwtContract): Promise<Forgery> {
  const { header, issuer, audience, isSubjectUrl, bodyHashClaim } = contract;
  const atSeconds = Math.floor(now() / 1_000);
  const body = bodyFor(method);
  const bodyHash = base64url.encode(await sha256(utf8(body)));
  const token = new UnsecuredJWT({
    jti: random(24),
    ...(isSubjectUrl ? { sub: url } : {}),
    ...(bodyHashClaim === null ? {} : { [bodyHashClaim]: bodyHash }),
  })
    .setIssuer(issuer)
    .setAudience(audience ?? url)
    .setIssuedAt(atSeconds)
    .setExpirationTime(atSeconds + LIFE_SECONDS)
    .encode();
  const shown = header === "authorization" ? `Bearer ${token}` : token;
  const call = { method, url, headers: { [header]: shown }, body };
  return { call, flaw: "lets in with a token that nobody signed (alg none)" };
}
