/** What the files under deploy/ name is there: settings, files of the project, commands of the program. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandsIn, deployFiles, PROJECT, read } from "./reading.ts";

const settings = readFileSync(join(PROJECT, "src/system/settings.ts"), "utf8");
const readme = readFileSync(join(PROJECT, "README.md"), "utf8");
/** Settings whose names are put together where they are read. */
const MADE_OF_KIND = ["ROLLCALL_ADMIN_KEY", "ROLLCALL_PING_KEY"];
/** Those of the scaled edition, asked for as soon as the server reads the first of them. */
const isToCome = (name: string): boolean =>
  /_(VAULT_KEY|PARTITIONS|INSTANCE_KEY|HEARTBEAT_URL|REDIS_\w+)$/.test(name) &&
  !settings.includes('"ROLLCALL_VAULT_KEY"');
/** Those that install the program, and all. */
const INSTALLING = ["systemd/README.md", "docker/README.md"];
const READMES = [...INSTALLING, "local/README.md", "github-action/README.md"];
/** Files that targets share. */
const SHARED = ["redis"];

test("every setting that is named is one, and the README tells of it", () => {
  const all = new Set(deployFiles().flatMap((file) => read(file).match(/ROLLCALL_[A-Z_]+[A-Z]/g) ?? []));
  expect(all.size).toBeGreaterThan(5);
  const named = [...all].filter((name) => !isToCome(name));
  expect(named.filter((name) => !settings.includes(`"${name}"`) && !MADE_OF_KIND.includes(name))).toEqual([]);
  expect(named.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});

test("each target has a README, and the project's leads to it", () => {
  const inFolders = deployFiles().filter((file) => file.includes("/"));
  const folders = new Set(inFolders.map((file) => file.split("/")[0] ?? ""));
  const targets = [...folders].filter((folder) => !SHARED.includes(folder));
  expect(targets.map((folder) => `${folder}/README.md`).sort()).toEqual(READMES.toSorted());
  for (const file of READMES) expect(readme).toContain(`(deploy/${file})`);
});

describe.each(INSTALLING)("%s", (file) => {
  const commands = commandsIn(read(file));

  test("names files that are there, once it has been built", () => {
    const paths = commands.flatMap((line) => line.match(/(?<=\s)(deploy|dist)\/[\w./-]+/g) ?? []);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([]);
  });

  test("installs or names every file of its folder", () => {
    const text =
      commands.join("\n") + (file.startsWith("docker") ? "compose.yaml Dockerfile.dockerignore" : "");
    const beside = deployFiles().filter(
      (each) => dirname(each) === dirname(file) && !each.endsWith("README.md"),
    );
    expect(beside.filter((each) => !text.includes(each.slice(dirname(file).length + 1)))).toEqual([]);
  });

  test("calls the program as it is to be called", () => {
    const main = readFileSync(join(PROJECT, "src/cli/main.ts"), "utf8");
    const called = commands.flatMap((line) => {
      const [, name] = /(?:^| )rollcall (?!cat\b|rollcall\b)([a-z]+)\b/.exec(line) ?? [];
      return /^(docker|sudo env) /.test(line) && name !== undefined ? [name] : [];
    });
    expect(called).toContain("restore");
    expect(called.filter((name) => !new RegExp(`^  ${name}: `, "m").test(main))).toEqual([]);
  });
});
