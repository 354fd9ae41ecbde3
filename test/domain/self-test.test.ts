/** When a quiet channel is tried: never a busy one, always a quiet one, and by one name until something changes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { selfTestDueAt } from "../../src/domain/self-test.ts";

const DAY = 86_400_000;
const CREATED_AT = Date.parse("2026-03-02T00:00:00Z");
const everyMs = fc.integer({ min: LIMITS.shortestSelfTestMs, max: LIMITS.longestSelfTestMs });
const passedMs = fc.integer({ min: 0, max: 400 * DAY });

test("it is due from the chosen time after the last delivery on, or after the channel was made", () => {
  const due = (lastSentAt: number | null, nowAt: number) =>
    selfTestDueAt({ createdAt: CREATED_AT, lastSentAt, everyMs: 7 * DAY }, nowAt);
  expect(due(null, CREATED_AT + 7 * DAY - 1)).toBeNull();
  expect(due(null, CREATED_AT + 7 * DAY)).toBe(CREATED_AT + 7 * DAY);
  expect(due(CREATED_AT + DAY, CREATED_AT + 8 * DAY - 1)).toBeNull();
  // Kept from a channel of the same name that was deleted.
  expect(due(CREATED_AT - DAY, CREATED_AT + 6 * DAY)).toBeNull();
});

test("whoever looks, whenever, sees the same instants, and two of them are never pending at once", () => {
  fc.assert(
    fc.property(everyMs, passedMs, passedMs, (everyMs, oneMs, otherMs) => {
      const due = (passed: number) =>
        selfTestDueAt({ createdAt: CREATED_AT, lastSentAt: null, everyMs }, CREATED_AT + passed);
      const [earlier, later] = [due(Math.min(oneMs, otherMs)), due(Math.max(oneMs, otherMs))];
      if (earlier === null || later === null) return;
      expect(later === earlier || later - earlier >= LIMITS.outboxGiveUpMs).toBe(true);
      expect((later - earlier) % Math.max(everyMs, LIMITS.outboxGiveUpMs + LIMITS.retryAfterLongestMs)).toBe(
        0,
      );
    }),
  );
});

test("a channel that stays quiet is not left alone for longer than was chosen, or than a try may take", () => {
  fc.assert(
    fc.property(everyMs, passedMs, (everyMs, passed) => {
      const nowAt = CREATED_AT + everyMs + passed;
      const dueAt = selfTestDueAt({ createdAt: CREATED_AT, lastSentAt: null, everyMs }, nowAt) ?? 0;
      expect(nowAt - dueAt).toBeLessThan(
        Math.max(everyMs, LIMITS.outboxGiveUpMs + LIMITS.retryAfterLongestMs),
      );
    }),
  );
});
