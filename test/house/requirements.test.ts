/** A test that needs a program is skipped loudly without it, and fails where the program has to be there. */
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { requirement } from "../requirements.ts";
import { inTree } from "./linting.ts";

test("a program is found on PATH, the first of that name that can be run", () =>
  inTree({ "broken/redis-server": "", "whole/redis-server": "#!/bin/sh\n" }, async (folder) => {
    chmodSync(join(folder, "whole/redis-server"), 0o755);
    mkdirSync(join(folder, "odd/redis-server"), { recursive: true });
    const PATH = ["broken", "odd", "whole"].map((each) => join(folder, each)).join(":");
    expect(requirement("redis", { PATH })).toEqual({ path: join(folder, "whole/redis-server") });
  }));

test("without the program there is a loud line and no path", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  expect(requirement("redis", { PATH: "" })).toBeNull();
  expect(requirement("redis", { ROLLCALL_TEST_REQUIRE: "chromium" })).toBeNull();
  expect(warn).toHaveBeenCalledWith(expect.stringMatching(/SKIPPED.*redis-server/));
  warn.mockRestore();
});

test("where the program has to be there, its absence is a failure", () => {
  const environment = { PATH: "/nowhere", ROLLCALL_TEST_REQUIRE: "chromium, redis" };
  expect(() => requirement("redis", environment)).toThrow(/redis-server is not on PATH/);
});

test("what this run says has to be there is there", () => {
  const required = (process.env["ROLLCALL_TEST_REQUIRE"] ?? "").split(",");
  for (const name of ["redis", "chromium", "borgmatic"] as const) {
    if (required.includes(name)) expect(requirement(name)?.path).toContain(name);
  }
});
