/** Messages are counted by the kind of their channel and what came of sending them. */
import { beforeEach, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import type { Metrics } from "../../src/ports/metrics.ts";
import { createMetrics } from "../../src/system/metrics.ts";
import { incident } from "../makers-message.ts";
import { FAILED, notification, startWorld, type World } from "./delivery-world.ts";

let world: World;
let metrics: Metrics;
beforeEach(async () => {
  world = await startWorld();
  metrics = createMetrics();
  world.parts.metrics = metrics;
  await world.put({ incidents: [incident()], notifications: [notification()] });
});

async function counted(): Promise<Record<string, number>> {
  const { body } = await metrics.text();
  const found = body.matchAll(/^rollcall_delivery_attempts_total\{kind="(\w+)",result="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries(
    [...found].map(([, kind, result, count]) => [`${kind} ${result}`, Number(count)]),
  );
}

test("one that is tried again and then sent is counted each time", async () => {
  world.answer = () => FAILED;
  await world.pass();
  expect(await counted()).toEqual({ "recorder retry": 1 });
  world.answer = () => ({ isSent: true, thread: null });
  await world.pass(LIMITS.retryLongestMs);
  expect(await counted()).toEqual({ "recorder retry": 1, "recorder sent": 1 });
});

test("one that is refused for good is given up", async () => {
  world.answer = () => ({ ...FAILED, isPermanent: true });
  await world.pass();
  expect(await counted()).toEqual({ "recorder given_up": 1 });
});
