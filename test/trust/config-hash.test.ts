/** The hash by which two boundaries are known to run the same rules, or not. */
import { describe, expect, test } from "vitest";
import type { Contract, NamedContract } from "../../src/domain/trust/contract.ts";
import { createBoundary } from "../../src/trust/boundary.ts";
import { byHand, named, NOW_AT, noIssuers } from "./boundary-makers.ts";

const VERCEL = named("vercel", { secrets: ["a-secret-of-26-characters!"] });
const NETRII = byHand("netrii", { scheme: "hmac", signature_header: "x-netrii-signature" });

describe("the hash of the rules", () => {
  const hashOf = (...contracts: NamedContract[]) =>
    createBoundary({ contracts, issuerKeys: noIssuers(), now: () => NOW_AT }).configHash();

  test("is the same whatever the order, the names and the secrets are, and whether a preset wrote them", async () => {
    const hash = await hashOf(VERCEL, NETRII);
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    const turned = Object.fromEntries(Object.entries(NETRII.contract).reverse()) as unknown as Contract;
    const renamed = { name: "other", contract: turned, secrets: ["another"] };
    const written = byHand("by-hand", { scheme: "bearer", methods: ["get"] });
    expect(await hashOf(renamed, written)).toBe(hash);
  });

  test("is another for other rules", async () => {
    const hashes = await Promise.all([
      hashOf(),
      hashOf(VERCEL),
      hashOf(VERCEL, VERCEL),
      hashOf(VERCEL, NETRII),
      hashOf({ ...VERCEL, contract: { ...VERCEL.contract, principal: "manual" } }),
      hashOf({ ...VERCEL, contract: { ...VERCEL.contract, methods: null } }),
    ]);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
