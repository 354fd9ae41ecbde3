/** Where several processes share a store that hangs, whoever checks in is told in time; what is still on its way counts. */
import { expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { createFace } from "./face.ts";

const PROMISED_MS = 2_000;

test("a check-in that the store lets wait is told to come again within two seconds, and stays on its way", async () => {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  let isHanging = false;
  const face = await createFace({
    answersWithinMs: LIMITS.answeredWithinMs,
    around: (store) => ({
      ...store,
      async commit(...given) {
        if (isHanging) await held;
        return store.commit(...given);
      },
    }),
  });
  await face.api("PUT", "/v1/monitors/nightly", { body: { schedule: { every: "1h" } } });
  const checkIn = () => face.app.request(`/checkin/${face.keys.ping}/nightly/log`);
  expect((await checkIn()).status).toBe(200);

  isHanging = true;
  const receivedAt = face.now();
  const { arrivals } = face.engine;
  const asked = checkIn();
  await expect.poll(() => arrivals.judgeableAt(receivedAt + 1)).toBe(receivedAt);
  face.ring(PROMISED_MS - 1);
  const answer = await asked;
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);

  expect(arrivals.judgeableAt(face.now())).toBe(receivedAt);
  letGo();
  await expect.poll(() => arrivals.judgeableAt(face.now())).toBe(face.now());
});
