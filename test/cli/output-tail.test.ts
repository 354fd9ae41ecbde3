/** The end of an output: what is kept of it, whatever pieces it came in. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { outputTail } from "../../src/cli/output-tail.ts";

const LIMIT = 1_000;

function tailOf(bytes: Buffer, cuts: readonly number[] = []): string {
  const tail = outputTail(LIMIT);
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [index, edge] of edges.entries()) tail.add(bytes.subarray(edges[index - 1] ?? 0, edge));
  return tail.text();
}

test("a short output is kept as it is, in whatever pieces it came", () => {
  const short = fc
    .string({ unit: "grapheme", maxLength: 100 })
    .filter((text) => Buffer.byteLength(text) <= LIMIT);
  fc.assert(
    fc.property(short, fc.array(fc.nat(), { maxLength: 9 }), (text, cuts) => {
      expect(tailOf(Buffer.from(text), cuts)).toBe(text);
    }),
  );
});

test("of a long one the end is kept, within the limit, without half characters", () => {
  const long = fc.string({ unit: "grapheme", minLength: 1_200, maxLength: 9_000 });
  fc.assert(
    fc.property(long, fc.array(fc.nat(), { maxLength: 9 }), (text, cuts) => {
      const kept = tailOf(Buffer.from(text), cuts);
      const [note = "", ...rest] = kept.split("\n");
      expect(note).toMatch(/^\[the first \d+ bytes of the output are left out\]$/);
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(LIMIT);
      expect(rest.join("\n").length).toBeGreaterThan(LIMIT / 5);
      expect(text.endsWith(rest.join("\n"))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test("bytes that are no text stay within the limit too", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3 * LIMIT }), (bytes) => {
      expect(Buffer.byteLength(tailOf(Buffer.from(bytes)))).toBeLessThanOrEqual(LIMIT);
    }),
  );
});

test("exactly the limit is not cut, one byte more is", () => {
  expect(tailOf(Buffer.alloc(LIMIT, "a"))).toBe("a".repeat(LIMIT));
  expect(tailOf(Buffer.alloc(LIMIT + 1, "a"))).toMatch(/^\[the first 101 bytes/);
});
