/** Contract of every store: notifications go out in order, to one sender at a time, and none is forgotten. */
import { describe, expect, test } from "vitest";
import type { Notification } from "../../../src/domain/notification.ts";
import { MINUTE, notification, START } from "../../makers.ts";
import { claim, find, LEASE_MS, OPS, outboxOf, settled } from "./filled-outbox.ts";
import { allPages, type StoreTrial } from "./trial.ts";

export function outboxContract(trial: StoreTrial): void {
  describe("hands out notifications", () => handsOut(trial));
  describe("lists and counts notifications:", () => listsNotifications(trial));
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
