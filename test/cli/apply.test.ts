/** `rollcall apply` against a real server: what it shows, what it does and how it ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createClient, type Client } from "../../src/client/client.ts";
import { requirement } from "../requirements.ts";
import { answering, startHttpReceiver } from "../stubs/http-receiver.ts";
import { cliAndServer, run, start, startServer } from "./program.ts";
import type { Program, Running } from "./program.ts";

const ADMIN_KEY = "rck_admin_default_0123456789abcdefABCDEF";
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const script = requirement("script");

let program: Program;
let folder: string;
let file: string;
let server: Running;
let environment: Record<string, string>;
let client: Client;

beforeAll(async () => {
  program = cliAndServer();
});
afterAll(() => program.remove());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-apply-"));
  file = join(folder, "rollcall.yaml");
  environment = {
    ROLLCALL_ADMIN_KEY: ADMIN_KEY,
    ROLLCALL_DATA: join(folder, "data"),
    ROLLCALL_PORT: "0",
    HOOK_SECRET: SECRET,
  };
  await beginServer();
  writeFileSync(file, BOTH);
});
afterEach(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
  rmSync(folder, { recursive: true, force: true });
});

async function beginServer(): Promise<void> {
  const started = await startServer(program, environment);
  server = started.server;
  environment["ROLLCALL_URL"] = started.url;
  client = createClient({ url: started.url, key: ADMIN_KEY });
}

const cli = (...words: string[]) => run(program, words, environment);
const slugs = async (): Promise<string[]> => (await client.monitors.list()).items.map(({ slug }) => slug);

const CHANNELS = `channels:
  ops:
    kind: webhook
    settings: { url: "https://hooks.example.org/one", secret: "\${HOOK_SECRET}" }
`;
const NIGHTLY = `  nightly:
    schedule: { cron: "0 2 * * *" }
    grace: 10m
`;
const HOURLY = `  hourly:
    schedule: { every: 1h }
`;
const BOTH = `${CHANNELS}monitors:\n${NIGHTLY}${HOURLY}`;

test("shows the plan, carries it out, and finds nothing to do the second time", async () => {
  const checked = await cli("apply", file, "--check");
  expect(checked.code).toBe(1);
  expect(checked.stdout).toBe(
    [
      "+ channel ops",
      '    kind: "webhook"',
      '    settings.url: "set"',
      '    settings.secret: "set"',
      "+ monitor hourly",
      '    schedule.every: "1h"',
      '    schedule.from: "start"',
      "+ monitor nightly",
      '    schedule.cron: "0 2 * * *"',
      '    schedule.timezone: "UTC"',
      '    grace: "10m"',
      "",
      "3 to add; 0 are as they should be.",
      "",
    ].join("\n"),
  );
  expect(await slugs()).toEqual([]);
  const applied = await cli("apply", file, "--yes");
  expect(applied).toMatchObject({ code: 0, stdout: expect.stringMatching(/Done: 3 of 3\.\n$/) });
  expect(await slugs()).toEqual(["hourly", "nightly"]);
  expect(await cli("apply", file, "--check")).toMatchObject({
    code: 0,
    stdout: "Nothing to do; 3 are as they should be.\n",
  });
  for (const { stdout, stderr } of [checked, applied]) expect(stdout + stderr).not.toContain(SECRET);
});

test("an edited file changes what was edited, and puts aside what is gone until it is pruned", async () => {
  await cli("apply", file, "--yes");
  writeFileSync(file, `${CHANNELS}monitors:\n${NIGHTLY.replace("10m", "15m")}`);
  const applied = await cli("apply", file, "--yes");
  expect(applied.stdout).toContain('~ monitor nightly\n    grace: "10m" → "15m"\n');
  expect(applied.stdout).toContain("! monitor hourly: not in the file any more, so it is paused");
  expect(applied.stdout).toContain("1 to change, 1 to put aside; 1 is as it should be.");
  expect(await client.monitors.get("hourly")).toMatchObject({
    status: "paused",
    pause: { reason: "Not in rollcall.yaml any more" },
  });
  expect((await cli("apply", file, "--check")).stdout).toContain("still there: monitor hourly.");
  expect((await cli("apply", file, "--yes", "--prune")).stdout).toContain("- monitor hourly: deleted");
  expect(await slugs()).toEqual(["nightly"]);
});

test("where nobody can be asked, nothing is done without --yes", async () => {
  const { code, stdout, stderr } = await cli("apply", file);
  expect(code).toBe(2);
  expect(stdout).toContain("+ monitor nightly");
  expect(stderr).toBe(
    "rollcall: Nothing was changed: there is nobody to ask; say --yes to apply this plan.\n",
  );
  expect(await slugs()).toEqual([]);
});

// Without script there is no way to make a terminal.
test.skipIf(script === null)("at a terminal it asks, and takes only yes for yes", async () => {
  const asked = async (answer: string): Promise<{ code: number | null; said: string }> => {
    const command = `'${process.execPath}' '${program.file}' apply '${file}'`;
    const terminal = spawn(script?.path ?? "", ["-qefc", command, "/dev/null"], {
      env: { PATH: process.env["PATH"], ...environment },
    });
    let said = "";
    terminal.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      const wasAsked = said.includes("[y/N]");
      said += chunk;
      if (!wasAsked && said.includes("[y/N]")) terminal.stdin.write(`${answer}\n`);
    });
    const [code] = (await once(terminal, "close")) as [number | null];
    return { code, said };
  };
  const refused = await asked("no");
  expect(refused).toMatchObject({ code: 1, said: expect.stringContaining("nothing was changed") });
  expect(await slugs()).toEqual([]);
  expect(await asked("y")).toMatchObject({ code: 0, said: expect.stringContaining("Done: 3 of 3.") });
  expect(await slugs()).toEqual(["hourly", "nightly"]);
});

test("mistakes are told with file, line and column, and nothing is changed", async () => {
  writeFileSync(file, BOTH.replace("10m", "soon").replace("every", "evry"));
  const wrong = await cli("apply", file, "--yes");
  expect(wrong.code).toBe(2);
  expect(wrong.stderr.split("\n")).toEqual([
    expect.stringContaining(`${file}:8:5: monitors.nightly.grace: "soon" is not a duration`),
    `${file}:10:17: monitors.hourly.schedule.evry: is not a known field: did you mean every?`,
    "rollcall: nothing was changed",
    "",
  ]);
  for (const [text, sentence] of [
    ["", "is empty"],
    [BOTH.slice(0, -5), `${file}:10:24: Flow map`],
    [BOTH.slice(0, BOTH.indexOf("    schedule: { every")), "monitors.hourly: null is not of the type object"],
    [BOTH.slice(0, BOTH.indexOf("monitors:")), "monitors: is missing"],
    [BOTH.replaceAll("    ", "\t"), "Tabs are not allowed"],
    ["- a\n", "is not a configuration"],
    [BOTH.replace("HOOK_SECRET", "NOT_THERE"), "the environment has no NOT_THERE"],
  ] as const) {
    writeFileSync(file, text);
    const ended = await cli("apply", file, "--yes", "--prune");
    expect(ended, text).toMatchObject({ code: 2, stderr: expect.stringContaining(sentence) });
  }
  expect(await slugs()).toEqual([]);
});

test("what another program is still writing is waited for", async () => {
  const jobs = join(folder, "jobs");
  writeFileSync(jobs, "0 2 * * * /srv/backup.sh\n");
  // An import takes longer to write its first line than an application to ask for it.
  const line = '"$0" "$1" import crontab "$2" --tz UTC 2>/dev/null | "$0" "$1" apply - --yes';
  const child = spawn("/bin/sh", ["-c", line, process.execPath, program.file, jobs], {
    env: { PATH: process.env["PATH"], ...environment },
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining("Done: 1 of 1.") });
  expect(await slugs()).toEqual(["backup"]);
});

test("programs get JSON; standard input is a file; a read key may not", async () => {
  const words = ["apply", "-", "--json", "--check"];
  const child = start(program, words, environment);
  expect((await child.ended).code).toBe(2);
  const json = JSON.parse((await cli("apply", file, "--json", "--yes")).stdout) as { steps: unknown[] };
  expect(json.steps).toHaveLength(3);
  const { key } = await client.keys.create({ kind: "read" });
  expect(await cli("apply", file, "--check", "--key", key ?? "")).toMatchObject({ code: 3 });
  environment["ROLLCALL_ADMIN_KEY"] = "";
  expect(await cli("apply", file)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("ROLLCALL_ADMIN_KEY"),
  });
});

test("an application that stopped in the middle tells what was done, and where in the file the rest is", async () => {
  const plan = {
    configuration: "rollcall.yaml",
    fingerprint: "f",
    steps: ["hourly", "nightly"].map((name) => ({ what: "monitor", name, act: "add", changes: [] })),
    unchanged: 0,
    kept: [],
    warnings: [],
  };
  const detail = "The application stopped after 1 of 2 changes. The disk is full. Done: monitors.hourly.";
  const problems = [{ field: "monitors.nightly", message: "was not done" }];
  const stub = await startHttpReceiver((received, response) => {
    const isPlan = received.path.startsWith("/v1/configuration/plan");
    const body = isPlan ? plan : { code: "unavailable", detail, problems };
    answering({ status: isPlan ? 200 : 503, body: JSON.stringify(body) })(received, response);
  });
  try {
    const ended = await cli("apply", file, "--yes", "--url", stub.url);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toBe(`${detail}\n${file}:6:3: monitors.nightly: was not done\n`);
    expect(stub.received[1]?.path).toBe("/v1/configuration/apply?file=rollcall.yaml&expect=f&prune=false");
  } finally {
    await stub.close();
  }
});
