/** The table of numbers is the list of what `/metrics` really gives, each told for the processes it is of. */
import { expect, test } from "vitest";
import { createFace } from "../http/face.ts";
import { read } from "./reading.ts";

const OF = { "Of the whole": "the whole", "Of this process": "this process" };

test("every number that is given is in the table with whose it is, and no other", async () => {
  const text = await (await (await createFace()).app.request("/metrics")).text();
  const given = [...text.matchAll(/^# HELP (rollcall_\w+) ([^:]+): /gm)].map(
    ([, name = "", of = ""]) => `${name}: ${OF[of as keyof typeof OF]}`,
  );
  const told = [...read("metrics.md").matchAll(/^\| `(rollcall_\w+)` *\| ([\w ]+?) *\|/gm)].map(
    ([, name = "", of = ""]) => `${name}: ${of}`,
  );
  expect(given.length).toBeGreaterThan(10);
  expect(told.toSorted()).toEqual(given.toSorted());
});

test("what else it names is given too", async () => {
  const text = await (await (await createFace()).app.request("/metrics")).text();
  const names = read("metrics.md").match(/`(rollcall|nodejs|process)_\w+`/g) ?? [];
  for (const name of names) expect(text).toContain(name.slice(1, -1).replace(/_(count|bucket|sum)$/, ""));
});
