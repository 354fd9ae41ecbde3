/** `rollcall import` as the program it is: what goes where, what a second run changes, and how it ends. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { LIMITS } from "../../../src/domain/limits.ts";
import { cliAlone, run } from "../program.ts";
import type { Program } from "../program.ts";

let program: Program;
let folder: string;

beforeAll(async () => {
  program = cliAlone();
});
afterAll(() => program.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-import-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const cli = (...words: string[]) => run(program, ["import", ...words], { TZ: "Europe/Berlin" });

const JOBS = "0 2 * * * /srv/backup.sh\n*/5 * * * * /srv/sync.py\n";

test("without --out the configuration alone goes to standard output, and what is to be done beside it", async () => {
  const { code, stdout, stderr } = await cli(
    "crontab",
    put("jobs", JOBS),
    "--tag",
    "web",
    "db",
    "--prefix",
    "w1-",
  );
  expect(code).toBe(0);
  expect(parse(stdout)).toEqual({
    name: "w1-crontab import",
    monitors: {
      "w1-backup": {
        schedule: { cron: "0 2 * * *", timezone: "Europe/Berlin", scheduler: "cron" },
        tags: ["web", "db"],
      },
      "w1-sync": {
        schedule: { cron: "*/5 * * * *", timezone: "Europe/Berlin", scheduler: "cron" },
        tags: ["web", "db"],
      },
    },
  });
  expect(stderr).toContain("    0 2 * * * rollcall exec w1-backup -- /srv/backup.sh\n");
  expect(stderr).toContain("ROLLCALL_URL=http://127.0.0.1:8377");
});

test("with --out a second run changes nothing, also once the jobs are wrapped", async () => {
  const jobs = put("jobs", JOBS);
  const out = join(folder, "rollcall.yaml");
  const first = await cli("crontab", jobs, "--out", out);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toContain(`2 added to ${out}, 0 there already and kept.`);
  const written = readFileSync(out, "utf8");
  const wrapped = [...first.stdout.matchAll(/^ {4}(.*rollcall exec.*)$/gm)]
    .map(([, line]) => line)
    .join("\n");
  const second = await cli("crontab", put("jobs", `${wrapped}\n`), "--out", out);
  expect(second.stdout).toContain(`0 added to ${out}, 2 there already and kept.`);
  expect(second.stdout).not.toContain("rollcall exec");
  expect(readFileSync(out, "utf8")).toBe(written);
});

test("a file behind a link is written in its place, with the mode it had", async () => {
  const real = put("real.yaml", "monitors: {} # ours\n");
  spawnSync("chmod", ["600", real]);
  const link = join(folder, "link.yaml");
  symlinkSync(real, link);
  expect((await cli("crontab", put("jobs", JOBS), "--out", link)).code).toBe(0);
  expect(readFileSync(real, "utf8")).toContain("backup:");
  expect(statSync(real).mode & 0o777).toBe(0o600);
});

test("a file that is no configuration is left alone, and that is bad usage", async () => {
  const out = put("rollcall.yaml", "monitors: {\n");
  const { code, stderr } = await cli("crontab", put("jobs", JOBS), "--out", out);
  expect(code).toBe(2);
  expect(stderr).toMatch(/is not YAML, so nothing is added to it/);
  expect(readFileSync(out, "utf8")).toBe("monitors: {\n");
});

test("what cannot be read is listed by file and line, the rest is imported, and the exit code is 1", async () => {
  const jobs = put(
    "jobs",
    `${JOBS}61 * * * * /srv/never\n@reboot /srv/warm\n0 0 30 2 * /srv/feb\nnonsense\n`,
  );
  const missing = join(folder, "missing");
  const { code, stdout, stderr } = await cli("crontab", jobs, missing);
  expect(code).toBe(1);
  expect(Object.keys((parse(stdout) as { monitors: object }).monitors)).toEqual(["backup", "sync"]);
  const listed = stderr.slice(stderr.indexOf("Not imported:")).split("\n");
  expect(listed).toEqual([
    "Not imported:",
    `  ${jobs}:3: never: minute: 61 is not in 0-59`,
    `  ${jobs}:4: @reboot /srv/warm: it runs when the machine starts, and nobody can say when that is due`,
    expect.stringContaining(`  ${jobs}:5: feb: "0 0 30 2 *" has no run`),
    `  ${jobs}:6: nonsense: it is not a schedule of five fields and a command`,
    expect.stringContaining(`  ${missing}: the file: ENOENT`),
    "",
  ]);
});

test.each([
  [["crontab"], /missing required argument/],
  [["nowhere", "x"], /unknown command/],
  [["github", "x", "--tz", "UTC"], /unknown option '--tz'/],
  [["crontab", "-", "--prefix", "Web 1"], /--prefix "Web 1" cannot begin a slug/],
  [["crontab", "-", "--tz", "Mars"], /--tz "Mars" is not an IANA time zone/],
])("bad usage ends with 2: %j", async (words, sentence) => {
  const ended = await cli(...words);
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  expect(ended.stderr).toMatch(sentence);
});

test("nothing to import is told, and ends with 2", async () => {
  const { code, stdout, stderr } = await cli("github", put("ci.yml", "on: push\n"));
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toBe("rollcall: Nothing was imported: there is no job with a schedule that can be read.\n");
});

test("a folder is read file by file, each of its kind", async () => {
  mkdirSync(join(folder, "cron.d"));
  put("cron.d/one", "0 1 * * * root /srv/one\n");
  put("cron.d/two", "0 2 * * * root /srv/two\n");
  put("cron.d/two.dpkg-old", "0 3 * * * root /srv/three\n");
  put("cron.d/.placeholder", "not a crontab\n");
  const { code, stdout } = await cli("crontab", join(folder, "cron.d"));
  expect(code).toBe(0);
  expect(Object.keys((parse(stdout) as { monitors: object }).monitors)).toEqual(["one", "two"]);
});

test("a file that has no end is left out", async () => {
  const ended = await run(program, ["import", "crontab", "/dev/zero", "--tz", "UTC"]);
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("larger than 16 MiB") });
});

test("standard input is a file too", () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [program.file, "import", "crontab", "-", "--tz", "UTC"],
    {
      input: JOBS,
      encoding: "utf8",
    },
  );
  expect(status).toBe(0);
  expect(stdout).toContain("# -:1");
});

test("a file beyond the limit is left out, and of a line without end its beginning is told", async () => {
  const file = put("jobs", JOBS.padEnd(LIMITS.importFileBytes, "x"));
  const largest = await cli("crontab", file);
  expect(largest.stderr).toMatch(/jobs:3: x{300}…: it is not a schedule/);
  put("jobs", JOBS.padEnd(LIMITS.importFileBytes + 1, "x"));
  const { code, stderr } = await cli("crontab", file);
  expect(code).toBe(2);
  expect(stderr).toContain("jobs: the file: it is larger than 16 MiB, which no list of jobs is");
});

test("text from a file cannot steer the terminal", async () => {
  const { stdout, stderr } = await cli(
    "crontab",
    put("jobs", "0 1 * * * echo \u001b[2J\u202e\nx\u001b[2J\n"),
  );
  for (const steering of ["\u001b", "\u202e"]) expect(stdout + stderr).not.toContain(steering);
});
