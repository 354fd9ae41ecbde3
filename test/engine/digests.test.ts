/** Digests: many incidents opened at once on one channel become one message. */
import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { incident } from "../makers-message.ts";
import { addChannel, FAILED, notification, openings, startWorld, type World } from "./delivery-world.ts";

let world: World;
beforeEach(async () => {
  world = await startWorld();
});

describe("digests", () => {
  test(`${LIMITS.digestOver} openings at once are told one by one`, async () => {
    await world.put(openings(LIMITS.digestOver));
    await world.pass();
    expect(world.sent.every(({ message }) => message.kind === "incident")).toBe(true);
    expect(world.sent).toHaveLength(LIMITS.digestOver);
  });

  test("one more makes them one digest with the number and the first titles", async () => {
    await world.put(openings(LIMITS.digestOver + 5));
    await world.pass();
    expect(world.sent).toHaveLength(1);
    const { message } = world.sent[0] ?? {};
    expect(message).toMatchObject({ kind: "digest", digest: { count: 25, changes: "25 missing" } });
    expect(message?.digest?.titles).toHaveLength(LIMITS.digestTitles);
    expect(message?.digest?.incidentIds).toHaveLength(25);
    expect((await world.kept()).every(({ status, isDigested }) => status === "sent" && isDigested)).toBe(
      true,
    );
  });

  test("a digest says which of its incidents are closed since, behind those that are open", async () => {
    const { incidents, notifications } = openings(LIMITS.digestOver + 5);
    const over = notification({ incidentId: "inc_ops_0", change: "resolved" });
    await world.put({ incidents, notifications: [...notifications, over] });
    await world.pass();
    const { message } = world.sent[0] ?? {};
    expect(message?.title).toBe("25 incidents opened, 1 of them closed since");
    expect(message?.digest?.titles[0]).toBe("job-1 is missing");
  });

  test("openings told within the last minute count too", async () => {
    const { incidents, notifications } = openings(30);
    await world.put({ incidents, notifications: notifications.slice(0, 15) });
    await world.pass();
    await world.put({ notifications: notifications.slice(15) });
    await world.pass(1_000);
    expect(world.sent.map(({ message }) => message.kind)).toEqual([...Array(15).fill("incident"), "digest"]);
  });

  test("each channel counts its own, and ends go to their own threads", async () => {
    await addChannel(world, "quiet");
    const storm = openings(LIMITS.digestOver + 1);
    const calm = openings(2, "quiet");
    const old = incident({ id: "inc_old" });
    await world.put({ incidents: [old], notifications: [notification({ incidentId: "inc_old" })] });
    await world.pass();
    await world.put({
      incidents: [...storm.incidents, ...calm.incidents, { ...old, status: "resolved" }],
      notifications: [
        ...storm.notifications,
        ...calm.notifications,
        notification({ incidentId: "inc_old", change: "resolved" }),
      ],
    });
    world.sent.length = 0;
    await world.pass();
    const kinds = world.sent.map(({ message }) => message.kind).toSorted();
    expect(kinds).toEqual(["digest", "incident", "incident", "incident"]);
  });

  test("a digest that fails is tried again whole, under the same key", async () => {
    await world.put(openings(LIMITS.digestOver + 1));
    world.answer = () => FAILED;
    await world.pass();
    world.answer = () => ({ isSent: true, thread: null });
    await world.pass(LIMITS.retryFirstMs);
    expect(world.sent.map(({ message }) => message.deduplicationKey)).toHaveLength(2);
    expect(world.sent[1]?.message.deduplicationKey).toBe(world.sent[0]?.message.deduplicationKey);
    expect((await world.kept()).every(({ status }) => status === "sent")).toBe(true);
  });
});
