/** The table of numbers is the list of what `/metrics` really gives, each told for the processes it is of. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createFace } from "../http/face.ts";
import { PROJECT, read } from "./reading.ts";

const OF = { "Of the whole": "the whole", "Of this process": "this process" };

test("every number that is given is in the table with whose it is, and no other", async () => {
  const text = await (await (await createFace()).app.request("/metrics")).text();
  // Those of the scaled edition alone are given where there is a Redis.
  const scaled = readFileSync(join(PROJECT, "src/editions/scaled.ts"), "utf8");
  const given = [
    ...text.matchAll(/^# HELP (rollcall_\w+) ([^:]+): /gm),
    ...scaled.matchAll(/\bgauge\(\s*"(rollcall_\w+)",\s*"([^":]+): /g),
  ].map(([, name = "", of = ""]) => `${name}: ${OF[of as keyof typeof OF]}`);
  const told = [...read("metrics.md").matchAll(/^\| `(rollcall_\w+)` *\| ([\w ]+?) *\|/gm)].map(
    ([, name = "", of = ""]) => `${name}: ${of}`,
  );
  expect(given).toContain("rollcall_drains_failed: the whole");
  expect(told.toSorted()).toEqual(given.toSorted());
});

test("what else it names is given too", async () => {
  const text = await (await (await createFace()).app.request("/metrics")).text();
  const names = read("metrics.md").match(/`((nodejs|process)_\w+|rollcall_\w+_(count|sum|bucket))`/g) ?? [];
  expect(names.length).toBeGreaterThan(3);
  for (const name of names) expect(text).toContain(`\n${name.slice(1, -1)}`);
});
