/** Who may check in for what, and what a refusal says. */
import { beforeEach, describe, expect, test } from "vitest";
import { createExpertChecks } from "../../src/checks/all.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { Presented, Trust } from "../../src/ports/trust.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { remembering } from "../../src/stores/remembering.ts";
import { randomIds } from "../../src/system/ids.ts";
import { createOutbound } from "../../src/system/outbound.ts";
import { after } from "../../src/system/timers.ts";
import { vaultOf } from "../../src/system/vault.ts";
import { createTrust } from "../../src/trust/all.ts";
import { project, START } from "../makers.ts";
import { noMatrix } from "../stubs/no-matrix.ts";

let engine: Engine;
let trust: Trust;
let nowAt = START;
let ping: string;
const quiet = () => undefined;

beforeEach(async () => {
  nowAt = START;
  // As in the embedded edition, so that what is remembered of a key is tried with it.
  const store = remembering(createMemoryStore());
  const clock = { now: () => nowAt };
  const vault = vaultOf(Buffer.alloc(32, 3));
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const outbound = createOutbound({ allow: [] });
  engine = await createEngine({
    store,
    clock,
    vault,
    log,
    outbound,
    matrix: noMatrix,
    ids: randomIds(),
    experts: createExpertChecks({ after }),
    channels: [],
    zoneData: "2026a",
    publicUrl: "http://x",
  });
  const issuerKeys = { keysOf: async () => ({ keys: [] }) };
  trust = createTrust({ store, vault, clock, trustedProxies: [], issuerKeys, instanceKey: null });
  for (const name of ["default", "other"]) await store.createProject(project({ name }));
  const input = { schedule: { every: 60_000 } };
  await engine.saveMonitor({ project: "default", slug: "nightly", input, mode: "replace", by: "test" });
  ping = await keyOf("default");
});

async function keyOf(name: string, monitors: string[] | null = null): Promise<string> {
  return (await engine.createKey({ project: name, kind: "ping", label: "", monitors })).text ?? "";
}

/** As a request shows it that holds nothing else. */
function authenticated(presented: Presented) {
  const request = { method: "POST", url: "http://x/", headers: {}, body: new Uint8Array() };
  return trust.authenticate({
    presented,
    request,
    use: { kind: "success", runId: null, duplicateKey: null },
  });
}

function presented(given: Partial<Presented>): Presented {
  return { credential: null, project: null, slug: "nightly", uuid: null, ...given };
}

function inPath(text: string, more: Partial<Presented> = {}): Presented {
  return presented({ credential: { text, where: "path" }, ...more });
}

describe("check-ins", () => {
  test("a ping key opens the monitors of its project, and may make new ones", async () => {
    expect(await authenticated(inPath(ping))).toMatchObject({
      isOk: true,
      project: "default",
      via: "key",
      mayCreate: true,
    });
    expect(await authenticated(inPath(ping, { slug: "new" }))).toMatchObject({
      isOk: true,
      monitorId: null,
    });
  });

  test("a key for some monitors opens those, and makes none", async () => {
    const narrow = await keyOf("default", ["nightly"]);
    expect(await authenticated(inPath(narrow))).toMatchObject({
      isOk: true,
      mayCreate: false,
    });
    expect(await authenticated(inPath(narrow, { slug: "other" }))).toMatchObject({
      isOk: false,
      reason: "not_allowed_monitor",
    });
  });

  test("the key of one project opens nothing in another", async () => {
    const foreign = await keyOf("other");
    const refused = await authenticated(inPath(foreign, { project: "default" }));
    expect(refused).toMatchObject({ isOk: false, reason: "not_allowed_monitor", project: "default" });
    expect(await authenticated(inPath(foreign))).toMatchObject({
      isOk: true,
      project: "other",
      monitorId: null,
    });
  });

  test("the bare ping URL opens its own monitor only", async () => {
    const { pingUrl } = await engine.viewMonitor({ project: "default", slug: "nightly" });
    const uuid = pingUrl.split("/").at(-1) ?? "";
    const opened = await authenticated(presented({ slug: null, uuid }));
    expect(opened).toMatchObject({ isOk: true, slug: "nightly", via: "ping_url", mayCreate: false });
    const stranger = presented({ slug: null, uuid: "00000000-0000-4000-8000-000000000000" });
    expect(await authenticated(stranger)).toMatchObject({
      isOk: false,
      reason: "unknown_monitor",
      project: null,
    });
  });

  test("a refusal names project and monitor where they exist, and never the secret", async () => {
    const secret = "0123456789abcdefghijABCDEFGHIJ01";
    const refused = await authenticated(inPath(`rck_ping_default_${secret}`));
    expect(refused).toMatchObject({
      isOk: false,
      reason: "wrong_secret",
      project: "default",
      slug: "nightly",
    });
    expect(JSON.stringify(refused)).not.toContain(secret);
    const nowhere = await authenticated(inPath(`rck_ping_nowhere_${secret}`));
    expect(nowhere).toMatchObject({ isOk: false, reason: "wrong_secret", project: null });
  });

  test("a key is good until it expires, and not after it was revoked", async () => {
    const [old] = await engine.listKeys({ project: "default", isAdmin: true });
    await engine.rotateKey({ project: "default", id: old?.key.id ?? "", overlapMs: 1_000 });
    nowAt += 999;
    expect(await authenticated(inPath(ping))).toMatchObject({ isOk: true });
    nowAt += 1;
    expect(await authenticated(inPath(ping))).toMatchObject({
      isOk: false,
      reason: "expired",
    });
    await engine.revokeKey({ project: "default", id: old?.key.id ?? "" });
    expect(await authenticated(inPath(ping))).toMatchObject({
      isOk: false,
      reason: "revoked",
    });
  });

  test("a deleted monitor is told as deleted, whoever asks with a good proof", async () => {
    await engine.deleteMonitor({ project: "default", slug: "nightly", by: "test" });
    expect(await authenticated(inPath(ping))).toMatchObject({
      isOk: false,
      reason: "deleted",
      project: "default",
    });
  });

  test.each([
    ["Basic YTpi", "wrong_scheme", "scheme Basic"],
    ["eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", "wrong_scheme", "identity token"],
    ["rck_ping_default_short", "malformed", "not of the form rck_<kind>_"],
    // Where an admin key belongs, too: an API key of Healthchecks that was left as it was.
    ["hello", "malformed", "not of the form rck_<kind>_"],
    ["rck_admin_default_0000000000000000000000000000000000", "wrong_secret", "an admin key"],
  ])("%s is refused as %s", async (text, reason, seen) => {
    const refused = await authenticated(
      presented({ project: "default", credential: { text, where: "authorization" } }),
    );
    expect(refused).toMatchObject({
      isOk: false,
      reason,
      project: "default",
      seen: expect.stringContaining(seen),
    });
    expect(JSON.stringify(refused)).not.toContain(text);
  });
});

describe("management", () => {
  test("a key says whose it is, and a session ends with it", async () => {
    const made = await engine.createKey({ project: "other", kind: "admin", label: "", monitors: null });
    await engine.createKey({ project: "other", kind: "admin", label: "", monitors: null });
    const found = await trust.identify(made.text ?? "");
    expect(found).toEqual({
      isOk: true,
      identity: { project: "other", kind: "admin", keyId: made.key.id, monitors: null },
    });
    expect(await trust.recall(made.key.id)).toMatchObject({ project: "other" });
    await engine.revokeKey({ project: "other", id: made.key.id });
    expect(await trust.recall(made.key.id)).toBeNull();
    expect(await trust.identify(made.text ?? "")).toMatchObject({ isOk: false, reason: "revoked" });
  });

  test("a secret is good for its own kind and project only", async () => {
    const secret = ping.slice(-32);
    for (const text of [`rck_admin_default_${secret}`, `rck_ping_other_${secret}`]) {
      expect(await trust.identify(text)).toMatchObject({ isOk: false, reason: "wrong_secret" });
    }
  });
});
