/** Several processes on one Redis: what they do to the same things at once, and what one leaves behind half done. */
import { describe, expect, onTestFinished, test } from "vitest";
import type { NotificationBatch, SettledNotification, Store } from "../../../src/ports/store.ts";
import type { RedisSettings } from "../../../src/stores/redis/parts.ts";
import { blindSpot, channel, HOUR, key, notification, project, sighting, START } from "../../makers.ts";
import { requirement } from "../../requirements.ts";
import { startTappedRedis } from "../../tapped-redis.ts";
import { redisTrial } from "./redis-trial.ts";

const redis = requirement("redis");
const LEASE_MS = 30_000;
const OPS = { project: "default", channel: "ops", leasedUntilAt: 0 };

// Skipped where there is no redis-server, which `requirement` has told by then.
describe.skipIf(redis === null)("several processes", () => {
  const trial = redisTrial(redis?.path ?? "");
  const open = (more: Partial<RedisSettings> = {}): Promise<Store> => trial.open("", more);
  const addNotices = async (store: Store, howMany: number): Promise<void> => {
    for (let index = 0; index < howMany; index += 1)
      await store.addNotification(notification({ id: `ntf_${index}`, incidentId: `inc_${index}` }));
  };

  test("claim every batch once between them, and each takes what the others left", async () => {
    const stores = await Promise.all([open(), open(), open()]);
    await addNotices(stores[0], 40);
    const claim = { nowAt: START, leaseMs: LEASE_MS, limit: 20 };
    const claimed = await Promise.all(stores.map((store) => store.claimNotifications(claim)));
    const ids = claimed.flat().map(({ incidentId }) => incidentId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(40);
    expect(await stores[1].nextNotificationAt(START)).toBe(START + LEASE_MS);
  });

  test("that settle one batch at once lose nothing of what either tried", async () => {
    const [one, other] = await Promise.all([open(), open()]);
    await addNotices(one, 1);
    const batch = { ...OPS, incidentId: "inc_0" };
    const tries = Array.from({ length: 5 }, (_none, index) => index);
    await Promise.all(
      tries.flatMap((index) => [
        one.settleNotifications(batch, [failed("ntf_0", index)], null),
        other.settleNotifications(batch, [failed("ntf_0", 10 + index)], "thread"),
      ]),
    );
    const [found] = (await one.listNotifications("default", { incidentId: null }, { cursor: null, limit: 9 }))
      .items;
    const triedAt = found?.attempts.map(({ at }) => at).toSorted((left, right) => left - right);
    expect(triedAt).toEqual([...tries, ...tries.map((index) => 10 + index)]);
    const [again] = await other.claimNotifications({ nowAt: START, leaseMs: LEASE_MS, limit: 9 });
    expect(again).toMatchObject<Partial<NotificationBatch>>({ thread: "thread" });
  });

  test("that are refused at once name each entry of a monitor once, and none that is not there", async () => {
    const stores = await Promise.all([open(), open(), open()]);
    const refused = Array.from({ length: 10 }, (_none, index) =>
      sighting({ monitorId: "mon_1", addressPrefix: `10.0.0.${index}`, at: START + index }),
    );
    await Promise.all(stores.flatMap((store) => refused.map((one) => store.addRejection(one))));
    const { items } = await stores[0].listRejections("default", { cursor: null, limit: 100 });
    expect(items).toHaveLength(10);
    const names = await trial.raw().smembers(`${trial.prefix()}:near:mon_1`);
    expect(names.toSorted()).toEqual(items.map(({ id }) => `default/${id}`).toSorted());
  });

  test("that write of one key at once leave it revoked", async () => {
    const [one, other] = await Promise.all([open(), open()]);
    const ids = Array.from({ length: 20 }, (_none, index) => `k_${index}`);
    for (const id of ids) await one.putKey(key({ id }));
    await Promise.all(
      ids.flatMap((id) => [
        one.putKey(key({ id, replacedBy: "k_new" })),
        other.putKey(key({ id, revokedAt: START })),
        one.putKey(key({ id, expiresAt: START })),
      ]),
    );
    for (const kept of await one.listKeys("default")) expect(kept.revokedAt).toBe(START);
  });

  test("that are told of one deletion: what one left half done is finished before the name is taken again", async () => {
    const store = await open();
    await store.createProject(project({ partitions: 3 }));
    await store.putChannel(channel({ name: "ops" }));
    await addNotices(store, 3);
    const batch = { ...OPS, incidentId: "inc_0" };
    await store.settleNotifications(batch, [failed("ntf_0", 1)], "old thread");
    // As a process leaves it that ends between taking the channel away and dropping what was pending.
    const home = `${trial.prefix()}:{default/0}:`;
    await trial
      .raw()
      .multi()
      .hdel(`${home}channels`, "ops")
      .hset(`${home}channels:deleted`, "ops", "1")
      .exec();

    const later = await open();
    expect(await later.getChannel("default", "ops")).toBeNull();
    await later.putChannel(channel({ name: "ops" }));
    expect(await later.nextNotificationAt(START)).toBeNull();
    await later.addNotification(notification({ id: "ntf_new", incidentId: "inc_0" }));
    const [fresh] = await later.claimNotifications({ nowAt: START, leaseMs: LEASE_MS, limit: 9 });
    expect(fresh).toMatchObject({ thread: null, hasSent: false, notifications: [{ id: "ntf_new" }] });
  });

  test("that drop what was pending for a channel late drop nothing of the one that took its name", async () => {
    const tap = await startTappedRedis(trial.server().port);
    onTestFinished(() => tap.close());
    const [store, other] = [await open({ urls: [tap.url] }), await open()];
    await store.createProject(project({ partitions: 3 }));
    await store.putChannel(channel({ name: "ops" }));
    await addNotices(store, 3);
    const sent: (readonly string[])[] = [];
    tap.watch((words) => (sent.push(words), null));
    await store.deleteChannel("default", "ops");

    await other.putChannel(channel({ name: "ops" }));
    await other.addNotification(notification({ id: "ntf_new", incidentId: "inc_0" }));
    // As by a process that stood still in the middle of the deletion, and goes on with it now.
    const drops = sent.filter((words) => words.includes("default/ops"));
    expect(drops.length).toBeGreaterThanOrEqual(3);
    for (const [command = "", ...words] of drops) await trial.raw().call(command, ...words);
    const [fresh] = await other.claimNotifications({ nowAt: START, leaseMs: LEASE_MS, limit: 9 });
    expect(fresh).toMatchObject({ notifications: [{ id: "ntf_new" }] });

    await other.deleteChannel("default", "ops");
    expect(await other.nextNotificationAt(START)).toBeNull();
  });

  test("a channel with hundreds of lanes is dropped to the last", async () => {
    const store = await open();
    await store.putChannel(channel({ name: "ops" }));
    await addNotices(store, 450);
    expect(await store.deleteChannel("default", "ops")).toBe(true);
    expect(await store.nextNotificationAt(START)).toBeNull();
    const { items } = await store.listNotifications(
      "default",
      { incidentId: null },
      { cursor: null, limit: 500 },
    );
    expect(items.filter(({ status }) => status === "dropped")).toHaveLength(450);
    // Written as it was, in Lua: an empty list stays one.
    expect(items[0]).toEqual({ ...notification({ id: "ntf_0", incidentId: "inc_0" }), status: "dropped" });
  });

  test("were there as long as the latest of them, and one that comes anew takes nothing back", async () => {
    const [one, other] = await Promise.all([open(), open()]);
    await one.signOfLife(START);
    await other.signOfLife(START + 5);
    await one.signOfLife(START + 3);
    expect(await one.lastSignOfLifeAt()).toBe(START + 5);
    const anew = await open();
    await anew.addBlindSpot(blindSpot({ id: "blind_1", fromAt: START - 60, toAt: START - 30 }));
    expect(await anew.lastSignOfLifeAt()).toBe(START + 5);
    await anew.addBlindSpot(blindSpot({ id: "blind_2", fromAt: START + 5, toAt: START + 60 }));
    expect(await one.lastSignOfLifeAt()).toBe(START + 60);
  });

  test("that are to wait for a replica acknowledge nothing while there is none, and give no sign of life", async () => {
    const store = await open({ wait: "replica" });
    const writes = [
      store.putKey(key({ id: "k_1" })),
      store.addNotification(notification({ id: "ntf_1" })),
      store.ping(),
      store.signOfLife(START),
    ];
    for (const outcome of await Promise.allSettled(writes))
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "unavailable" } });
    expect(await store.lastSignOfLifeAt()).toBe(null);
  });

  test("that are long gone are forgotten, but never the latest sign", async () => {
    const [one, other] = await Promise.all([open(), open()]);
    await one.signOfLife(START);
    await other.signOfLife(START + HOUR - 1);
    expect(await trial.raw().zcard(`${trial.prefix()}:{/0}:signs`)).toBe(2);
    await other.signOfLife(START + HOUR);
    expect(await trial.raw().zcard(`${trial.prefix()}:{/0}:signs`)).toBe(1);
    await one.signOfLife(START);
    expect(await one.lastSignOfLifeAt()).toBe(START + HOUR);
  });
});

function failed(id: string, at: number): SettledNotification {
  const attempt = { at, isSent: false, code: "timeout", detail: "" };
  return { id, status: "pending", attempt, notBeforeAt: START, isDigested: false };
}
