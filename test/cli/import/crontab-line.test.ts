/** Wrapped crontab lines do what they did: both are run by a real shell and compared. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withCurl, withExec } from "../../../src/cli/import/crontab-line.ts";

let folder: string;

/** In the place of the real ones: they note what they were called with, and `rollcall exec` runs the command. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-line-"));
  const put = (name: string, text: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  put("rollcall", `echo "$1 $2" >> "${folder}/told"; shift 3; exec "$@"`);
  put("curl", `echo "curl" >> "${folder}/told"`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function runIn(line: string): { status: number | null; stdout: string; told: string } {
  // As cron has it: an escaped percent sign is one, a bare one begins the input, and further ones end its lines.
  const [command = "", ...input] = line.split(/(?<!\\)%/).map((part) => part.replaceAll(String.raw`\%`, "%"));
  writeFileSync(join(folder, "told"), "");
  const { status, stdout } = spawnSync("/bin/sh", ["-c", command], {
    input: input.join("\n"),
    encoding: "utf8",
    env: { PATH: `${folder}:${process.env["PATH"]}` },
    cwd: folder,
  });
  return { status, stdout, told: readFileSync(join(folder, "told"), "utf8") };
}

const COMMANDS = [
  "echo one two",
  `echo "a  b" 'c  d' e\\ f`,
  "A=1 B='2 3' sh -c 'echo $A $B'",
  "cd / && pwd",
  "false || echo other",
  "echo a; echo b; exit 3",
  "sh -c 'exit 7'",
  "echo hidden > /dev/null 2>&1",
  "ls /nowhere 2>&1 | wc -l",
  "echo $(echo inner 'with )' paren) `echo back`",
  "if true; then echo yes; fi",
  `echo "it's" '"quoted"'`,
  "( echo sub )",
  "{ echo group; }",
  String.raw`printf 'a\%s\n' b`,
  "cat%first line%second line",
  String.raw`echo 100\% && cat%in%put`,
  "[ -d / ] && echo there",
  "for x in 1 2; do echo $x; done",
  "exec echo replaced",
  "echo one # and why",
  "echo one; echo two # and why",
  "echo one#two 'three # four' # five",
  "cat # why%in%put",
];

describe.each(COMMANDS)("%s", (command) => {
  test("does the same when it is wrapped, and is told of", () => {
    const before = runIn(command);
    const after = runIn(withExec(command, { slug: "job", shell: "/bin/sh" }));
    expect(after).toEqual({ ...before, told: "exec job\n" });
  });

  test("does the same with a curl behind it, which tells of its success alone", () => {
    const before = runIn(command);
    const after = runIn(withCurl(command, { path: "/checkin/default/job" }));
    expect(after).toEqual({ ...before, told: before.status === 0 ? "curl\n" : "" });
  });
});

test("what the shell is not needed for is wrapped as it stands", () => {
  expect(withExec("A=1 /srv/run.sh --all > /dev/null 2>&1", { slug: "run", shell: "/bin/sh" })).toBe(
    "A=1 rollcall exec run -- /srv/run.sh --all > /dev/null 2>&1",
  );
});
