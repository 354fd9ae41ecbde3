/**
 * The other house rules are alive: a violation of each, planted in a small tree, is reported, what looks like one
 * is not, and this project has none.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inTree, lint, PROJECT } from "./linting.ts";

const OPENING = "/** A file planted for a test. */\n";
const TESTED = /^rollcall\/|^eslint\/max-lines$|^typescript\/no-floating-promises$/;

/**
 * Which of the rules tested here one file breaks; what else the linter makes of a planted scrap is beside the
 * point. Rules about types need a project, so one stands beside the file.
 */
function brokenBy(place: string, text: string): Promise<string[]> {
  const tsconfig = readFileSync(join(PROJECT, "tsconfig.json"), "utf8").replace(`"types": ["node"],`, "");
  return inTree({ [place]: text, "tsconfig.json": tsconfig }, async (folder) => {
    const { findings, fileCount } = await lint(folder, ["--type-aware"]);
    expect(fileCount).toBe(1);
    return findings.map(({ rule }) => rule).filter((rule) => TESTED.test(rule));
  });
}

function lines(count: number, line = "  count += 1;"): string {
  return Array.from({ length: count }, () => line).join("\n");
}

describe("how a file looks", () => {
  test.each([
    ["no comment", "export const one = 1;"],
    ["a comment that says nothing", "/** */\nexport const one = 1;"],
    ["a comment after the code", "export const one = 1;\n/** Too late. */"],
    ["a line comment", "// Short.\nexport const one = 1;"],
  ])("%s at its beginning is reported", async (_what, text) => {
    expect(await brokenBy("src/domain/a.ts", text)).toEqual(["rollcall/opening-comment"]);
  });

  test("an opening comment of several lines, after a hashbang too, is let through", async () => {
    expect(await brokenBy("src/domain/a.ts", "/**\n * What it is.\n */\nexport const one = 1;\n")).toEqual(
      [],
    );
    expect(
      await brokenBy("src/domain/a.ts", `#!/usr/bin/env node\n${OPENING}export const one = 1;\n`),
    ).toEqual([]);
  });

  test("400 lines are let through and 401 are reported, pages and tests included", async () => {
    const text = (count: number): string => OPENING + lines(count - 1, "// A line.");
    expect(await brokenBy("src/dashboard/a.tsx", text(400))).toEqual([]);
    expect(await brokenBy("src/dashboard/a.tsx", text(401))).toEqual(["eslint/max-lines"]);
    expect(await brokenBy("test/a.test.ts", text(401))).toEqual(["eslint/max-lines"]);
  });

  test.each([
    ["a function", "export function f(count: number): void {\n%\n}"],
    ["an arrow", "export const f = (count: number): void => {\n%\n};"],
    ["a method", "export class A {\n  count = 0;\n  f(count: number): void {\n%\n  }\n}"],
  ])("%s of 70 lines is let through and one of 71 is reported", async (_what, shape) => {
    const text = (count: number): string => OPENING + shape.replace("%", lines(count - 2));
    expect(await brokenBy("src/domain/a.ts", text(70))).toEqual([]);
    expect(await brokenBy("src/domain/a.ts", text(71))).toEqual(["rollcall/function-length"]);
  });

  test("a describe may be long, a test in it may not", async () => {
    const long = (open: string): string =>
      `${OPENING}let count = 0;\n${open}\n${lines(80)}\n});\nexport { count };`;
    expect(await brokenBy("test/a.test.ts", long(`describe.each([1])("a", () => {`))).toEqual([]);
    expect(await brokenBy("test/a.test.ts", long(`test("a", () => {`))).toEqual(["rollcall/function-length"]);
  });

  test.each([
    ["src/domain/run-manager.ts", "export const one = 1;"],
    ["src/domain/a.ts", "export class RunManager { id = 1; }"],
    ["src/domain/a.ts", "export function timeHelpers(): void {}"],
    ["src/domain/a.ts", "export type HTTPService = string;"],
    ["src/domain/a.ts", "export interface StoreImpl { id: string }"],
    ["src/domain/a.ts", "const one = 1;\nexport { one as DATE_UTILS };"],
  ])("in %s, %s has a name that says nothing", async (place, code) => {
    expect(await brokenBy(place, OPENING + code)).toEqual(["rollcall/plain-names"]);
  });

  test("words that merely contain those are let through", async () => {
    const code = "export const utilityBill = 1;\nexport const implied = 2;\nexport const helpful = 3;\n";
    expect(await brokenBy("src/domain/implicit-zone.ts", OPENING + code)).toEqual([]);
  });
});

describe("promises to the next reader", () => {
  test("left-over work needs the number of its issue", async () => {
    const marker = ["TO", "DO"].join("");
    const code = "\nexport const one = 1;\n";
    expect(await brokenBy("src/domain/a.ts", `${OPENING}// ${marker}: soon.${code}`)).toEqual([
      "rollcall/numbered-todo",
    ]);
    expect(await brokenBy("src/domain/a.ts", `${OPENING}// ${marker} #12: soon.${code}`)).toEqual([]);
  });

  test.each([
    "oxlint-disable",
    "eslint-disable-next-line eqeqeq",
    "@ts-nocheck",
    "@ts-expect-error it is fine",
  ])("a comment that switches a rule off is itself reported: %s", async (words) => {
    const text = `${OPENING}// ${words}\nexport const one = 1;\n`;
    expect(await brokenBy("src/domain/a.ts", text)).toContain("rollcall/no-switching-off");
  });

  test.each([
    `test.only("a", () => {});`,
    `describe.only("a", () => {});`,
    `test.skip("a", () => {});`,
    `describe.skipIf(true)("a", () => {});`,
    `test.each([1]).skip("a", () => {});`,
    `test("a", (context) => { context.skip(); });`,
  ])("a test left out without a reason is reported: %s", async (code) => {
    expect(await brokenBy("test/a.test.ts", OPENING + code)).toEqual(["rollcall/no-silent-skip"]);
  });

  test.each([
    `// Redis is not here.\ntest.skip("a", () => {});`,
    `test("a", (context) => { context.skip("Redis is not here."); });`,
    `export const rest = (list: { skip: number }) => list.skip;`,
  ])("a reason is enough: %s", async (code) => {
    expect(await brokenBy("test/a.test.ts", OPENING + code)).toEqual([]);
  });

  test.each([
    `await new Promise((resolve) => setTimeout(resolve, 1500));`,
    `export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));`,
    `import { setTimeout } from "node:timers/promises";\nawait setTimeout(1500);`,
    `import { setTimeout as sleep } from "node:timers/promises";\nawait sleep(1500);`,
  ])("a sleeping test is reported: %s", async (code) => {
    const text = `${OPENING}declare const setTimeout: (...all: unknown[]) => void;\n${code}\nexport {};`;
    const rules = await brokenBy("test/a.test.ts", code.startsWith("import") ? `${OPENING}${code}` : text);
    expect(rules).toContain("rollcall/no-sleeping");
  });

  test("a poll and a time limit on something else are let through", async () => {
    const code = [
      "declare const setTimeout: (...all: unknown[]) => void;",
      "await new Promise((resolve) => setTimeout(resolve, 50));",
      "setTimeout(() => console.log(`too slow`), 20_000);",
      "export {};",
    ].join("\n");
    expect(await brokenBy("test/a.test.ts", OPENING + code)).toEqual([]);
  });
});

test("a promise nobody waits for is reported", async () => {
  const code =
    "const send = async (): Promise<void> => {};\nexport const go = (): void => {\n  send();\n};\n";
  expect(await brokenBy("src/engine/a.ts", OPENING + code)).toEqual(["typescript/no-floating-promises"]);
});

test("this project keeps every rule of the linter, in all of its files", async () => {
  const { findings, fileCount } = await lint(PROJECT, ["--type-aware"]);
  const expected = ["src", "test", "config", "deploy"].flatMap((folder) =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" }).filter(
      (path) => /\.(ts|tsx|mjs)$/.test(path) && !/(^|\/)(node_modules|dist)\//.test(path),
    ),
  );
  expect(findings).toEqual([]);
  expect(expected.length).toBeGreaterThan(0);
  expect(fileCount).toBe(expected.length);
}, 120_000);
