/**
 * The dependency rule is alive: one violation of each kind, planted in a small tree, is reported, and this project
 * has none. Without the first half a glob that matches nothing would pass for obedience.
 */
import { describe, expect, test } from "vitest";
import { inTree, lint, PROJECT } from "./linting.ts";

const OPENING = "/** A file planted for a test. */\n";
const LEVELS: [string, string[]][] = [
  [
    "editions",
    [
      "dashboard",
      "http",
      "cli",
      "guard",
      "stores",
      "channels",
      "checks",
      "trust",
      "system",
      "client",
      "engine",
      "domain",
    ],
  ],
  ["dashboard", ["http", "engine", "ports", "domain"]],
  ["http", ["engine", "ports", "domain"]],
  ["guard", ["trust", "ports", "domain"]],
  ["cli", ["client", "trust", "system", "domain"]],
  ["stores", ["ports", "domain"]],
  ["queues", ["ports", "domain"]],
  ["channels", ["ports", "domain"]],
  ["checks", ["ports", "domain"]],
  ["dialects", ["ports", "domain"]],
  ["trust", ["ports", "domain"]],
  ["system", ["ports", "domain"]],
  ["client", ["domain"]],
  ["engine", ["ports", "domain"]],
  ["ports", ["domain"]],
  ["domain", []],
];
const FOLDERS = LEVELS.map(([folder]) => folder);

/** What the linter says of these files, by the rules on imports and on the world alone. */
function faultsOf(files: Record<string, string>): Promise<string[]> {
  return inTree(files, async (folder) => {
    const { findings, fileCount } = await lint(folder);
    expect(fileCount).toBe(Object.keys(files).length);
    return findings
      .filter(({ rule }) => rule === "rollcall/imports" || rule === "rollcall/world")
      .map(({ message }) => message);
  });
}

function faultsIn(place: string, code: string): Promise<string[]> {
  return faultsOf({ [place]: OPENING + code });
}

describe("imports between folders", () => {
  test("of every pair of folders, exactly those that point down the table are let through", async () => {
    const files: Record<string, string> = {};
    const expected: string[] = [];
    for (const [from, allowed] of LEVELS) {
      for (const to of FOLDERS.filter((each) => each !== from)) {
        // The dashboard may know of http what a signed-in page needs, and nothing more.
        const file = from === "dashboard" && to === "http" ? "session" : "thing";
        const place = `src/${from}/to-${to}.ts`;
        files[place] =
          `${OPENING}import type { Thing } from "../${to}/${file}.ts";\nexport type Own = Thing;\n`;
        const isAllowed = from === "editions" || allowed.includes(to);
        if (!isAllowed) expected.push(place);
      }
    }
    const reported = await inTree(files, async (folder) => (await lint(folder)).findings);
    const faulty = reported.filter(({ rule }) => rule === "rollcall/imports").map(({ file }) => file);
    expect(expected.length).toBeGreaterThan(100);
    expect(faulty.toSorted()).toEqual(expected.toSorted());
  });

  test.each([
    [
      "a value where only types may be taken",
      "src/ports/a.ts",
      `import { thing } from "../domain/thing.ts"; thing();`,
    ],
    ["a re-export", "src/domain/a.ts", `export { thing } from "../engine/thing.ts";`],
    ["a re-export of everything", "src/domain/a.ts", `export * from "../engine/thing.ts";`],
    ["an import on demand", "src/domain/a.ts", `export const thing = import("../engine/thing.ts");`],
    ["an import by a computed name", "src/http/a.ts", `export const load = (name: string) => import(name);`],
    ["a type written with import()", "src/domain/a.ts", `export type A = import("../engine/thing.ts").A;`],
    ["a deeper folder that reaches up", "src/domain/deep/a.ts", `import "../../engine/thing.ts";`],
    ["a way round through the top", "src/domain/a.ts", `import "../../src/engine/thing.ts";`],
    ["a page that knows the routes", "src/dashboard/a.tsx", `import "../http/routes.ts";`],
    ["a file outside src", "src/editions/a.ts", `import "../../test/requirements.ts";`],
    ["a file in no folder of the table", "src/odds-and-ends/a.ts", `export const one = 1;`],
    ["a file directly in src", "src/index.ts", `export const one = 1;`],
  ])("%s is reported", async (_what, place, code) => {
    expect(await faultsIn(place, code)).toHaveLength(1);
  });

  test("a folder's own files, also deeper ones, import each other freely", async () => {
    expect(await faultsIn("src/domain/deep/a.ts", `import "../b.ts";\nimport "./c.ts";\n`)).toEqual([]);
  });
});

describe("imports of packages", () => {
  test.each([
    ["src/domain/a.ts", "node:path"],
    ["src/ports/a.ts", "node:path"],
    ["src/engine/a.ts", "node:path"],
    ["src/domain/a.ts", "zod"],
    ["src/engine/a.ts", "zod"],
    ["src/domain/schedule/a.ts", "cron-parser"],
    ["src/stores/memory.ts", "node:sqlite"],
    ["src/editions/a.ts", "node:sqlite"],
    ["src/stores/sqlite.ts", "ioredis"],
    ["src/stores/redis.ts", "bullmq"],
    ["src/editions/a.ts", "ioredis"],
    ["src/http/a.ts", "@hono/node-server/serve-static"],
    ["src/cli/a.ts", "node:timers/promises"],
    ["src/guard/a.ts", "node:http"],
    ["src/guard/a.ts", "hono"],
    ["src/domain/checks/a.ts", "@bufbuild/cel"],
    ["src/engine/a.ts", "@cfworker/json-schema"],
    ["src/editions/a.ts", "@bufbuild/cel"],
    ["src/system/a.ts", "path"],
    ["src/system/a.ts", "a-package-nobody-decided-on"],
  ])("%s may not import %s", async (place, from) => {
    expect(await faultsIn(place, `import "${from}";`)).toHaveLength(1);
  });

  test("what belongs to a place is let through there", async () => {
    const files = {
      "src/stores/sqlite.ts": `${OPENING}import "node:sqlite";`,
      "src/stores/sqlite/open.ts": `${OPENING}import "node:sqlite";`,
      "src/stores/sqlite-schema.ts": `${OPENING}import "node:sqlite";`,
      "src/stores/redis.ts": `${OPENING}import "ioredis";`,
      "src/queues/bullmq.ts": `${OPENING}import "bullmq";`,
      "src/http/app.ts": `${OPENING}import "hono/cors";`,
      "src/checks/a.ts": `${OPENING}import "@bufbuild/cel";\nimport "@cfworker/json-schema";`,
    };
    expect(await faultsOf(files)).toEqual([]);
  });
});

describe("the world", () => {
  test.each([
    "export const at = Date.now();",
    "export const at = globalThis.Date.now();",
    `export const at = Date["now"]();`,
    "export const { now } = Date;",
    "export const at = new Date();",
    "export const at = new Date;",
    "export const at = Date();",
    "export const chance = Math.random();",
    "export const id = crypto.randomUUID();",
    `import { randomUUID } from "node:crypto"; export const id = randomUUID();`,
    "export const zone = process.env.TZ;",
    `import { env } from "node:process"; export const zone = env.TZ;`,
    `import process from "node:process"; export const zone = process.env.TZ;`,
    "setTimeout(() => {}, 1);",
    "globalThis.setTimeout(() => {}, 1);",
    "export const timers = { start: setInterval };",
  ])("outside system, %s is reported", async (code) => {
    expect(await faultsIn("src/trust/a.ts", code)).toHaveLength(1);
  });

  test("system has clock, chance and timers, but the environment belongs to its settings alone", async () => {
    const world = "export const at = [Date.now(), new Date(), Math.random(), setTimeout(() => {}, 1)];";
    const environment = "export const zone = process.env.TZ;";
    expect(await faultsIn("src/system/clock.ts", world)).toEqual([]);
    expect(await faultsIn("src/system/clock.ts", environment)).toHaveLength(1);
    expect(await faultsIn("src/system/settings.ts", environment)).toEqual([]);
  });

  test("what was handed in, a date of a given instant and a mere name alike are let through", async () => {
    const code = [
      "export const read = (at: number) => new Date(at);",
      "export const wait = (setTimeout: () => void, timers: { setTimeout: () => void }) => {",
      "  setTimeout();",
      "  timers.setTimeout();",
      "};",
      "export interface Clock { setTimeout: () => void }",
    ].join("\n");
    expect(await faultsIn("src/trust/a.ts", code)).toEqual([]);
  });
});

test("this project keeps the dependency rule", async () => {
  const { findings, fileCount } = await lint(PROJECT, ["src"]);
  expect(fileCount).toBeGreaterThan(0);
  expect(findings.filter(({ rule }) => /^rollcall\/(imports|world)$/.test(rule))).toEqual([]);
});
