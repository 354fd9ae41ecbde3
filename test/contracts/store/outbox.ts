/** Contract of every store: notifications go out in order, to one sender at a time, and none is forgotten. */
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import type { Notification } from "../../../src/domain/notification.ts";
import type { SettledNotification, Store } from "../../../src/ports/store.ts";
import { MINUTE, notification, SECOND, START } from "../../makers.ts";
import { addMonitors, allPages, commitTo, type StoreTrial } from "./trial.ts";

export function outboxContract(trial: StoreTrial): void {
  describe("hands out notifications", () => handsOut(trial));
  describe("leases what it hands out:", () => leases(trial));
  describe("settles notifications:", () => settles(trial));
  describe("lists and counts notifications:", () => listsNotifications(trial));
}

const LEASE_MS = 30 * SECOND;
const OPS = { project: "default", channel: "ops", incidentId: "inc_1" };

async function outboxOf(fresh: StoreTrial["fresh"], ...notifications: Notification[]): Promise<Store> {
  const store = await fresh();
  await addMonitors(store, "mon_1");
  await commitTo(store, "mon_1", { notifications });
  return store;
}

async function add(store: Store, ...notifications: Notification[]): Promise<void> {
  await commitTo(store, "mon_1", { notifications });
}

async function claim(store: Store, nowAt: number, limit = 10) {
  const batches = await store.claimNotifications({ nowAt, leaseMs: LEASE_MS, limit });
  return batches.map((batch) => batch.notifications.map(({ id }) => id).join("+"));
}

function settled(id: string, given: Partial<SettledNotification> = {}): SettledNotification {
  const isSent = (given.status ?? "sent") === "sent";
  return {
    id,
    status: "sent",
    attempt: { at: START + SECOND, isSent, code: isSent ? "sent" : "http_500", detail: "" },
    notBeforeAt: START,
    isDigested: false,
    ...given,
  };
}

async function find(store: Store, id: string): Promise<Notification | undefined> {
  const all = await allPages((page) => store.listNotifications("default", { incidentId: null }, page), 100);
  return all.find((one) => one.id === id);
}

function handsOut({ fresh }: StoreTrial): void {
  test("of one channel alone where that is asked for, and says which channels wait", async () => {
    const store = await outboxOf(
      fresh,
      notification({ id: "ntf_1" }),
      notification({ id: "ntf_2", channel: "dev" }),
      notification({ id: "ntf_3", channel: "later", notBeforeAt: START + 1 }),
    );
    const waiting = async (nowAt: number) => {
      const parts = await store.partitions();
      const found = await Promise.all(parts.map((part) => store.waitingChannels(nowAt, part)));
      return found.flat().map(({ project, channel }) => `${project}/${channel}`);
    };
    expect((await waiting(START)).toSorted()).toEqual(["default/dev", "default/ops"]);
    const only = { project: "default", channel: "dev" };
    const claims = { nowAt: START, leaseMs: LEASE_MS, limit: 10 };
    expect(await store.claimNotifications({ ...claims, only })).toMatchObject([only]);
    expect(await store.claimNotifications({ ...claims, only })).toEqual([]);
    expect(await waiting(START)).toEqual(["default/ops"]);
    expect((await waiting(START + 1)).toSorted()).toEqual(["default/later", "default/ops"]);
    expect(await store.claimNotifications(claims)).toMatchObject([{ channel: "ops" }]);
  });

  test("by incident and channel, in the order of their ids, with what the sender needs", async () => {
    const store = await outboxOf(
      fresh,
      notification({ id: "ntf_2", change: "resolved" }),
      notification({ id: "ntf_1" }),
      notification({ id: "ntf_3", channel: "dev" }),
      notification({ id: "ntf_4", incidentId: "inc_2", notBeforeAt: START - 1 }),
    );
    const batches = await store.claimNotifications({ nowAt: START, leaseMs: LEASE_MS, limit: 10 });
    expect(batches.map((batch) => batch.notifications.map(({ id }) => id))).toEqual([
      ["ntf_4"],
      ["ntf_1", "ntf_2"],
      ["ntf_3"],
    ]);
    expect(batches[1]).toEqual({
      ...OPS,
      monitorId: "mon_1",
      notifications: [notification({ id: "ntf_1" }), notification({ id: "ntf_2", change: "resolved" })],
      thread: null,
      hasSent: false,
      isLeftUnsettled: false,
    });
  });

  test("at the exact millisecond, and not more batches than asked for", async () => {
    const store = await outboxOf(
      fresh,
      notification({ id: "ntf_1", notBeforeAt: START + 1 }),
      notification({ id: "ntf_2", incidentId: "inc_2" }),
      notification({ id: "ntf_3", incidentId: "inc_3" }),
    );
    expect(await claim(store, START - 1)).toEqual([]);
    expect(await claim(store, START, 1)).toEqual(["ntf_2"]);
    expect(await claim(store, START, 1)).toEqual(["ntf_3"]);
    expect(await claim(store, START)).toEqual([]);
    expect(await claim(store, START + 1)).toEqual(["ntf_1"]);
  });

  test("of channels that are not busy, so that one that hangs does not fill the limit", async () => {
    const store = await outboxOf(
      fresh,
      notification({ id: "ntf_1", notBeforeAt: START - 2 }),
      notification({ id: "ntf_2", notBeforeAt: START - 1, project: "other" }),
      notification({ id: "ntf_3", channel: "dev" }),
    );
    const claiming = { nowAt: START, leaseMs: LEASE_MS, limit: 1 };
    const busy = ["default/ops", "other/ops", "none/none"];
    expect(await store.claimNotifications({ ...claiming, busy })).toMatchObject([{ channel: "dev" }]);
    expect(await store.claimNotifications({ ...claiming, busy })).toEqual([]);
    const others = await store.claimNotifications({ ...claiming, limit: 9, busy: ["default/ops"] });
    expect(others).toMatchObject([{ project: "other", channel: "ops" }]);
    expect(await claim(store, START)).toEqual(["ntf_1"]);
  });

  test("never a later one past an earlier one of the same incident and channel that has to wait", async () => {
    const store = await outboxOf(
      fresh,
      notification({ id: "ntf_1", notBeforeAt: START + MINUTE }),
      notification({ id: "ntf_2", change: "resolved" }),
      notification({ id: "ntf_3", channel: "dev", change: "resolved" }),
      notification({ id: "ntf_4", incidentId: "inc_2" }),
      notification({ id: "ntf_5", incidentId: "inc_2", notBeforeAt: START + MINUTE }),
      notification({ id: "ntf_6", incidentId: "inc_2" }),
    );
    expect(await claim(store, START)).toEqual(["ntf_3", "ntf_4"]);
    expect(await claim(store, START + MINUTE)).toEqual(["ntf_3", "ntf_4+ntf_5+ntf_6", "ntf_1+ntf_2"]);
  });

  test("without an incident each alone, whether committed or added", async () => {
    const result = { incidentId: null, change: "result", result: "late" } as const;
    const store = await outboxOf(
      fresh,
      notification({ id: "ntf_1", ...result }),
      notification({ id: "ntf_2", ...result, monitorId: null, notBeforeAt: START + 1 }),
    );
    const alone = notification({ id: "ntf_3", incidentId: null, monitorId: null, change: "test" });
    await store.addNotification(alone);
    await store.addNotification({ ...alone, title: "again" });
    expect(await claim(store, START)).toEqual(["ntf_1", "ntf_3"]);
    expect(await claim(store, START + 1)).toEqual(["ntf_2"]);
    await store.settleNotifications({ ...OPS, incidentId: null }, [settled("ntf_3")], "unused");
    expect(await claim(store, START + LEASE_MS)).toEqual(["ntf_1"]);
    expect(await find(store, "ntf_3")).toMatchObject({ title: alone.title, status: "sent" });
  });
}

function leases({ fresh }: StoreTrial): void {
  test("nobody else gets the batch, nor what is added to it, until the lease has ended", async () => {
    const store = await outboxOf(fresh, notification({ id: "ntf_1" }));
    const both = await Promise.all([claim(store, START), claim(store, START)]);
    expect(both.flat()).toEqual(["ntf_1"]);
    await add(store, notification({ id: "ntf_2" }));
    expect(await claim(store, START + LEASE_MS - 1)).toEqual([]);
    expect(await claim(store, START + LEASE_MS)).toEqual(["ntf_1+ntf_2"]);
    expect(await claim(store, START + LEASE_MS)).toEqual([]);
  });

  test("what a sender took and never settled says so until somebody does", async () => {
    const store = await outboxOf(fresh, notification({ id: "ntf_1" }));
    const claimed = async (nowAt: number) =>
      (await store.claimNotifications({ nowAt, leaseMs: LEASE_MS, limit: 10 }))[0]?.isLeftUnsettled;
    expect(await claimed(START)).toBe(false);
    await add(store, notification({ id: "ntf_2", change: "resolved" }));
    expect(await claimed(START + LEASE_MS)).toBe(true);
    expect(await claimed(START + 2 * LEASE_MS)).toBe(true);
    await store.settleNotifications(OPS, [settled("ntf_1", { status: "pending" })], null);
    expect(await claimed(START + 2 * LEASE_MS)).toBe(false);
  });

  test("settling ends it, and what was added meanwhile is next", async () => {
    const store = await outboxOf(fresh, notification({ id: "ntf_1" }));
    await claim(store, START);
    await add(store, notification({ id: "ntf_2" }));
    await store.settleNotifications(OPS, [settled("ntf_1")], "thread-1");
    const batches = await store.claimNotifications({ nowAt: START + 1, leaseMs: LEASE_MS, limit: 10 });
    expect(batches).toMatchObject([{ thread: "thread-1", hasSent: true, notifications: [{ id: "ntf_2" }] }]);
    await store.settleNotifications(OPS, [settled("ntf_2", { status: "pending" })], null);
    const again = await store.claimNotifications({ nowAt: START + 1, leaseMs: LEASE_MS, limit: 10 });
    expect(again).toMatchObject([{ thread: "thread-1", hasSent: true, notifications: [{ id: "ntf_2" }] }]);
    await store.settleNotifications(OPS, [], null);
    expect(await claim(store, START + 1)).toEqual(["ntf_2"]);
  });

  test("the next instant to look is the earliest at which something can be claimed", async () => {
    const store = await outboxOf(fresh);
    expect(await store.nextNotificationAt(START)).toBeNull();
    await add(store, notification({ id: "ntf_1", notBeforeAt: START + 10 }), notification({ id: "ntf_2" }));
    expect(await store.nextNotificationAt(START)).toBe(START + 10);
    await add(store, notification({ id: "ntf_3", incidentId: "inc_2", notBeforeAt: START + 5 }));
    expect(await store.nextNotificationAt(START)).toBe(START + 5);
    expect(await store.nextNotificationAt(START + 7)).toBe(START + 7);
    await claim(store, START + 5);
    expect(await store.nextNotificationAt(START + 5)).toBe(START + 10);
    await claim(store, START + 10);
    // A sender that died must not keep them for ever.
    expect(await store.nextNotificationAt(START + 10)).toBe(START + 5 + LEASE_MS);
    await store.settleNotifications({ ...OPS, incidentId: "inc_2" }, [settled("ntf_3")], null);
    await store.settleNotifications(OPS, [settled("ntf_1"), settled("ntf_2")], null);
    expect(await store.nextNotificationAt(START + 10)).toBeNull();
  });
}

function settles({ fresh }: StoreTrial): void {
  test("a failed try is kept and comes again when it is told to", async () => {
    const store = await outboxOf(fresh, notification({ id: "ntf_1" }), notification({ id: "ntf_2" }));
    await claim(store, START);
    const again = settled("ntf_1", { status: "pending", notBeforeAt: START + MINUTE });
    await store.settleNotifications(OPS, [again], null);
    expect(await find(store, "ntf_1")).toEqual(
      notification({
        id: "ntf_1",
        attempts: [{ at: START + SECOND, isSent: false, code: "http_500", detail: "" }],
        notBeforeAt: START + MINUTE,
      }),
    );
    expect(await claim(store, START + MINUTE - 1)).toEqual([]);
    expect(await claim(store, START + MINUTE)).toEqual(["ntf_1+ntf_2"]);
  });

  test("a sent one has its instant, one given up or dropped does not come again", async () => {
    const store = await outboxOf(fresh, ...["ntf_1", "ntf_2", "ntf_3"].map((id) => notification({ id })));
    await claim(store, START);
    const tried = [
      settled("ntf_1", { isDigested: true }),
      settled("ntf_2", { status: "failed" }),
      settled("ntf_3", { status: "dropped", attempt: null }),
    ];
    await store.settleNotifications(OPS, tried, null);
    expect(await find(store, "ntf_1")).toMatchObject({
      status: "sent",
      sentAt: START + SECOND,
      isDigested: true,
    });
    expect(await find(store, "ntf_2")).toMatchObject({
      status: "failed",
      sentAt: null,
      attempts: [{ isSent: false }],
    });
    expect(await find(store, "ntf_3")).toMatchObject({ status: "dropped", sentAt: null, attempts: [] });
    expect(await claim(store, START + MINUTE)).toEqual([]);
  });

  test("what was sent stays sent, and what was dropped can only become sent", async () => {
    const store = await outboxOf(fresh, notification({ id: "ntf_1" }), notification({ id: "ntf_2" }));
    await claim(store, START);
    await store.settleNotifications(
      OPS,
      [settled("ntf_1"), settled("ntf_2", { status: "dropped" })],
      "thread-1",
    );
    const late = ["ntf_1", "ntf_2"].map((id) => settled(id, { status: "pending" }));
    await store.settleNotifications(OPS, late, null);
    expect(await find(store, "ntf_1")).toMatchObject({ status: "sent", attempts: [{}, {}] });
    expect(await find(store, "ntf_2")).toMatchObject({ status: "dropped" });
    await store.settleNotifications(OPS, [settled("ntf_2")], null);
    expect(await find(store, "ntf_2")).toMatchObject({ status: "sent", sentAt: START + SECOND });
    await add(store, notification({ id: "ntf_3" }));
    const batches = await store.claimNotifications({ nowAt: START, leaseMs: LEASE_MS, limit: 10 });
    expect(batches).toMatchObject([{ thread: "thread-1", notifications: [{ id: "ntf_3" }] }]);
  });

  test("only the latest attempts are kept", async () => {
    const store = await outboxOf(fresh, notification({ id: "ntf_1" }));
    for (let index = 0; index <= LIMITS.attemptsKept; index += 1) {
      const attempt = { at: START + index, isSent: false, code: "timeout", detail: "" };
      await store.settleNotifications(OPS, [settled("ntf_1", { status: "pending", attempt })], null);
    }
    const kept = (await find(store, "ntf_1"))?.attempts ?? [];
    expect(kept).toHaveLength(LIMITS.attemptsKept);
    expect(kept.at(-1)?.at).toBe(START + LIMITS.attemptsKept);
  });

  test("ids that are not there or not of the batch are passed over", async () => {
    const store = await outboxOf(
      fresh,
      notification({ id: "ntf_1" }),
      notification({ id: "ntf_2", channel: "dev" }),
      notification({ id: "ntf_3" }),
    );
    const strangers = ["ntf_2", "ntf_9"].map((id) => settled(id));
    await store.settleNotifications(OPS, [...strangers, settled("ntf_1")], null);
    await store.settleNotifications({ ...OPS, channel: "none" }, [settled("ntf_2")], "thread-1");
    await store.settleNotifications({ ...OPS, incidentId: "inc_2" }, [settled("ntf_3")], null);
    await store.settleNotifications({ ...OPS, incidentId: null }, [settled("ntf_3")], null);
    expect(await find(store, "ntf_1")).toMatchObject({ status: "sent" });
    expect(await find(store, "ntf_2")).toMatchObject({ status: "pending" });
    expect(await find(store, "ntf_3")).toMatchObject({ status: "pending" });
  });
}

function listsNotifications({ fresh }: StoreTrial): void {
  test("by age, of an incident or of all, each once while they are settled and added", async () => {
    const aged = (id: string, age: number, incidentId = "inc_1") =>
      notification({ id, incidentId, createdAt: START + age });
    const store = await outboxOf(
      fresh,
      aged("ntf_5", 1),
      aged("ntf_4", 2),
      aged("ntf_3", 2, "inc_2"),
      aged("ntf_2", 3),
      { ...aged("ntf_x", 0), project: "other" },
    );
    const ids = (found: readonly Notification[]) => found.map(({ id }) => id);
    const all = await allPages(
      (page) => store.listNotifications("default", { incidentId: null }, page),
      2,
      async () => {
        await store.settleNotifications(OPS, [settled("ntf_5"), settled("ntf_2")], null);
        await store.addNotification(aged("ntf_0", 0));
      },
    );
    expect(ids(all)).toEqual(["ntf_5", "ntf_3", "ntf_4", "ntf_2"]);
    const wanted = { incidentId: "inc_1" };
    const ofOne = await allPages((page) => store.listNotifications("default", wanted, page));
    expect(ids(ofOne)).toEqual(["ntf_0", "ntf_5", "ntf_4", "ntf_2"]);
  });

  test("opened ones that were sent are counted from an instant on, digests and other channels not", async () => {
    const opened = ["ntf_1", "ntf_2", "ntf_3", "ntf_4"].map((id) => notification({ id }));
    const store = await outboxOf(
      fresh,
      ...opened,
      notification({ id: "ntf_5", change: "resolved" }),
      notification({ id: "ntf_6", channel: "dev" }),
    );
    const sentAt = (at: number) => ({ attempt: { at, isSent: true, code: "sent", detail: "" } });
    await store.settleNotifications(
      OPS,
      [
        settled("ntf_1", sentAt(START)),
        settled("ntf_2", sentAt(START + 1)),
        settled("ntf_3", { ...sentAt(START + 2), isDigested: true }),
        settled("ntf_4", { status: "failed" }),
        settled("ntf_5", sentAt(START + 2)),
      ],
      null,
    );
    await store.settleNotifications({ ...OPS, channel: "dev" }, [settled("ntf_6", sentAt(START))], null);
    expect(await store.countOpenedSent("default", "ops", START)).toBe(2);
    expect(await store.countOpenedSent("default", "ops", START + 1)).toBe(1);
    expect(await store.countOpenedSent("default", "ops", START + 2)).toBe(0);
    expect(await store.countOpenedSent("default", "none", 0)).toBe(0);
  });

  test("a channel is known to have delivered when its latest message was sent, of whatever kind and however", async () => {
    const store = await outboxOf(
      fresh,
      notification({ id: "ntf_1" }),
      notification({ id: "ntf_2", change: "resolved" }),
      notification({ id: "ntf_3" }),
      notification({ id: "ntf_4", channel: "dev" }),
    );
    expect(await store.lastSentAt("default", "ops")).toBeNull();
    const sentAt = (at: number) => ({ attempt: { at, isSent: true, code: "sent", detail: "" } });
    await store.settleNotifications(
      OPS,
      [
        settled("ntf_1", { ...sentAt(START + 2), isDigested: true }),
        settled("ntf_2", sentAt(START + 1)),
        settled("ntf_3", { status: "failed" }),
      ],
      null,
    );
    expect(await store.lastSentAt("default", "ops")).toBe(START + 2);
    expect(await store.lastSentAt("default", "dev")).toBeNull();
    await store.addNotification(
      notification({ id: "test_1", incidentId: null, change: "test", status: "sent", sentAt: START + 5 }),
    );
    expect(await store.lastSentAt("default", "ops")).toBe(START + 5);
    expect(await store.lastSentAt("other", "ops")).toBeNull();
  });
}
