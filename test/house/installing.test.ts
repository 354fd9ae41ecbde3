/** What installing and testing rest on: lock files that name no address, platform packages, and one test command. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PROJECT } from "./linting.ts";

interface Lock {
  packages: Record<string, { version?: string; resolved?: string; integrity?: string; link?: boolean }>;
}

function read(path: string): string {
  return readFileSync(join(PROJECT, path), "utf8");
}

describe.each(["package-lock.json", "config/runtime/package-lock.json"])("%s", (path) => {
  const { packages } = JSON.parse(read(path)) as Lock;
  const installed = Object.entries(packages).filter(([folder]) => folder !== "");

  test("names no download address, so that it works with every registry", () => {
    expect(installed.length).toBeGreaterThan(0);
    expect(installed.filter(([, each]) => each.resolved !== undefined)).toEqual([]);
  });

  test("pins every package by version and by hash", () => {
    expect(
      installed.filter(([, each]) => each.version === undefined || each.integrity === undefined),
    ).toEqual([]);
  });
});

test("the fetched Node is one exact version, the same on every platform", () => {
  const { optionalDependencies } = JSON.parse(read("config/runtime/package.json")) as {
    optionalDependencies: Record<string, string>;
  };
  const { packages } = JSON.parse(read("config/runtime/package-lock.json")) as Lock;
  const versions = Object.values(optionalDependencies);
  expect(versions).toHaveLength(5);
  expect(new Set(versions).size).toBe(1);
  for (const [name, version] of Object.entries(optionalDependencies)) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(packages[`node_modules/${name}`]?.version).toBe(version);
  }
});

test("every script of npm goes through the launcher, which finds a Node that is new enough", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  expect(Object.keys(scripts)).toEqual(
    expect.arrayContaining(["start", "test", "check", "build", "format", "bench"]),
  );
  for (const command of Object.values(scripts))
    expect(command).toMatch(/^node config\/runtime\/launch\.mjs \w/);
});

test("the test command of the README is the one that CI reads from it", () => {
  const commands = read("README.md").match(/^(npm ci && )?npm test$/gm) ?? [];
  expect(commands).toContain("npm ci && npm test");
  expect(new Set(commands).size).toBe(1);
});
