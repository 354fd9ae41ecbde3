/** What a guard is made with, read once at the start: whatever is wrong with it is said there, and not to a scheduler. */
import { BUILT_IN_CONTRACTS, type Contract, type NamedContract } from "../domain/trust/contract.ts";
import { readContract } from "../domain/trust/read-contract.ts";
import { LIMITS } from "../domain/limits.ts";
import type { WaitUntil } from "./world.ts";

export interface GuardOptions {
  /** The server that is told, and a ping key of the project. Absent: the guard decides, and tells nobody. */
  rollcall?: { url: string | undefined; key: string | undefined };
  /** By name; a call must meet one of them. */
  contracts: Readonly<Record<string, GuardContract>>;
  /**
   * Where callers reach this program, like `https://app.example.com`, for proofs that are made over the address (QStash).
   * Absent: what the request says.
   */
  publicUrl?: string;
  /** A proxy in front sets `X-Forwarded-For`, `-Proto` and `-Host`, and they are believed. */
  trustProxy?: boolean;
  /** Takes work to be finished after the answer: Next.js' `after`. Vercel's and Workers' own is found without it. */
  waitUntil?: WaitUntil;
  /** Another `fetch`, for telling Rollcall and for the keys of issuers. */
  fetch?: typeof fetch;
  /** Is told, once each, what is wrong with a secret or keeps Rollcall from being told. Absent: `console.warn`. */
  onTrouble?: (sentence: string) => void;
}

/** The fields of a contract as `PUT /v1/contracts/<name>` takes them: a `preset` or a `scheme`, and what it asks for. */
export interface GuardContract {
  preset?: string;
  scheme?: string;
  principal?: "scheduler" | "manual";
  /** Two while one is being replaced. Unset or empty: nothing is let in by it, and the program starts all the same. */
  secret?: string | undefined | readonly (string | undefined)[];
  [field: string]: unknown;
}

const SECRETS_AT_ONCE = 2;

/** Throws an `Error` whose sentence names the contract and the field at fault. */
export function readContracts(
  given: GuardOptions["contracts"],
  warn: (sentence: string) => void,
): readonly NamedContract[] {
  const named = Object.entries(given);
  if (named.length === 0) throw new Error("A guard needs at least one contract: without one nobody gets in.");
  return named.map(([name, { secret, ...fields }]) => {
    const contract = readOne(name, fields);
    return { name, contract, secrets: readSecrets({ name, contract, secret }, warn) };
  });
}

function readOne(name: string, fields: Readonly<Record<string, unknown>>): Contract {
  if (!/^[a-z0-9][a-z0-9_-]{0,99}$/.test(name) || BUILT_IN_CONTRACTS.some((each) => each === name)) {
    throw new Error(
      `${JSON.stringify(name)} cannot be the name of a contract: small letters, digits, - and _, and not ` +
        `${BUILT_IN_CONTRACTS.join(" or ")}.`,
    );
  }
  const { contract, problems } = readContract(fields);
  if (contract !== null && problems.length === 0) return contract;
  const faults = problems.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`));
  throw new Error(`The contract ${JSON.stringify(name)} is not as it must be. ${faults.join("; ")}`);
}

/** A secret that is not there is told and never thrown: a program that does not start answers nobody. */
function readSecrets(
  { name, contract, secret }: { name: string; contract: Contract; secret: GuardContract["secret"] },
  warn: (sentence: string) => void,
): readonly string[] {
  const given = Array.isArray(secret) ? secret : [secret];
  if (contract.scheme === "oidc") {
    if (given.every((each) => each === undefined)) return [];
    throw new Error(
      `The contract ${name} has a secret, but tokens of an issuer are proven by its public keys.`,
    );
  }
  const secrets = given.filter((each: unknown) => typeof each === "string" && each.trim() !== "");
  if (secrets.length > SECRETS_AT_ONCE) {
    throw new Error(
      `The contract ${name} has ${secrets.length} secrets; two are good at once, while one is replaced.`,
    );
  }
  if (secrets.length === 0) {
    const what = given.every((each) => each === undefined) ? "is not set" : "has length 0";
    warn(`The secret of the contract ${name} ${what}: every call that needs it is refused (not_configured).`);
  }
  for (const each of secrets) {
    if (each.trim() !== each) {
      warn(`The secret of the contract ${name} begins or ends with white space, which no header can carry.`);
    } else if (each.length < LIMITS.secretShortest) {
      warn(
        `The secret of the contract ${name} has ${each.length} characters; ` +
          `one shorter than ${LIMITS.secretShortest} can be guessed.`,
      );
    }
  }
  return secrets;
}

/** Null: nobody is told. Half of what it takes is a mistake worth a warning, but no reason not to start. */
export function readConnection(
  given: GuardOptions["rollcall"],
  warn: (sentence: string) => void,
): { address: string; key: string } | null {
  if (given === undefined) return null;
  const { url = "", key = "" } = given;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    const what = url === "" ? "its url is not set" : "its url is not the address of a server";
    warn(`Rollcall is told nothing: ${what} (it reads like https://rollcall.example.com).`);
    return null;
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    warn("Rollcall is told nothing: its key is not set, or holds characters that no key has.");
    return null;
  }
  return { address: `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}/v1/boundary-receipts`, key };
}

/** The origin. Throws for what is no address, because proofs over it would all be refused. */
export function readPublicOrigin(publicUrl: string | undefined): string | null {
  if (publicUrl === undefined || publicUrl === "") return null;
  const parsed = URL.canParse(publicUrl) ? new URL(publicUrl) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new Error(`publicUrl is ${JSON.stringify(publicUrl)}; it reads like https://app.example.com.`);
  }
  return parsed.origin;
}
