/** What leads to things is written again where it is lost, as when one master of a Cluster loses what another keeps. */
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import type { Store } from "../../../src/ports/store.ts";
import { change, key, monitor, project, START } from "../../makers.ts";
import { requirement } from "../../requirements.ts";
import { redisTrial } from "./redis-trial.ts";

const redis = requirement("redis");
const PARTITIONS = 4;

// Skipped where there is no redis-server, which `requirement` has told by then.
describe.skipIf(redis === null)("of what leads to things in Redis", () => {
  const { open, raw, prefix, keys } = redisTrial(redis?.path ?? "");
  const lose = (...names: readonly string[]) => raw().del(names.map((name) => `${prefix()}:${name}`));

  test("a ping URL and a monitor's id are found again, by every process", async () => {
    const store = await open();
    const [pingHash] = await made(store, 3);
    await lose(`of:ping:${pingHash}`, "of:monitor:mon_0");
    const fresh = await open();
    expect(await fresh.findMonitorByPing(pingHash ?? "")).toBeNull();
    await store.sweep(START);
    expect(await fresh.findMonitorByPing(pingHash ?? "")).toMatchObject({ id: "mon_0" });
    expect((await fresh.load("mon_0", {}))?.monitor.pingHash).toBe(pingHash);
  });

  test("a ping URL that is found leads to its monitor, also where the monitor's id does not", async () => {
    const store = await open();
    const [pingHash] = await made(store, 1);
    await lose("of:monitor:mon_0");
    const fresh = await open();
    await fresh.findMonitorByPing(pingHash ?? "");
    expect((await fresh.load("mon_0", {}))?.monitor.id).toBe("mon_0");
  });

  test("all of many monitors are gone round, some at each sweep", async () => {
    const store = await open();
    const hashes = await made(store, LIMITS.sweepLookUps + 5);
    await lose(...hashes.map((hash) => `of:ping:${hash}`));
    const left = async () => (await keys()).filter((name) => name.startsWith("of:ping:")).length;
    await store.sweep(START);
    expect(await left()).toBe(LIMITS.sweepLookUps);
    await store.sweep(START);
    expect(await left()).toBe(hashes.length);
  });

  test("what was taken away on purpose stays away", async () => {
    const store = await open();
    const [before] = await made(store, 1);
    const snapshot = await store.load("mon_0", {});
    const renewed = { ...snapshot!.monitor, pingHash: "renewed" };
    await store.commit(change({ monitor: renewed, baseVersion: 1 }));
    await store.sweep(START);
    expect((await keys()).filter((name) => name.startsWith("of:ping:"))).toEqual(["of:ping:renewed"]);
    expect(await store.findMonitorByPing(before ?? "")).toBeNull();
  });

  test("a key is found again; one that was revoked or replaced on one side is so on both", async () => {
    const store = await open();
    await store.createProject(project());
    for (const id of ["k_lost", "k_revoked", "k_replaced"]) await store.putKey(key({ id }));
    const at = (id: string) => `${prefix()}:of:key:${id}`;
    const before = await raw().mget(at("k_revoked"), at("k_replaced"));
    await store.putKey(key({ id: "k_revoked", revokedAt: START }));
    await store.putKey(key({ id: "k_replaced", expiresAt: START + 1, replacedBy: "k_lost" }));
    await lose("of:key:k_lost");
    // A master that is back at what it had a moment before.
    await raw().mset(at("k_revoked"), before[0] ?? "", at("k_replaced"), before[1] ?? "");
    expect(await store.getKey("k_lost")).toBeNull();
    expect(await store.listKeys("default")).toHaveLength(3);

    await store.sweep(START);
    expect(await store.getKey("k_lost")).toEqual(key({ id: "k_lost" }));
    expect(await store.getKey("k_revoked")).toMatchObject({ revokedAt: START });
    expect(await store.getKey("k_replaced")).toMatchObject({ expiresAt: START + 1, replacedBy: "k_lost" });
  });

  test("a part of a project is judged again, and a project listed", async () => {
    const store = await open();
    await made(store, 1);
    const parts = (await store.partitions()).toSorted();
    expect(parts).toHaveLength(PARTITIONS);
    await raw().srem(`${prefix()}:places`, ...parts.slice(1));
    await lose("projects");
    await store.sweep(START);
    expect(await store.partitions()).toEqual(parts);
    expect(await store.listProjects()).toHaveLength(1);
    await lose("places");
    await store.sweep(START);
    expect(await store.partitions()).toEqual(parts);
  });
});

/** In several parts; gives back the hashes of their ping URLs. */
async function made(store: Store, howMany: number): Promise<string[]> {
  await store.createProject(project({ partitions: PARTITIONS }));
  const all = Array.from({ length: howMany }, (_none, index) => index);
  await Promise.all(
    all.map((index) => {
      const of = { id: `mon_${index}`, slug: `job-${index}`, pingHash: `hash-${index}` };
      return store.createMonitor(change({ monitor: monitor(of) }));
    }),
  );
  return all.map((index) => `hash-${index}`);
}
