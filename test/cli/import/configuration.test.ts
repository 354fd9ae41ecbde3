/** Slugs that stay the same from run to run, and a configuration file that is added to and otherwise left alone. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { whyRefused } from "../../../src/cli/import/check.ts";
import { writeConfiguration } from "../../../src/cli/import/config-file.ts";
import { source as crontab } from "../../../src/cli/import/crontab.ts";

import { nameAll } from "../../../src/cli/import/slug.ts";
import type { Named } from "../../../src/cli/import/slug.ts";

import { slugProblem } from "../../../src/domain/monitor-settings.ts";
import { fileOf, read } from "./reading.ts";

async function named(lines: readonly string[], prefix = ""): Promise<Named[]> {
  const { proposals } = await read(crontab, fileOf("jobs", lines.join("\n")), { timezone: "UTC" });
  return nameAll(proposals, { prefix }).named;
}
const slugs = async (lines: readonly string[], prefix = "") =>
  (await named(lines, prefix)).map(({ slug }) => slug);

describe("slugs", () => {
  test("jobs of one name are told apart by their words, then by a mark made of the job", async () => {
    const lines = [
      "0 1 * * * backup /home",
      "0 2 * * * backup /srv",
      "0 3 * * * backup /srv",
      "0 4 * * * backup /srv",
    ];
    const [first, second, third, fourth] = await slugs(lines);
    expect([first, second]).toEqual(["backup", "backup-srv"]);
    expect(third).toMatch(/^backup-[0-9a-f]{4}$/);
    expect(fourth).toMatch(/^backup-[0-9a-f]{4}$/);
    expect(await slugs([lines[0] ?? "", lines[1] ?? "", lines[3] ?? "", lines[2] ?? ""])).toEqual([
      first,
      second,
      fourth,
      third,
    ]);
  });

  test("a name that the job tells already is nobody else's, and only one job can have it", async () => {
    const lines = [
      "0 1 * * * backup",
      "0 2 * * * rollcall exec backup -- /srv/run.sh",
      "0 3 * * * rollcall exec backup -- /srv/again.sh",
    ];
    const { proposals } = await read(crontab, fileOf("jobs", lines.join("\n")));
    const { named: taken, leftOut } = nameAll(proposals, { prefix: "" });
    expect(taken.map(({ slug, proposal }) => [slug, proposal.place.line])).toEqual([
      [expect.stringMatching(/^backup-[0-9a-f]{4}$/), 1],
      ["backup", 2],
    ]);
    expect(leftOut[0]?.place.line).toBe(3);
    expect(leftOut[0]?.why).toContain("line 2 already");
  });

  test("a prefix tells hosts apart", async () => {
    expect(await slugs(["0 1 * * * start", "0 1 * * * 2026"], "web1-")).toEqual(["web1-start", "web1-2026"]);
  });

  test("whatever a crontab holds, every slug may name a monitor and no two are the same", async () => {
    const command = fc
      .string({ unit: "binary-ascii", maxLength: 40 })
      .map((text) => text.replaceAll(/[\r\n]/g, " "));
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 12 }), async (commands) => {
        const lines = commands.map((text, index) => `${index} 1 * * * ${text}`);
        const all = await named(lines);
        for (const each of all) {
          expect(slugProblem(each.slug)).toBeNull();
          expect(whyRefused(each, 0)).toBeNull();
        }
        expect(new Set(all.map(({ slug }) => slug)).size).toBe(all.length);
        expect((await named(lines)).map(({ slug }) => slug)).toEqual(all.map(({ slug }) => slug));
      }),
    );
  });
});

describe("the configuration file", () => {
  const NEW = { name: null, existing: null };
  const onto = (text: string) => ({ name: null, existing: { file: "r.yaml", text } });
  const LINES = ["30 2 * * 1-5 backup", "@daily sync"];

  test("is written for a reader, and says what the API is to be told", async () => {
    const { text, added } = writeConfiguration(await named(LINES), NEW);
    expect(text).toBe(`monitors:
  # jobs:1
  backup:
    schedule: { cron: "30 2 * * 1-5", timezone: UTC, scheduler: cron }

  # jobs:2
  sync:
    schedule: { cron: "@daily", timezone: UTC, scheduler: cron }
`);
    expect(added).toEqual(["backup", "sync"]);
  });

  const EXISTING = `# Our jobs. Ask ops before you change them.
channels:
  on-call: { kind: slack }   # the loud one

monitors:
  # the important one
  sync:
    schedule:
      every: 1h # was daily
    grace: 10m
`;

  test("that is there is added to, and keeps what it holds, comments included", async () => {
    const { text, added, kept } = writeConfiguration(await named(LINES), onto(EXISTING));
    expect(added).toEqual(["backup"]);
    expect(kept).toEqual([{ slug: "sync", differs: true }]);
    expect(text).toBe(`${EXISTING}
  # jobs:1
  backup:
    schedule: { cron: "30 2 * * 1-5", timezone: UTC, scheduler: cron }
`);
  });

  test.each([
    ["monitors:\n    a: # first\n        schedule: {every: 1h}   # odd\n# after\nname: x\n", 4],
    ["monitors:\n  a:\n    schedule: { every: 1h }", 2],
    ["monitors:\n  a:\n    schedule: { every: 1h }\n    name: |\n      of two\n      lines\n\nname: x\n", 2],
    ["monitors:\n a: { schedule: { every: 1h } }\n\n # the last word\n", 1],
  ])("keeps its own ways to the letter: %j", async (there, indent) => {
    const { text } = writeConfiguration(await named(LINES), onto(there));
    const [head = "", tail = ""] = text.split(/\n *# jobs:1[\s\S]*@daily.*\n/);
    expect(`${head.trimEnd()}${tail.trim()}`.replaceAll(/\s/g, "")).toBe(there.replaceAll(/\s/g, ""));
    expect(there.startsWith(head.trimEnd())).toBe(true);
    expect(there.endsWith(tail.trimStart())).toBe(true);
    expect(text).toMatch(new RegExp(`^ {${indent}}backup:$`, "m"));
    expect(Object.keys((parse(text) as { monitors: object }).monitors)).toEqual(["a", "backup", "sync"]);
  });

  test("is not touched when there is nothing to add", async () => {
    const first = writeConfiguration(await named(LINES), NEW).text;
    const odd = first.replaceAll("  ", "    ").replace("{ cron:", "{   cron:");
    expect(writeConfiguration(await named(LINES), onto(odd))).toEqual({
      text: odd,
      added: [],
      kept: [
        { slug: "backup", differs: false },
        { slug: "sync", differs: false },
      ],
    });
  });

  test.each(["", "# nothing yet\n", "monitors:\n", "channels: {}\n", "monitors: {}\n"])(
    "may hold no monitors yet: %j",
    async (text) => {
      const written = writeConfiguration(await named(LINES), onto(text));
      expect(Object.keys((parse(written.text) as { monitors: object }).monitors)).toEqual(["backup", "sync"]);
      if (text.startsWith("#")) expect(written.text).toContain("# nothing yet");
    },
  );

  test.each(["- a\n", "monitors: [a]\n", "monitors: {\n", "just text\n"])(
    "that is none is refused and left alone: %j",
    async (text) => {
      const proposals = await named(LINES);
      expect(() => writeConfiguration(proposals, onto(text))).toThrow(/^r\.yaml/);
    },
  );
});
