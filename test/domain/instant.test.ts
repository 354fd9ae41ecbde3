/** Instants written and read again. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { instantText, parseInstant } from "../../src/domain/instant.ts";

const YEAR_9999 = Date.UTC(9999, 0, 1);

test("an instant is written as everyone else writes it, and is read as itself", () => {
  const whole = fc.nat(YEAR_9999 / 1_000).map((seconds) => seconds * 1_000);
  fc.assert(
    fc.property(
      fc.oneof(
        whole,
        fc.maxSafeNat().map((at) => at % YEAR_9999),
      ),
      (at) => {
        expect(instantText(at)).toBe(new Date(at).toISOString().replace(".000Z", "Z"));
        expect(parseInstant(instantText(at))).toBe(at);
      },
    ),
  );
});

test("milliseconds are written only where there are any", () => {
  expect(instantText(0)).toBe("1970-01-01T00:00:00Z");
  expect(instantText(1_772_953_205_007)).toBe("2026-03-08T07:00:05.007Z");
});
