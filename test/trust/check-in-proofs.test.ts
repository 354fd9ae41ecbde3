/** What a monitor accepts: contracts beside keys or in their place, and each proof for one check-in. */
import { beforeEach, describe, expect, test } from "vitest";
import { createExpertChecks } from "../../src/checks/all.ts";
import type { Contract } from "../../src/domain/trust/contract.ts";
import { presetNamed } from "../../src/domain/trust/presets.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { Store } from "../../src/ports/store.ts";
import type { Authentication, Presented, ProofUse, Trust } from "../../src/ports/trust.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { remembering } from "../../src/stores/remembering.ts";
import { randomIds } from "../../src/system/ids.ts";
import { createOutbound } from "../../src/system/outbound.ts";
import { after } from "../../src/system/timers.ts";
import { vaultOf } from "../../src/system/vault.ts";
import { createMatrix } from "../../src/trust/matrix/matrix.ts";
import { createTrust } from "../../src/trust/all.ts";
import { mintProof } from "../../src/trust/mint-proof.ts";
import { project, START } from "../makers.ts";
import { storeContract } from "./stored-contract.ts";

const HOUR_MS = 3_600_000;
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const FORMER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const BEARER = "a-bearer-secret-of-thirty-chars";
const body = new TextEncoder().encode('{"processed":12}');
const url = "https://rollcall.example.org/checkin/default/nightly";
const vault = vaultOf(Buffer.alloc(32, 3));
const start: ProofUse = { kind: "start", runId: null, duplicateKey: null };

let nowAt = START;
let engine: Engine;
let trust: Trust;
let store: Store;
let ping: string;
/** Calls that reached the store behind what is remembered. */
let asked: string[];

beforeEach(async () => {
  nowAt = START;
  asked = [];
  store = remembering(noting(createMemoryStore()));
  const clock = { now: () => nowAt };
  const quiet = () => undefined;
  const outbound = createOutbound({ allow: [] });
  const ids = randomIds();
  engine = await createEngine({
    store,
    clock,
    vault,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    outbound,
    ids,
    matrix: createMatrix({ outbound, ids, clock }),
    experts: createExpertChecks({ after }),
    channels: [],
    zoneData: "2026a",
    publicUrl: "https://rollcall.example.org",
  });
  const issuerKeys = { keysOf: async () => ({ keys: [] }) };
  trust = createTrust({ store, vault, clock, trustedProxies: [], issuerKeys, instanceKey: null });
  await store.createProject(project());
  await storeContract({ store, vault }, { name: "hooks", contract: HOOKS, secrets: [SECRET] });
  await storeContract({ store, vault }, { name: "people", contract: PEOPLE, secrets: [BEARER] });
  await save("nightly", ["hooks", "people"]);
  await save("keyed", null);
  ping = (await engine.createKey({ project: "default", kind: "ping", label: "", monitors: null })).text ?? "";
});

const HOOKS = contractOf("standard_webhooks");
const PEOPLE: Contract = { scheme: "bearer", preset: null, principal: "manual", methods: null };

function contractOf(preset: string): Contract {
  const found = presetNamed(preset);
  if (found === null) throw new Error(`There is no preset ${preset}.`);
  return found.contract;
}

function noting(inner: Store): Store {
  return new Proxy(inner, {
    ownKeys: (target) => Reflect.ownKeys(target),
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== "function") return value;
      return (...given: unknown[]) => {
        asked.push(String(name));
        return Reflect.apply(value, target, given) as unknown;
      };
    },
  });
}

const save = (slug: string, accepts: string[] | null) =>
  engine.saveMonitor({
    project: "default",
    slug,
    input: { schedule: { every: HOUR_MS }, accepts },
    mode: "replace",
    by: "test",
  });

interface Asking {
  presented?: Partial<Presented>;
  headers?: Readonly<Record<string, string>>;
  use?: ProofUse | null;
  sent?: Uint8Array;
}

function authenticate({ presented = {}, headers = {}, use = start, sent = body }: Asking) {
  return trust.authenticate({
    presented: { credential: null, project: "default", slug: "nightly", uuid: null, ...presented },
    request: { method: "POST", url, headers, body: sent },
    use,
  });
}

async function signed(id = "msg_1", secret = SECRET): Promise<Readonly<Record<string, string>>> {
  const named = { name: "hooks", contract: HOOKS, secrets: [secret] };
  return (await mintProof(named, { method: "POST", url, body, at: nowAt, id })) ?? {};
}

const inPath = (text: string) => ({ credential: { text, where: "path" as const }, project: null });
const inHeader = (text: string) => ({ credential: { text, where: "authorization" as const } });
const keyOf = (answer: Authentication) => (answer.isOk ? answer.duplicateKey : null);

describe("what is accepted", () => {
  test("a signature that meets the contract opens its monitor, and makes no other", async () => {
    expect(await authenticate({ headers: await signed() })).toMatchObject({
      isOk: true,
      via: "contract",
      principal: expect.stringMatching(/^contract hooks: /),
      keyId: null,
      mayCreate: false,
    });
    const { id } = (await store.findMonitor("default", "nightly")) ?? {};
    expect(await authenticate({ headers: await signed("msg_2") })).toMatchObject({ monitorId: id });
    const unknown = await authenticate({ headers: await signed(), presented: { slug: "no-such" } });
    expect(unknown).toMatchObject({ isOk: false, reason: "no_credentials", monitorId: null });
  });

  test("a proof of a person makes the run a manual one, whatever is said of it", async () => {
    const headers = { authorization: `Bearer ${BEARER}` };
    const answer = await authenticate({ headers, presented: inHeader(BEARER) });
    expect(answer).toMatchObject({ isOk: true, told: { trigger: "manual", runId: null } });
    expect(keyOf(answer)).toBeUndefined();
  });

  test("a good ping key where none is accepted is told what is, and nobody is taken for guessing", async () => {
    for (const [presented, headers] of [
      [inPath(ping), {}],
      [inHeader(ping), { authorization: `Bearer ${ping}` }],
    ] as const) {
      const refused = await authenticate({ presented, headers });
      expect(refused).toMatchObject({
        isOk: false,
        reason: "wrong_scheme",
        isProofGood: true,
        project: "default",
        seen: expect.stringMatching(/^ping key key_\w+, which is not accepted/),
        expected: expect.stringContaining("hooks"),
      });
      expect(JSON.stringify(refused)).not.toContain(ping);
      expect(refused.isOk || refused.expected).not.toContain("ping key");
    }
  });

  test("so is the bare ping URL, and a proof may come beside either", async () => {
    const { pingUrl } = await engine.viewMonitor({ project: "default", slug: "nightly" });
    const byUrl = { uuid: pingUrl.split("/").at(-1) ?? "", slug: null, project: null };
    expect(await authenticate({ presented: byUrl })).toMatchObject({
      reason: "wrong_scheme",
      seen: expect.stringContaining("bare ping URL"),
    });
    expect(await authenticate({ presented: byUrl, headers: await signed("a") })).toMatchObject({
      isOk: true,
      via: "contract",
    });
    expect(await authenticate({ presented: inPath(ping), headers: await signed("b") })).toMatchObject({
      isOk: true,
      via: "contract",
    });
  });

  test("a wrong key is told as wrong, and what is accepted in its place", async () => {
    const wrong = `rck_ping_default_${"0".repeat(32)}`;
    expect(await authenticate({ presented: inPath(wrong) })).toMatchObject({
      reason: "wrong_secret",
      isProofGood: false,
      expected: expect.stringContaining("hooks"),
    });
  });

  test("a monitor that says nothing accepts what its project does, and that may be both", async () => {
    const presented = { slug: "keyed" };
    expect(await authenticate({ presented, headers: await signed() })).toMatchObject({
      reason: "no_credentials",
      seen: "no key",
    });
    await engine.patchProject({ project: "default", patch: { accepts: ["key", "hooks"] } });
    expect(await authenticate({ presented, headers: await signed() })).toMatchObject({
      isOk: true,
      via: "contract",
    });
    expect(await authenticate({ presented: { ...inPath(ping), slug: "keyed" } })).toMatchObject({
      via: "key",
    });
    const refused = await authenticate({ presented });
    expect(refused).toMatchObject({ reason: "no_credentials" });
    expect(refused.isOk || refused.expected).toMatch(/hooks.*, or a ping key of this project/);
  });

  test("a tombstone is told to whoever proves that the monitor was his", async () => {
    await engine.deleteMonitor({ project: "default", slug: "nightly", by: "test" });
    expect(await authenticate({ headers: await signed() })).toMatchObject({
      reason: "deleted",
      isProofGood: true,
    });
  });

  test("an identity token where no contract is accepted is told as what it is", async () => {
    const token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.";
    const presented = { ...inHeader(token), slug: "keyed" };
    const headers = { authorization: `Bearer ${token}` };
    expect(await authenticate({ presented, headers })).toMatchObject({
      reason: "wrong_scheme",
      seen: expect.stringContaining("identity token"),
    });
    expect(await authenticate({ presented: { ...presented, project: "nowhere" }, headers })).toMatchObject({
      reason: "wrong_scheme",
      project: null,
    });
  });
});

describe("secrets", () => {
  test("the former one is good until it ends, and not after, though nothing was saved meanwhile", async () => {
    const formerEndsAt = START + HOUR_MS;
    await storeContract(
      { store, vault },
      { name: "hooks", contract: HOOKS, secrets: [SECRET, FORMER], formerEndsAt },
    );
    nowAt = formerEndsAt - 1;
    expect(await authenticate({ headers: await signed("a", FORMER) })).toMatchObject({ isOk: true });
    nowAt = formerEndsAt;
    expect(await authenticate({ headers: await signed("b", FORMER) })).toMatchObject({
      reason: "bad_signature",
    });
    expect(await authenticate({ headers: await signed("c") })).toMatchObject({ isOk: true });
  });

  test("a new one counts from the moment it was saved", async () => {
    expect(await authenticate({ headers: await signed("a", FORMER) })).toMatchObject({
      reason: "bad_signature",
    });
    await storeContract({ store, vault }, { name: "hooks", contract: HOOKS, secrets: [FORMER] });
    expect(await authenticate({ headers: await signed("b", FORMER) })).toMatchObject({ isOk: true });
    expect(await authenticate({ headers: await signed("c") })).toMatchObject({ reason: "bad_signature" });
  });

  test("a contract without any lets nobody in", async () => {
    await storeContract({ store, vault }, { name: "hooks", contract: HOOKS });
    await save("nightly", ["hooks"]);
    expect(await authenticate({ headers: await signed() })).toMatchObject({ reason: "not_configured" });
  });
});

describe("a proof that is good once", () => {
  test("shown again for the same is the same check-in, and for anything else it is replayed", async () => {
    const headers = await signed();
    const first = await authenticate({ headers });
    expect(keyOf(first)).toMatch(/^proof\/[0-9a-f]{64}\/start\/$/);
    expect(await authenticate({ headers })).toEqual(first);
    for (const use of [
      { ...start, kind: "success" as const },
      { ...start, runId: "another" },
      { ...start, duplicateKey: "key/another" },
    ]) {
      expect(await authenticate({ headers, use })).toMatchObject({ isOk: false, reason: "replayed" });
    }
    await save("other", ["hooks"]);
    expect(await authenticate({ headers, presented: { slug: "other" } })).toMatchObject({
      reason: "replayed",
    });
    expect(
      await authenticate({ headers: await signed("msg_2"), use: { ...start, kind: "success" } }),
    ).toMatchObject({ isOk: true });
  });

  test("is that proof whichever contract it meets", async () => {
    await storeContract({ store, vault }, { name: "renamed", contract: HOOKS, secrets: [SECRET] });
    await save("other", ["renamed"]);
    const headers = await signed();
    const first = await authenticate({ headers });
    expect(first).toMatchObject({ isOk: true });
    expect(await authenticate({ headers, presented: { slug: "other" } })).toMatchObject({
      reason: "replayed",
    });
    await save("nightly", ["renamed"]);
    expect(keyOf(await authenticate({ headers }))).toBe(keyOf(first));
  });

  test("only looked at, it is not used up and nothing is written", async () => {
    const headers = await signed();
    asked = [];
    expect(await authenticate({ headers, use: null })).toMatchObject({ isOk: true });
    expect(asked).not.toContain("claimProof");
    expect(await authenticate({ headers, use: { ...start, kind: "success" } })).toMatchObject({ isOk: true });
  });

  test("one that is refused is not used up either", async () => {
    const headers = await signed();
    const altered = new TextEncoder().encode('{"processed":13}');
    expect(await authenticate({ headers, sent: altered })).toMatchObject({ reason: "bad_signature" });
    expect(await authenticate({ headers, use: { ...start, kind: "success" } })).toMatchObject({ isOk: true });
  });
});

test("a ping key asks the store nothing that is remembered already", async () => {
  const presented = { ...inPath(ping), slug: "keyed" };
  await authenticate({ presented });
  expect(asked).toContain("getKey");
  asked = [];
  await authenticate({ presented });
  expect(asked).toEqual([]);
});
