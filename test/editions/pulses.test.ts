/** What stops is seen, and what only has nothing to do is not called stopped. */
import { expect, test } from "vitest";
import { createPulses } from "../../src/editions/pulses.ts";

const well = async (): Promise<void> => {};
const badly = async (): Promise<void> => {
  throw new Error("no answer");
};

test("work that must be done all the time is a problem when it was not for too long, whether it fails or hangs", async () => {
  let nowMs = 0;
  const pulses = createPulses(() => nowMs);
  const pulse = pulses.steady("Nobody has looked", 10_000);
  nowMs = 9_000;
  await pulse.during(well);
  nowMs = 19_000;
  expect(pulses.problems()).toEqual([]);
  await expect(pulse.during(badly)).rejects.toThrow("no answer");
  void pulse.during(() => new Promise(() => {}));
  nowMs = 24_000;
  expect(pulses.problems()).toEqual(["Nobody has looked for 15s."]);
  await pulse.during(well);
  expect(pulses.problems()).toEqual([]);
});

test("work that is not asked for is no problem, but it is when all that was asked for failed", async () => {
  let nowMs = 0;
  const pulses = createPulses(() => nowMs);
  const pulse = pulses.whenAsked("Looking has failed", 10_000);
  nowMs = 60_000;
  expect(pulses.problems()).toEqual([]);
  await expect(pulse.during(badly)).rejects.toThrow("no answer");
  nowMs = 75_000;
  await expect(pulse.during(badly)).rejects.toThrow("no answer");
  expect(pulses.problems()).toEqual(["Looking has failed for 15s."]);
  await pulse.during(well);
  expect(pulses.problems()).toEqual([]);
});
