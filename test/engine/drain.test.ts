/** Delivery of one channel alone: all that can be claimed for it, also what comes meanwhile, and nothing else. */
import { expect, test } from "vitest";
import { addChannel, FAILED, notification, openings, startWorld } from "./delivery-world.ts";

test("one channel is drained, and the others are left to whoever drains them", async () => {
  const world = await startWorld();
  await addChannel(world, "other");
  await world.put(openings(3));
  await world.put(openings(2, "other"));
  expect(await world.drain("ops")).toEqual({ claimed: 3 });
  expect(world.sent).toHaveLength(3);
  expect(await world.drain("other")).toEqual({ claimed: 2 });
  expect(world.sent).toHaveLength(5);
});

test("what is committed while a channel is drained is sent as well", async () => {
  const world = await startWorld();
  await world.put(openings(1));
  let more = 2;
  world.answer = async () => {
    if (more > 0)
      await world.put({ notifications: [notification({ incidentId: null, id: `more-${more}` })] });
    more -= 1;
    return { isSent: true, thread: null };
  };
  expect(await world.drain("ops")).toEqual({ claimed: 3 });
  expect(world.sent).toHaveLength(3);
});

test("a channel that fails ends its drain: what failed is due later", async () => {
  const world = await startWorld();
  await world.put(openings(2));
  world.answer = () => FAILED;
  expect(await world.drain("ops")).toEqual({ claimed: 2 });
  expect(world.sent).toHaveLength(2);
});

test("two that drain one channel send nothing twice", async () => {
  const world = await startWorld();
  await world.put(openings(5));
  const claimed = await Promise.all([world.drain("ops"), world.drain("ops")]);
  expect(claimed.map((each) => each.claimed)).toEqual([5, 0]);
  expect(world.sent).toHaveLength(5);
});
