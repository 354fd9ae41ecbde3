/** "Did you mean": the name that was meant, and none where nothing is near. */
import { expect, test } from "vitest";
import { nearestWord } from "../../src/domain/nearest-word.ts";

const FIELDS = ["name", "tags", "schedule", "grace", "early", "max_runtime", "overlap", "channels", "every"];

test.each([
  ["shedule", "schedule"],
  ["schedule_", "schedule"],
  ["graec", "grace"],
  ["Grace", "grace"],
  ["overlapp", "overlap"],
  ["maxruntime", "max_runtime"],
  ["chanels", "channels"],
  ["evry", "every"],
  ["tag", "tags"],
  ["colour", null],
  ["x", null],
  ["", null],
])("%j was meant for %j", (word, meant) => {
  expect(nearestWord(word, FIELDS)).toBe(meant);
});
