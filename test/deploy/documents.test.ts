/** What the files under deploy/ name is there: settings, files of the project, commands of the program. */
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandsIn, DEPLOY, deployFiles, PROJECT, read } from "./reading.ts";

const settings = readdirSync(join(PROJECT, "src/system"))
  .filter((file) => /(^|[^i]-)settings\.ts$/.test(file))
  .map((file) => readFileSync(join(PROJECT, "src/system", file), "utf8"))
  .join("\n");
const readme = readFileSync(join(PROJECT, "README.md"), "utf8");
/** Settings whose names are put together where they are read. */
const MADE_OF_KIND = ["ROLLCALL_ADMIN_KEY", "ROLLCALL_PING_KEY"];
/** Those that install the program, and all. */
const INSTALLING = ["systemd/README.md", "docker/README.md"];
const READMES = [...INSTALLING, "kubernetes/README.md", "local/README.md", "github-action/README.md"];
/** What targets share: these are told of in the README above them. */
const SHARED = ["redis", "prometheus", "grafana"];

test("every setting that is named is one, and the README tells of it", () => {
  const named = new Set(deployFiles().flatMap((file) => read(file).match(/ROLLCALL_[A-Z_]+[A-Z]/g) ?? []));
  expect(named.size).toBeGreaterThan(10);
  const isSetting = (name: string): boolean => settings.includes(`"${name}"`) || MADE_OF_KIND.includes(name);
  expect([...named].filter((name) => !isSetting(name))).toEqual([]);
  expect([...named].filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});

test("each target has a README, and the project's leads to it", () => {
  const folders = new Set(deployFiles().flatMap((file) => file.split("/").slice(0, -1).slice(0, 1)));
  const targets = [...folders].filter((folder) => !SHARED.includes(folder));
  expect(targets.map((folder) => `${folder}/README.md`).sort()).toEqual(READMES.toSorted());
  for (const file of READMES) expect(readme).toContain(`(deploy/${file})`);
  expect(readme).toContain("(deploy/README.md)");
});

test("links between the documents lead to files, and to headings that they have", () => {
  const documents = deployFiles().filter((file) => file.endsWith(".md"));
  const links = documents.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = ""]) => ({ file, link })),
  );
  expect(links.length).toBeGreaterThan(10);
  const broken = links.filter(({ file, link }) => {
    const [path = "", heading] = link.split("#");
    const target = path === "" ? join(DEPLOY, file) : join(DEPLOY, dirname(file), path);
    const page =
      target.endsWith(".md") || !existsSync(join(target, "README.md")) ? target : join(target, "README.md");
    if (!existsSync(page)) return true;
    return heading !== undefined && !headingsOf(readFileSync(page, "utf8")).includes(heading);
  });
  expect(broken).toEqual([]);
});

/** As the addresses within a page that GitHub makes of them. */
function headingsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, "")
      .replaceAll(" ", "-"),
  );
}

describe.each(INSTALLING)("%s", (file) => {
  const commands = commandsIn(read(file));

  test("names files that are there, once it has been built", () => {
    const paths = commands.flatMap((line) => line.match(/(?<=\s)(?<!> )(deploy|dist)\/[\w./@*-]+/g) ?? []);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => globSync(path, { cwd: PROJECT }).length === 0)).toEqual([]);
  });

  test("installs or names every file of its folder", () => {
    const text =
      commands.join("\n") +
      (file.startsWith("docker") ? "compose.yaml Dockerfile.dockerignore Caddyfile" : "");
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
