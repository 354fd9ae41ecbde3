/** What a guard is made with: what is wrong stops the program with a sentence, what is merely not set never does. */
import { afterEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import type { GuardContract, GuardOptions } from "../../src/guard/options.ts";
import { startOidcIssuer } from "../stubs/oidc-issuer.ts";
import { CONTRACTS, SECRET, startGuarded, type Guarded } from "./guarded.ts";

const open: Guarded[] = [];
afterEach(() => Promise.all(open.splice(0).map((each) => each.close())));

async function guarded(options: Partial<GuardOptions>): Promise<Guarded> {
  const made = await startGuarded(options);
  open.push(made);
  return made;
}

async function statusFor(made: Guarded, headers: Record<string, string>): Promise<number> {
  const route = made.guard.fetch({}, () => new Response("ran"));
  return (await route(new Request("https://app.example.com/api/cron", { headers }))).status;
}

describe("a contract that is not as it must be stops the program", () => {
  test.each<[string, Record<string, GuardContract>, RegExp]>([
    ["no contract at all", {}, /at least one contract/],
    ["an unknown preset", { cron: { preset: "vercell", secret: SECRET } }, /contract "cron".*preset/],
    ["an unknown scheme", { cron: { scheme: "password", secret: SECRET } }, /contract "cron".*scheme/],
    ["a field that a scheme has not", { cron: { scheme: "bearer", salt: 1, secret: SECRET } }, /salt/],
    ["a name that is built in", { key: { scheme: "bearer", secret: SECRET } }, /"key" cannot be the name/],
    ["three secrets", { cron: { scheme: "bearer", secret: [SECRET, SECRET, SECRET] } }, /3 secrets/],
  ])("%s", async (_what, contracts, sentence) => {
    await expect(guarded({ contracts })).rejects.toThrow(sentence);
  });

  test("and its sentence holds no secret", async () => {
    const contracts = { cron: { scheme: "nonsense", secret: SECRET } };
    await expect(guarded({ contracts })).rejects.not.toThrow(SECRET);
  });
});

describe("a secret", () => {
  test.each([
    [undefined, "is not set"],
    ["", "has length 0"],
    [["", undefined], "has length 0"],
    ["  ", "has length 0"],
  ])("that is %j lets nobody in, and is told once", async (secret, words) => {
    const made = await guarded({ contracts: { cron: { scheme: "bearer", secret } } });
    expect(made.troubles).toEqual([
      `rollcall guard: The secret of the contract cron ${words}: every call that needs it is refused (not_configured).`,
    ]);
    expect(await statusFor(made, { authorization: "Bearer " })).toBe(503);
    expect(await statusFor(made, {})).toBe(503);
  });

  test("has two values while one is being replaced", async () => {
    const made = await guarded({
      contracts: { cron: { scheme: "bearer", secret: [SECRET, undefined, "the-next-secret-of-it"] } },
    });
    for (const secret of [SECRET, "the-next-secret-of-it"]) {
      expect(await statusFor(made, { authorization: `Bearer ${secret}` })).toBe(200);
    }
    expect(made.troubles).toEqual([]);
  });

  test("is warned of where it can be guessed or no header can carry it", async () => {
    const { troubles } = await guarded({
      contracts: {
        short: { scheme: "bearer", secret: "x".repeat(LIMITS.secretShortest - 1) },
        long: { scheme: "bearer", secret: "x".repeat(LIMITS.secretShortest) },
        line: { scheme: "bearer", secret: `${SECRET}\n` },
      },
    });
    expect(troubles).toHaveLength(2);
    expect(troubles[0]).toMatch(/of the contract short has 15 characters/);
    expect(troubles[1]).toMatch(/of the contract line begins or ends with white space/);
  });
});

describe("an issuer", () => {
  test("is asked for its keys, and a route waits for them and no longer than a second", async () => {
    const issuer = await startOidcIssuer();
    const contracts = {
      jobs: { scheme: "oidc", issuer: issuer.url, audience: "app", require: { sub: ["me"] } },
    };
    const made = await guarded({ contracts });
    const authorization = `Bearer ${await issuer.token({ sub: "me" }, { audience: "app" })}`;
    expect(await statusFor(made, { authorization })).toBe(200);
    const [other] = await Promise.all([guarded({ contracts }), issuer.close()]);
    expect(await statusFor(other, { authorization })).toBe(503);
    expect(await other.receiptsTold(1)).toMatchObject([{ reason: "jwks_unavailable" }]);
  });
});

describe("where to tell", () => {
  test.each([
    [{ url: undefined, key: "rck_ping_default_x" }, /its url is not set/],
    [{ url: "nonsense", key: "rck_ping_default_x" }, /not the address of a server/],
    [{ url: "https://rollcall.example.com", key: undefined }, /its key is not set/],
  ])("half of it is a warning: %j", async (rollcall, sentence) => {
    const made = await guarded({ rollcall });
    expect(made.troubles).toHaveLength(1);
    expect(made.troubles[0]).toMatch(sentence);
    expect(await statusFor(made, { authorization: `Bearer ${SECRET}` })).toBe(200);
  });
});

describe("the configuration hash", () => {
  test("is the same for the same rules whatever the secrets are, and another for others", async () => {
    const hashOf = async (contracts: GuardOptions["contracts"]) =>
      (await guarded({ contracts })).guard.configHash();
    const hash = await hashOf(CONTRACTS);
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    expect(await hashOf({ ...CONTRACTS, vercel: { preset: "vercel", secret: "another secret of it" } })).toBe(
      hash,
    );
    expect(await hashOf({ vercel: { preset: "vercel", secret: SECRET } })).not.toBe(hash);
  });
});

describe("the address that was called", () => {
  const contracts = {
    signed: { scheme: "hmac", signature_header: "x-signature", template: "{url}", secret: SECRET },
  };
  const urlOf = "https://app.example.com/api/cron?a=1";

  async function signature(): Promise<string> {
    const key = await crypto.subtle.importKey(
      "raw",
      Buffer.from(SECRET),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    return Buffer.from(await crypto.subtle.sign("HMAC", key, Buffer.from(urlOf))).toString("hex");
  }

  test.each<[string, Partial<GuardOptions>, Record<string, string>, number]>([
    ["is not the one inside, as it stands", {}, {}, 401],
    ["is the public one, where that is told", { publicUrl: "https://app.example.com" }, {}, 200],
    [
      "is the proxy's, where that is believed",
      { trustProxy: true },
      { "x-forwarded-proto": "https", "x-forwarded-host": "app.example.com" },
      200,
    ],
    [
      "is not a caller's own claim",
      {},
      { "x-forwarded-proto": "https", "x-forwarded-host": "app.example.com" },
      401,
    ],
  ])("%s", async (_what, options, headers, status) => {
    const made = await guarded({ contracts, ...options });
    const route = made.guard.fetch({}, () => new Response("ran"));
    const request = new Request("http://10.0.0.7:3000/api/cron?a=1", {
      headers: { ...headers, "x-signature": await signature() },
    });
    expect((await route(request)).status).toBe(status);
  });

  test("must be an address", async () => {
    await expect(guarded({ publicUrl: "app.example.com" })).rejects.toThrow(/publicUrl is "app.example.com"/);
  });
});
