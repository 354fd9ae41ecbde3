/** The lines that an import says to add, run as they are printed, against a real server: they tell what they promise. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { createClient } from "../../../src/client/client.ts";
import type { Client, RunAnswer } from "../../../src/client/client.ts";
import { source as crontab } from "../../../src/cli/import/crontab.ts";
import { source as github } from "../../../src/cli/import/github.ts";
import type { Source, SourceFile, SourceOptions } from "../../../src/cli/import/source.ts";
import { source as systemd } from "../../../src/cli/import/systemd.ts";
import { source as vercel } from "../../../src/cli/import/vercel.ts";
import { requirement } from "../../requirements.ts";
import { addServer, cliAlone, start } from "../program.ts";
import type { Program, Running } from "../program.ts";
import { fileOf, read } from "./reading.ts";

const ADMIN_KEY = "rck_admin_default_0123456789abcdefABCDEF";
const PING_KEY = "rck_ping_default_0123456789abcdefABCDEF";
const curl = requirement("curl");

let program: Program;
let folder: string;
let server: Running;
let url: string;
let client: Client;

beforeAll(async () => {
  program = cliAlone();
  addServer(program);
  folder = mkdtempSync(join(tmpdir(), "rollcall-lines-"));
  server = start(program, ["serve"], {
    ROLLCALL_ADMIN_KEY: ADMIN_KEY,
    ROLLCALL_PING_KEY: PING_KEY,
    ROLLCALL_DATA: join(folder, "data"),
    ROLLCALL_PORT: "0",
  });
  let said = "";
  server.child.stdout?.on("data", (chunk: string) => (said += chunk));
  await server.says("Rollcall is listening at http");
  url = /listening at (http\S+)/.exec(said)?.[1] ?? "";
  client = createClient({ url, key: ADMIN_KEY });
  const wrapper = join(folder, "rollcall");
  writeFileSync(wrapper, `#!/bin/sh\nexec "${process.execPath}" "${program.file}" "$@"\n`);
  chmodSync(wrapper, 0o755);
});
afterAll(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
  rmSync(folder, { recursive: true, force: true });
  program.remove();
});

/** Imports the one job of a file, makes its monitor, and gives back the lines to add. */
async function linesOf(
  source: Source,
  file: SourceFile,
  { slug, ...options }: { slug: string } & Partial<SourceOptions>,
): Promise<readonly string[]> {
  const [proposal] = (await read(source, file, { ...options, url })).proposals;
  if (proposal === undefined) throw new Error("Nothing was proposed.");
  await client.monitors.put(slug, proposal.monitor);
  return proposal.linesFor(slug);
}

async function shell(command: string, environment: Record<string, string> = {}): Promise<number> {
  const child = spawn("/bin/sh", ["-c", command], {
    stdio: "ignore",
    env: {
      PATH: `${folder}:${process.env["PATH"]}`,
      ROLLCALL_URL: url,
      ROLLCALL_PING_KEY: PING_KEY,
      ROLLCALL_SPOOL: join(folder, "spool"),
      ...environment,
    },
  });
  const [code] = (await once(child, "close")) as [number];
  return code;
}

async function runsOf(slug: string): Promise<Pick<RunAnswer, "state" | "trigger">[]> {
  const { items } = await client.monitors.runs(slug);
  return items.map(({ state, trigger }) => ({ state, trigger }));
}

test("a crontab line tells the run, its failure too", async () => {
  const lines = await linesOf(crontab, fileOf("-", "0 1 * * * cd / && exit 3"), { slug: "wrapped" });
  expect(await shell(lines[0]?.slice("0 1 * * * ".length) ?? "")).toBe(3);
  expect(await runsOf("wrapped")).toEqual([{ state: "failed", trigger: "schedule" }]);
});

// The lines call curl.
test.skipIf(curl === null)("a crontab line with curl tells its success", async () => {
  const lines = await linesOf(crontab, fileOf("-", "0 1 * * * true"), { slug: "pinged", reportBy: "curl" });
  expect(await shell(lines[0]?.slice("0 1 * * * ".length) ?? "")).toBe(0);
  expect(await runsOf("pinged")).toEqual([{ state: "reported", trigger: "schedule" }]);
});

// The lines call curl.
test.skipIf(curl === null)("the steps of a workflow tell one run, by hand as such", async () => {
  const workflow = `on: { schedule: [{ cron: "0 1 * * *" }] }\njobs: { build: { steps: [] } }\n`;
  const lines = await linesOf(github, fileOf("nightly.yml", workflow), { slug: "nightly" });
  for (const { env, run } of parse(lines.join("\n")) as { env: Record<string, string>; run: string }[]) {
    // What GitHub would put in for these expressions.
    const filled = Object.entries(env).map(([name, text]) => [
      name,
      text
        .replace("${{ secrets.ROLLCALL_PING_KEY }}", PING_KEY)
        .replace("${{ vars.ROLLCALL_URL }}", url)
        .replace("${{ github.run_id }}", "4711")
        .replace("${{ github.run_attempt }}", "1")
        .replace(/\$\{\{ github\.event_name .*\}\}/, "manual")
        .replace(/\$\{\{ job\.status .*\}\}/, "fail"),
    ]);
    expect(await shell(run, Object.fromEntries(filled) as Record<string, string>)).toBe(0);
  }
  expect(await runsOf("nightly")).toEqual([{ state: "failed", trigger: "manual" }]);
});

// The lines call curl.
test.skipIf(curl === null)("the drop-in of a timer tells start and end as systemd runs them", async () => {
  const lines = await linesOf(systemd, fileOf("job.timer", "[Timer]\nOnCalendar=daily\n"), {
    slug: "timer",
  });
  const commands = lines.flatMap((line) => /^Exec\w+=-(.*)$/.exec(line)?.[1] ?? []);
  expect(commands).toHaveLength(2);
  for (const command of commands) {
    expect(await shell(command, { INVOCATION_ID: "a1b2c3", SERVICE_RESULT: "success" })).toBe(0);
  }
  expect(await runsOf("timer")).toEqual([{ state: "reported", trigger: "schedule" }]);
});

test("the lines of a function tell its start and its failure, and let that pass on", async () => {
  const config = `{ "crons": [{ "path": "/api/digest", "schedule": "0 1 * * *" }] }`;
  const lines = await linesOf(vercel, fileOf("vercel.json", config), { slug: "digest" });
  const file = join(folder, "function.mjs");
  writeFileSync(file, lines.join("\n").replace("// … the work …", `throw new Error("no work");`));
  expect(await shell(`"${process.execPath}" "${file}"`)).toBe(1);
  expect(await runsOf("digest")).toEqual([{ state: "failed", trigger: "schedule" }]);
});
