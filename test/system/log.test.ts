/** Log lines are JSON, errors say their cause, and the level holds. */
import { hostname } from "node:os";
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

test("of several processes every line says which it was, and of one alone none does", () => {
  const lines: string[] = [];
  const to = { write: (line: string) => void lines.push(line) };
  createLog("info", to, "worker").info("started", { url: "http://x" });
  createLog("info", to).info("started");
  const [shared, alone] = lines.map((line) => JSON.parse(line));
  expect(shared).toMatchObject({ role: "worker", host: hostname(), pid: process.pid, msg: "started" });
  expect(Object.keys(alone).sort()).toEqual(["level", "msg", "time"]);
});
