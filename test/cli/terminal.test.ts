/** Tables for people: aligned, coloured only where wanted, and never steered by what they show. */
import { expect, test } from "vitest";
import { plain, table } from "../../src/cli/terminal.ts";

test("columns line up, coloured or not", () => {
  const rows = [
    [{ text: "a" }, { text: "down", colour: "red" as const }],
    [{ text: "longer" }, { text: "up" }],
  ];
  expect(table(rows, { isColoured: false })).toBe("a       down\nlonger  up");
  expect(table(rows, { isColoured: true })).toBe("a       \u001b[31mdown\u001b[0m\nlonger  up");
});

test("control characters and changes of direction become spaces", () => {
  expect(plain("a\u001b[2J\r\nb\u202ec\u0007\u009bd")).toBe("a [2J b c d");
  expect(plain("größe 日本 👍")).toBe("größe 日本 👍");
});
