/** Delivery: what is sent, in what order, once or again, together or not at all. */
import { afterTurn } from "../../src/system/timers.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { STORES } from "../../src/stores/all.ts";
import { AT, incident } from "../makers-message.ts";
import {
  addChannel,
  FAILED,
  notification,
  openTrouble,
  openings,
  PROJECT,
  startWorld,
  type World,
} from "./delivery-world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let world: World;
beforeEach(async () => {
  world = await startWorld();
});

describe("sending", () => {
  test("a due notification is sent once, with the incident, its secrets opened, and a page to look at", async () => {
    await world.put({ incidents: [incident()], notifications: [notification()] });
    await world.pass();
    await world.pass(MINUTE);
    expect(world.sent).toHaveLength(1);
    expect(world.sent[0]).toMatchObject({
      settings: { token: "secret-of-ops" },
      thread: null,
      message: { kind: "incident", incident: { id: "inc_1" }, url: "https://rollcall.example.org/" },
    });
    expect(await world.kept()).toMatchObject([
      { status: "sent", sentAt: AT, attempts: [{ at: AT, isSent: true, code: "sent" }] },
    ]);
  });

  test("what is not due yet waits", async () => {
    await world.put({ incidents: [incident()], notifications: [notification({ notBeforeAt: AT + MINUTE })] });
    await world.pass(MINUTE - 1);
    expect(world.sent).toEqual([]);
    await world.pass(1);
    expect(world.sent).toHaveLength(1);
  });

  test("pending changes of one incident collapse into one message that tells all of them", async () => {
    const changes = (["opened", "changed", "resolved"] as const).map((change) => notification({ change }));
    const resolved = incident({ status: "resolved", title: "over" });
    await world.put({ incidents: [resolved], notifications: changes });
    await world.pass();
    expect(world.sent).toHaveLength(1);
    expect(world.sent[0]?.message).toMatchObject({
      title: "over",
      deduplicationKey: `inc_1/${changes[2]?.id}/ops`,
    });
    expect(world.sent[0]?.message.changes.map(({ change }) => change)).toEqual([
      "opened",
      "changed",
      "resolved",
    ]);
    expect((await world.kept()).map(({ status }) => status)).toEqual(["sent", "sent", "sent"]);
  });

  test("what the channel remembers of an incident is handed back with its next change", async () => {
    await world.put({ incidents: [incident()], notifications: [notification()] });
    await world.pass();
    await world.put({ notifications: [notification({ change: "acknowledged" })] });
    await world.pass();
    expect(world.sent.map(({ thread }) => thread)).toEqual([null, "t"]);
  });

  test("a later change never overtakes an earlier one that failed", async () => {
    await world.put({ incidents: [incident()], notifications: [notification()] });
    world.answer = () => FAILED;
    await world.pass();
    await world.put({ notifications: [notification({ change: "resolved" })] });
    world.answer = () => ({ isSent: true, thread: null });
    expect(await world.pass()).toEqual({ claimed: 0 });
    await world.pass(LIMITS.retryFirstMs);
    expect(world.sent.at(-1)?.message.changes.map(({ change }) => change)).toEqual(["opened", "resolved"]);
  });

  test("results of a monitor without an incident go one by one", async () => {
    const results = [1, 2].map(() => notification({ incidentId: null, change: "result", result: "late" }));
    await world.put({ notifications: results });
    await world.pass();
    expect(world.sent.map(({ message }) => message.kind)).toEqual(["result", "result"]);
  });
});

describe("muting", () => {
  const later = { isOnlyIfOpen: true, notBeforeAt: AT + 15 * MINUTE };

  test.each(["resolved", "acknowledged"] as const)(
    "`after:` says nothing of an incident %s by then",
    async (status) => {
      const notifications = [notification(later), notification({ change: status, isOnlyIfOpen: true })];
      await world.put({ incidents: [incident({ status })], notifications });
      await world.pass(15 * MINUTE);
      expect(world.sent).toEqual([]);
      expect(await world.kept()).toMatchObject([
        { status: "dropped", attempts: [{ isSent: false, code: "no_longer_open" }] },
        { status: "dropped" },
      ]);
    },
  );

  test("`after:` tells an incident that is still open, and then its end", async () => {
    await world.put({ incidents: [incident()], notifications: [notification(later)] });
    await world.pass(15 * MINUTE);
    const resolved = incident({ status: "resolved" });
    await world.put({
      incidents: [resolved],
      notifications: [notification({ change: "resolved", isOnlyIfOpen: true })],
    });
    await world.pass();
    expect(world.sent.map(({ message }) => message.changes[0]?.change)).toEqual(["opened", "resolved"]);
  });

  test.each([
    ["after it was due: it may have been sent, so its end is told", 1, ["opened", "resolved"]],
    ["in time: nobody has sent it", -1, []],
  ])("`after:`, taken by a sender that died, closed %s", async (_what, closedAfterMs, told) => {
    const { notBeforeAt } = later;
    await world.put({ incidents: [incident()], notifications: [notification(later)] });
    await world.parts.store.claimNotifications({ nowAt: notBeforeAt, leaseMs: MINUTE, limit: 1 });
    const entry = { at: notBeforeAt + closedAfterMs, what: "resolved" as const, text: "", by: null };
    const end = notification({ change: "resolved", isOnlyIfOpen: true });
    const resolved = incident({ status: "resolved", timeline: [entry] });
    await world.put({ incidents: [resolved], notifications: [end] });
    await world.pass(16 * MINUTE);
    expect(world.sent.flatMap(({ message }) => message.changes.map(({ change }) => change))).toEqual(told);
  });

  test("the end of an incident whose opening was given up is not told", async () => {
    await world.put({ incidents: [incident()], notifications: [notification()] });
    world.answer = () => ({ ...FAILED, isPermanent: true });
    await world.pass();
    await world.put({
      incidents: [incident({ status: "resolved" })],
      notifications: [notification({ change: "resolved" })],
    });
    await world.pass();
    expect(world.sent).toHaveLength(1);
    expect((await world.kept()).map(({ status }) => status)).toEqual(["failed", "dropped"]);
  });

  test("notifications to a channel that is gone are dropped", async () => {
    await world.put({ incidents: [incident()], notifications: [notification({ channel: "gone" })] });
    await world.pass();
    expect(await world.kept()).toMatchObject([
      { status: "dropped", attempts: [{ code: "channel_deleted" }] },
    ]);
    expect(world.troubles).toEqual([]);
  });
});

describe("trying again", () => {
  const waits = async (tries: number): Promise<number[]> => {
    const between: number[] = [];
    for (let round = 0; round < tries; round += 1) {
      await world.pass();
      const nextAt = (await world.kept())[0]?.notBeforeAt ?? 0;
      between.push(nextAt - world.clock.at);
      world.clock.at = nextAt;
    }
    return between;
  };

  test("waits double up to a bound", async () => {
    await world.put({ incidents: [incident()], notifications: [notification()] });
    world.answer = () => FAILED;
    // Chance stands at one half here, which makes three quarters of each wait.
    expect(await waits(12)).toEqual(
      [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600].map((seconds) => seconds * 750),
    );
  });

  test("a receiver that names a time is obeyed, within an hour", async () => {
    await world.put({ incidents: [incident()], notifications: [notification()] });
    world.answer = () => ({ ...FAILED, retryAfterMs: 42_000 });
    expect(await waits(1)).toEqual([42_000]);
    world.answer = () => ({ ...FAILED, retryAfterMs: 5 * HOUR });
    expect(await waits(1)).toEqual([LIMITS.retryAfterLongestMs]);
  });

  test("a permanent error stops at once and the project hears of the channel", async () => {
    await world.put({ incidents: [incident()], notifications: [notification()] });
    world.answer = () => ({ ...FAILED, code: "invalid_auth", detail: "no", isPermanent: true });
    await world.pass();
    await world.pass(HOUR);
    expect(world.sent).toHaveLength(1);
    expect(await world.kept()).toMatchObject([
      { status: "failed", attempts: [{ code: "invalid_auth", detail: "no" }] },
    ]);
    expect(world.troubles).toEqual([
      { project: PROJECT, channel: "ops", type: "failed", code: "invalid_auth", detail: "no", at: AT },
    ]);
  });

  test("others are given up after a day, and not before", async () => {
    await world.put({ incidents: [incident()], notifications: [notification()] });
    world.answer = () => FAILED;
    await world.pass(LIMITS.outboxGiveUpMs - 1);
    expect(await world.kept()).toMatchObject([{ status: "pending" }]);
    expect(world.troubles).toEqual([]);
    await world.pass(LIMITS.retryLongestMs);
    expect(await world.kept()).toMatchObject([{ status: "failed" }]);
    expect(world.troubles).toMatchObject([{ type: "failed", code: "http_500" }]);
  });

  test("when the project cannot be told of the trouble, the message stays pending", async () => {
    await world.put({ incidents: [incident()], notifications: [notification()] });
    world.answer = () => ({ ...FAILED, isPermanent: true });
    world.troubles.push = () => {
      throw new Error("the store is away");
    };
    await world.pass();
    expect(await world.kept()).toMatchObject([{ status: "pending" }]);
    expect(world.logged.join()).toContain("a message could not be settled");
  });

  test("the first message that arrives after a channel's incident opened is told as recovery", async () => {
    await openTrouble(world, {});
    await world.put({ incidents: [incident()], notifications: [notification()] });
    await world.pass();
    expect(world.troubles).toMatchObject([{ channel: "ops", type: "recovered" }]);
  });
});

describe("one bad thing does not stop the others", () => {
  test("a channel that breaks is logged without its secret, and tried again", async () => {
    await addChannel(world, "broken");
    const [first, second] = [incident(), incident({ id: "inc_2" })];
    const notifications = [notification({ channel: "broken" }), notification({ incidentId: "inc_2" })];
    await world.put({ incidents: [first, second], notifications });
    world.answer = ({ settings }) => {
      if (settings["token"] === "secret-of-broken") throw new Error("cannot use secret-of-broken");
      return { isSent: true, thread: null };
    };
    await world.pass();
    expect((await world.kept()).map(({ status }) => status)).toEqual(["pending", "sent"]);
    expect(world.logged.join()).toContain("a channel broke while sending");
    expect(world.logged.join()).not.toContain("secret-of");
    expect(JSON.stringify(await world.kept())).not.toContain("secret-of");
  });

  test("a channel of a kind that is not known fails for good, and so do secrets of another key file", async () => {
    await addChannel(world, "pager", "carrier-pigeon");
    const sealed = { token: "v1.not-ours" };
    const channel = { project: PROJECT, kind: "recorder", settings: sealed, createdAt: AT, updatedAt: AT };
    await world.parts.store.putChannel({ ...channel, name: "moved" });
    const notifications = [notification({ channel: "pager" }), notification({ channel: "moved" })];
    await world.put({ incidents: [incident()], notifications });
    await world.pass();
    expect(await world.kept()).toMatchObject([
      { status: "failed", attempts: [{ code: "unknown_kind" }] },
      { status: "failed", attempts: [{ code: "secrets_unreadable" }] },
    ]);
    expect(world.troubles).toHaveLength(2);
  });

  test("a channel that hangs delays no other channel, now or in the next pass", async () => {
    await addChannel(world, "hanging");
    const stuck = openings(6, "hanging");
    const quick = openings(3);
    await world.put({
      incidents: [...stuck.incidents, ...quick.incidents],
      notifications: [...stuck.notifications, ...quick.notifications.slice(0, 2)],
    });
    const held: (() => void)[] = [];
    world.answer = ({ settings }) => {
      if (settings["token"] === "secret-of-ops") return { isSent: true, thread: null };
      return new Promise((resolve) => held.push(() => resolve(FAILED)));
    };
    const first = world.pass();
    await expect.poll(() => held.length).toBe(LIMITS.sendsPerChannel);
    const sentOn = async (channel: string) =>
      (await world.kept()).filter((each) => each.channel === channel && each.status === "sent").length;
    expect(await sentOn("ops")).toBe(2);
    // The hanging channel gets something new, and so does the other one.
    await world.put({
      incidents: [incident({ id: "inc_new" })],
      notifications: [
        notification({ channel: "hanging", incidentId: "inc_new" }),
        ...quick.notifications.slice(2),
      ],
    });
    expect(await world.pass()).toEqual({ claimed: 1 });
    expect(await sentOn("ops")).toBe(3);
    // The lease of those behind the hanging ones is nearly over: they are left to the next claim.
    world.clock.at += LIMITS.sendStartMs + 1;
    for (const release of held) release();
    await first;
    expect(held).toHaveLength(LIMITS.sendsPerChannel);
    const attempts = (await world.kept())
      .filter(({ channel }) => channel === "hanging")
      .map((each) => each.attempts.length);
    expect(attempts.toSorted((one, other) => one - other)).toEqual([0, 0, 0, 1, 1, 1, 1]);
  });

  test("two passes at once send nothing twice", async () => {
    await world.put(openings(10));
    await Promise.all([world.pass(), world.pass(), world.pass()]);
    expect(world.sent).toHaveLength(10);
  });
});

describe.each(STORES)("over the $name store", ({ open }) => {
  test("busy channels are passed over, and what is settled is not claimed again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rollcall-delivery-"));
    const store = await open({ folder, afterTurn });
    try {
      world = await startWorld(store);
      await addChannel(world, "other");
      const [here, there] = [openings(2), openings(2, "other")];
      const incidents = [...here.incidents, ...there.incidents];
      await world.put({ incidents, notifications: [...here.notifications, ...there.notifications] });
      await world.underWay.lanes.occupy(`${PROJECT}/other`, async () => {
        expect(await world.pass()).toEqual({ claimed: 2 });
      });
      expect(world.sent.map(({ settings }) => settings["token"])).toEqual(["secret-of-ops", "secret-of-ops"]);
      expect(await world.pass()).toEqual({ claimed: 2 });
      expect(await world.pass()).toEqual({ claimed: 0 });
      expect((await world.kept()).every(({ status }) => status === "sent")).toBe(true);
    } finally {
      await store.close();
      rmSync(folder, { recursive: true });
    }
  });
});
