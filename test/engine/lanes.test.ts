/** Lanes: never more at once than allowed, nothing lost, whatever the order in which work ends. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createLanes } from "../../src/engine/delivery/lanes.ts";

test("whatever ends first, no lane and no sum exceeds its places, and all work is done", async () => {
  const lane = fc.constantFrom("a", "b", "c");
  await fc.assert(
    fc.asyncProperty(fc.array(lane, { maxLength: 30 }), fc.scheduler(), async (wanted, scheduler) => {
      const lanes = createLanes({ inLane: 2, inAll: 4 });
      const running: string[] = [];
      let done = 0;
      const all = wanted.map((each) =>
        lanes.run(each, async () => {
          running.push(each);
          expect(running.filter((other) => other === each).length).toBeLessThanOrEqual(2);
          expect(running.length).toBeLessThanOrEqual(4);
          await scheduler.schedule(Promise.resolve());
          running.splice(running.indexOf(each), 1);
          done += 1;
        }),
      );
      await scheduler.waitIdle();
      await Promise.all(all);
      expect(done).toBe(wanted.length);
    }),
  );
});

test("work that fails gives its place back", async () => {
  const lanes = createLanes({ inLane: 1, inAll: 1 });
  const failing = lanes.run("a", () => Promise.reject(new Error("no")));
  const next = lanes.run("a", () => Promise.resolve());
  await expect(failing).rejects.toThrow("no");
  await next;
});

test("a lane is busy while anything occupies it", async () => {
  const lanes = createLanes();
  await lanes.occupy("a", () =>
    lanes.occupy("a", async () => {
      expect(lanes.busy()).toEqual(["a"]);
    }),
  );
  expect(lanes.busy()).toEqual([]);
});
