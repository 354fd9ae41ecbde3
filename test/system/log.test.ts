/** Log lines are JSON, errors say their cause, and the level holds. */
import { expect, test } from "vitest";
import { createLog } from "../../src/system/log.ts";

test("an error among the fields is written with message and cause", () => {
  const lines: string[] = [];
  const log = createLog("info", { write: (line) => void lines.push(line) });
  log.debug("not shown");
  log.error("it broke", { error: new Error("outer", { cause: new Error("inner") }), monitorId: "mon_1" });
  expect(lines).toHaveLength(1);
  const line = JSON.parse(lines[0] ?? "");
  expect(line).toMatchObject({ msg: "it broke", monitorId: "mon_1", level: 50 });
  expect(line.error.message).toContain("outer");
  expect(JSON.stringify(line)).toContain("inner");
});
