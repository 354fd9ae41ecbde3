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

test("what was thrown and is no error is told in the form of one, so that the field has one form", () => {
  const lines: string[] = [];
  const log = createLog("info", { write: (line) => void lines.push(line) });
  log.error("it broke", { error: "a text" });
  expect(JSON.parse(lines[0] ?? "").error).toEqual({ type: "string", message: "a text" });
});

test("fields of the process are on every line, and none where there is one alone", () => {
  const lines: string[] = [];
  const to = { write: (line: string) => void lines.push(line) };
  createLog("info", to, { role: "worker", process: "a1" }).info("started", { url: "http://x" });
  createLog("info", to).info("started");
  const [shared, alone] = lines.map((line) => JSON.parse(line));
  expect(shared).toMatchObject({ role: "worker", process: "a1", msg: "started", url: "http://x" });
  expect(Object.keys(alone).sort()).toEqual(["level", "msg", "time"]);
});
