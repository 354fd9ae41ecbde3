/** What the tests of the boundary share: contracts made of presets, requests, and a boundary that needs no network. */
import type { Contract, NamedContract } from "../../src/domain/trust/contract.ts";
import type { BoundaryDecision, BoundaryRequest } from "../../src/domain/trust/decision.ts";
import { readContract } from "../../src/domain/trust/read-contract.ts";
import { presetNamed } from "../../src/domain/trust/presets.ts";
import { createBoundary } from "../../src/trust/boundary.ts";
import { createIssuerKeys, type IssuerKeys } from "../../src/trust/issuer-keys.ts";

export const NOW_AT = Date.UTC(2026, 10, 22, 5);
export const URL_CALLED = "https://app.example/api/cron?job=nightly";
export const BODY = '{"b": 1, "a": "ü"}';

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function request(given: Partial<BoundaryRequest> = {}): BoundaryRequest {
  return { method: "POST", url: URL_CALLED, headers: {}, body: bytes(BODY), ...given };
}

/** The preset's contract with what it asks for. */
export function named(
  preset: string,
  { secrets = [], more = {} }: { secrets?: readonly string[]; more?: Partial<Contract> } = {},
): NamedContract {
  const known = presetNamed(preset);
  if (known === null) throw new Error(`There is no preset ${preset}.`);
  return { name: preset, contract: { ...known.contract, ...more } as Contract, secrets };
}

/** No issuer is listed, so nothing is ever fetched. */
export function noIssuers(): IssuerKeys {
  return createIssuerKeys({
    get: () => Promise.reject(new Error("There is no network here.")),
    issuers: [],
    now: () => NOW_AT,
    within: (work) => work,
  });
}

export function decide(
  contracts: readonly NamedContract[],
  call: BoundaryRequest,
  { at = NOW_AT, issuerKeys = noIssuers() }: { at?: number; issuerKeys?: IssuerKeys } = {},
): Promise<BoundaryDecision> {
  return createBoundary({ contracts, issuerKeys, now: () => at }).decide(call);
}

/** `ok`, or why not. */
export function reasonOf(decision: BoundaryDecision): string {
  return decision.isOk ? "ok" : decision.reason;
}

/** A contract as people write it. */
export function byHand(
  name: string,
  input: object,
  secrets: readonly string[] = ["a-secret-of-26-characters!"],
): NamedContract {
  const { contract, problems } = readContract({ ...input });
  if (contract === null) throw new Error(JSON.stringify(problems));
  return { name, contract, secrets };
}
