/** Clocks of this machine: one that is set with it, and one that goes on. */
import { afterEach, expect, test, vi } from "vitest";
import { steadyClock, wallClock } from "../../src/system/clock.ts";
import { HOUR, SECOND } from "../makers.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("the steady clock tells the time, and goes on with it wherever the machine's is set", () => {
  const steady = steadyClock();
  const before = wallClock().now();
  expect(Math.abs(steady.now() - before)).toBeLessThan(HOUR);
  const at = steady.now();
  for (const offMs of [HOUR, -HOUR]) {
    vi.useFakeTimers({ toFake: ["Date"], now: before + offMs });
    expect(wallClock().now()).toBe(before + offMs);
    expect(steady.now() - at).toBeLessThan(10 * SECOND);
    expect(steady.now()).toBeGreaterThanOrEqual(at);
  }
});
