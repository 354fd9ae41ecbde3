/**
 * What a caller must show, as data: nearly every platform's proof is one of these six schemes with other names in it. A
 * contract holds no secret; those are kept beside it, two at once while one is being replaced.
 */

/** Who a proof is of. A manual run never satisfies a window (unless the monitor says so). */
export const PRINCIPALS = ["scheduler", "manual"] as const;
export type Principal = (typeof PRINCIPALS)[number];

export const SCHEMES = ["bearer", "header", "basic", "hmac", "jwt_hs256", "oidc"] as const;
export type Scheme = (typeof SCHEMES)[number];

interface Common {
  /** The preset it was made from, for words; null: written by hand. */
  preset: string | null;
  principal: Principal;
  /** Methods by which the platform calls, upper case; null: any. */
  methods: readonly string[] | null;
}

/** `Authorization: Bearer <secret>`. */
export interface BearerContract extends Common {
  scheme: "bearer";
}

/** The secret in a header of its own. */
export interface HeaderContract extends Common {
  scheme: "header";
  /** Lower case. */
  header: string;
}

export interface BasicContract extends Common {
  scheme: "basic";
  user: string;
}

/** HMAC-SHA256 over a text made of the request. */
export interface HmacContract extends Common {
  scheme: "hmac";
  signatureHeader: string;
  encoding: "hex" | "base64";
  /** What stands before the signature: `sha256=`, `v0=`, `v1,`; empty: nothing. */
  prefix: string;
  /** Several signatures may stand in the header, separated by this (a space in Standard Webhooks); null: one. */
  listSeparator: string | null;
  /** The header is a list of `name=value` (`t=1&s=ab`): its separator, and the name of the signature; null: it is not. */
  fields: { separator: string; signature: string } | null;
  /** Where the time stamp stands; null: there is none, and only the id tells a replay. */
  timestamp: { from: "header" | "field"; name: string; unit: "s" | "ms"; toleranceMs: number } | null;
  /** What is signed: `{timestamp}`, `{id}`, `{body}`, `{method}`, `{url}` filled in. `{body}` alone: the raw body. */
  template: string;
  /** `canonical_json`: RFC 8785 of the body instead of its bytes. */
  body: "raw" | "canonical_json";
  /** The header that names this one message: with the signature it tells a replay; null: the signature alone does. */
  idHeader: string | null;
  secret: {
    encoding: "utf8" | "base64";
    /** Regular expression of what is cut off before it: words and at most two of `\w+`, `\d+`, so that it takes no time. */
    strip: string | null;
  };
}

/** A JSON Web Token signed with a shared secret. */
export interface JwtContract extends Common {
  scheme: "jwt_hs256";
  header: string;
  issuer: string;
  audience: string | null;
  /** `sub` is the address that was called, to the letter. */
  isSubjectUrl: boolean;
  /** The claim that holds base64url(SHA-256(raw body)); null: the body is not bound. */
  bodyHashClaim: string | null;
}

/** An identity token that a platform made for the job, proven with the platform's public keys. */
export interface OidcContract extends Common {
  scheme: "oidc";
  issuer: string;
  /** Further spellings of the same issuer (Google has two). */
  issuerAliases: readonly string[];
  audience: string;
  algorithms: readonly ("RS256" | "ES256" | "PS256" | "EdDSA")[];
  /** Claims that must have one of these values; dots lead into objects. */
  require: Readonly<Record<string, readonly string[]>>;
  /** The address of the issuer's keys; null: from its discovery document. */
  jwksUrl: string | null;
  /** The keys themselves, for issuers that cannot be reached: nothing is fetched then. */
  jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | null;
  maxAgeMs: number | null;
  /** A token is good for one check-in (platforms that make one a request); false where a job has one for all. */
  isOnce: boolean;
  /** What the token tells of the run it was made for; null: nothing. */
  run: {
    /** Claims joined by `.` to the run id: `["run_id", "run_attempt"]`. */
    id: readonly string[];
    /** The claim that says what began the run, its values that mean the schedule, and those never let in. */
    event: { claim: string; scheduled: readonly string[]; refused: readonly string[] } | null;
  } | null;
}

export type Contract =
  | BearerContract
  | HeaderContract
  | BasicContract
  | HmacContract
  | JwtContract
  | OidcContract;

/** A contract in use: its name, and its secrets opened (none for OIDC). An empty list is `not_configured`. */
export interface NamedContract {
  name: string;
  contract: Contract;
  secrets: readonly string[];
}

/** A contract as a project keeps it. */
export interface StoredContract {
  contract: Contract;
  /** The current one first; at most two. `endsAt`: when the old one is good no longer; null: until it is taken away. */
  secrets: readonly { id: string; sealed: string; addedAt: number; endsAt: number | null }[];
  createdAt: number;
  /** When scheme or secrets last changed: whatever was verified before is stale. */
  changedAt: number;
}

/** Names that stand for what is always there: ping keys and the bare ping URL. */
export const BUILT_IN_CONTRACTS = ["key", "ping_url"] as const;
/** What is accepted where neither monitor nor project says. */
export const ACCEPTED_BY_DEFAULT: readonly string[] = [...BUILT_IN_CONTRACTS];
