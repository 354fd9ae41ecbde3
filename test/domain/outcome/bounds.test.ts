/** What stays of a list when there is room for a part of it. */
import { expect, test } from "vitest";
import { fitting, logTail } from "../../../src/domain/outcome/bounds.ts";
import { LIMITS } from "../../../src/domain/limits.ts";

const items = ["a", "b", "c", "d"];

test("all of it, where it just fits", () => {
  const exactly = { items: 4, characters: JSON.stringify(items).length };
  expect(fitting(items, exactly)).toEqual({ kept: items, cut: [] });
});

test("the first ones, where it is too long or too large", () => {
  expect(fitting(items, { items: 3, characters: 100 })).toEqual({ kept: ["a", "b", "c"], cut: ["d"] });
  const oneLess = { items: 4, characters: JSON.stringify(items).length - 1 };
  expect(fitting(items, oneLess)).toEqual({ kept: ["a", "b", "c"], cut: ["d"] });
});

test("the worthiest ones in the order in which they were, and smaller ones where a large one has no room", () => {
  const worth = (item: string) => (item === "d" ? 1 : 0);
  expect(fitting(items, { items: 2, characters: 100 }, worth).kept).toEqual(["a", "d"]);
  expect(fitting(["x".repeat(50), ...items], { items: 9, characters: 20 }).kept).toEqual(items);
});

test("a log is measured as JSON writes it, to the last character", () => {
  for (const [piece, characters] of [
    ["x", 1],
    ['"', 2],
    ["\n", 2],
    ["\u0001", 6],
  ] as const) {
    const fits = piece.repeat(LIMITS.logCharacters / characters);
    expect(logTail(fits)).toBe(fits);
    expect(logTail(`x${fits}`)).toBe(fits);
    expect(JSON.stringify(fits)).toHaveLength(LIMITS.logCharacters + 2);
  }
});
