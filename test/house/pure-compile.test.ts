/** What decides compiles as if there were no world: each of the names it must not know is planted, and not found. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inTree, outputOf, PROJECT } from "./linting.ts";

const NAMES = [
  "fetch",
  "process",
  "setTimeout",
  "setInterval",
  "URL",
  "TextEncoder",
  "Buffer",
  "crypto",
  "AbortSignal",
  "console",
  "structuredClone",
  "performance",
];

function compile(folder: string): Promise<string> {
  return outputOf(
    [join(PROJECT, "node_modules/typescript/lib/tsc.js"), "-p", "config/tsconfig.pure.json"],
    folder,
  );
}

function compilePlanted(files: Record<string, string>): Promise<string> {
  const settings = Object.fromEntries(
    ["tsconfig.json", "config/tsconfig.pure.json"].map((path) => [
      path,
      readFileSync(join(PROJECT, path), "utf8"),
    ]),
  );
  return inTree({ ...settings, ...files }, compile);
}

describe.each(["domain", "ports", "engine"])("%s", (folder) => {
  test("knows nothing of a platform", async () => {
    const output = await compilePlanted({
      [`src/${folder}/a.ts`]: NAMES.map((name, index) => `export const name${index} = ${name};`).join("\n"),
    });
    const unknown = [...output.matchAll(/Cannot find name '(\w+)'/g)].map(([, name]) => name);
    expect(unknown).toEqual(NAMES);
  });
});

test("plain values and the language's own objects are all it needs", async () => {
  const code =
    "export const at: Date = new Date(0);\nexport const zone = new Intl.DateTimeFormat().resolvedOptions();\n";
  expect(await compilePlanted({ "src/domain/a.ts": code })).toBe("");
});

test("this project's own decide without a world", async () => {
  expect(await compile(PROJECT)).toBe("");
});
