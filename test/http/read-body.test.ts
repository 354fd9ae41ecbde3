/** The kept tail of a body begins at a character. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { tailOf } from "../../src/http/read-body.ts";

test("whatever was sent, its tail is the end of it, and no character is torn", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.nat(80), (text, keptBytes) => {
      const bytes = new TextEncoder().encode(text);
      const tail = tailOf(bytes, keptBytes);
      expect(tail.byteLength).toBeLessThanOrEqual(keptBytes);
      expect(tail.byteLength).toBeGreaterThan(Math.min(bytes.byteLength, keptBytes) - 4);
      expect(
        new TextDecoder().decode(bytes).endsWith(new TextDecoder("utf-8", { fatal: true }).decode(tail)),
      ).toBe(true);
    }),
    { numRuns: 500 },
  );
});
