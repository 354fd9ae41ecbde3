/** Contract of every store: what was claimed is one sender's until it has told what came of it. */
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import { MINUTE, notification, SECOND, START } from "../../makers.ts";
import { add, claim, find, LEASE_MS, OPS, outboxOf, settled } from "./filled-outbox.ts";
import type { StoreTrial } from "./trial.ts";

export function settlingContract(trial: StoreTrial): void {
  describe("leases what it hands out:", () => leases(trial));
  describe("settles notifications:", () => settles(trial));
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
    const latest = { ...OPS, leasedUntilAt: START + 3 * LEASE_MS };
    await store.settleNotifications(latest, [settled("ntf_1", { status: "pending" })], null);
    expect(await claimed(START + 2 * LEASE_MS)).toBe(false);
  });

  test("who settles after its own lease has ended leaves that of the next one as it is", async () => {
    const store = await outboxOf(fresh, notification({ id: "ntf_1" }));
    await claim(store, START);
    expect(await claim(store, START + LEASE_MS)).toEqual(["ntf_1"]);
    await add(store, notification({ id: "ntf_2" }));
    await store.settleNotifications(OPS, [settled("ntf_1")], "thread-1");
    expect(await claim(store, START + LEASE_MS)).toEqual([]);
    const next = { ...OPS, leasedUntilAt: START + 2 * LEASE_MS };
    await store.settleNotifications(next, [settled("ntf_1")], null);
    const [batch] = await store.claimNotifications({ nowAt: START + LEASE_MS, leaseMs: LEASE_MS, limit: 10 });
    expect(batch).toMatchObject({ thread: "thread-1", hasSent: true, notifications: [{ id: "ntf_2" }] });
  });

  test("settling ends it, and what was added meanwhile is next", async () => {
    const store = await outboxOf(fresh, notification({ id: "ntf_1" }));
    await claim(store, START);
    await add(store, notification({ id: "ntf_2" }));
    await store.settleNotifications(OPS, [settled("ntf_1")], "thread-1");
    const batches = await store.claimNotifications({ nowAt: START + 1, leaseMs: LEASE_MS, limit: 10 });
    expect(batches).toMatchObject([{ thread: "thread-1", hasSent: true, notifications: [{ id: "ntf_2" }] }]);
    const next = { ...OPS, leasedUntilAt: START + 1 + LEASE_MS };
    await store.settleNotifications(next, [settled("ntf_2", { status: "pending" })], null);
    const again = await store.claimNotifications({ nowAt: START + 1, leaseMs: LEASE_MS, limit: 10 });
    expect(again).toMatchObject([{ thread: "thread-1", hasSent: true, notifications: [{ id: "ntf_2" }] }]);
    await store.settleNotifications(next, [], null);
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
