/** The README's examples of telling what was done, run as they stand there against a real server. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunAnswer } from "../../src/client/answers.ts";
import { requirement } from "../requirements.ts";
import { makeHome, PING_KEY, startChild, startServer, type Ended, type Home } from "./server-program.ts";
import type { ServerProgram } from "./server-program.ts";

const curl = requirement("curl");
const python = requirement("python3");
const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

let home: Home;
let server: ServerProgram;
beforeAll(async () => {
  home = makeHome();
  server = await startServer(home);
}, 60_000);
afterAll(async () => {
  await server.kill();
  home.remove();
});

/** The one block of code in the section that begins so, with this server's address and key in it, and a new monitor. */
async function example(fence: string, beginning: RegExp, monitor: string): Promise<string> {
  const readme = readFileSync(join(PROJECT, "README.md"), "utf8");
  const [, section = ""] = readme.split("\n## Say it from any job\n");
  const blocks = [...(section.split("\n## ")[0] ?? "").matchAll(/^```(.*)\n([^]*?)^```$/gm)]
    .filter(([, language, code]) => language === fence && beginning.test(code ?? ""))
    .map(([, , code = ""]) => code);
  expect(blocks).toHaveLength(1);
  await server.client.monitors.put(monitor, { schedule: { every: "1h" } });
  return (blocks[0] ?? "")
    .replaceAll("http://127.0.0.1:8377", server.url)
    .replaceAll("<ping key>", PING_KEY)
    .replaceAll("lead-agent", monitor);
}

const environment = () => ({
  PATH: process.env["PATH"],
  ROLLCALL_URL: server.url,
  ROLLCALL_PING_KEY: PING_KEY,
  ROLLCALL_SPOOL: join(home.folder, "spool"),
});

function run(...words: string[]): Promise<Ended> {
  return startChild(words, environment()).ended;
}

async function onlyRun(monitor: string): Promise<RunAnswer | undefined> {
  const { items } = await server.client.monitors.runs(monitor);
  expect(items).toHaveLength(1);
  return items[0];
}

const COUNTS = { expected: 200, processed: 198 };

test("a job under exec writes its outcome into a file", async () => {
  const line = await example("", /^echo/, "by-exec");
  const ended = await run(process.execPath, home.cli, "exec", "by-exec", "--", "sh", "-c", line);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(await onlyRun("by-exec")).toMatchObject({ state: "reported", outcome: { counts: COUNTS } });
});

// curl is not part of Node: where it is missing, that is told loudly.
test.skipIf(curl === null)("curl sends it", async () => {
  const ended = await run("sh", "-c", await example("", /^curl/, "by-curl"));
  expect(ended).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^OK/) });
  expect(await onlyRun("by-curl")).toMatchObject({ state: "reported", outcome: { counts: COUNTS } });
});

// Neither is Python.
describe.skipIf(python === null)("Python", () => {
  test("sends it with nothing but its own library", async () => {
    const ended = await run("python3", "-c", await example("python", /^import/, "by-python"));
    expect(ended).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(await onlyRun("by-python")).toMatchObject({
      state: "reported",
      outcome: {
        counts: COUNTS,
        plan: ["fetch", "enrich"],
        steps: [
          { name: "fetch", status: "ok" },
          { name: "enrich", status: "ok", http: { host: "api.openai.com", status: 200 } },
        ],
        evidence: [{ kind: "file", name: "leads.csv", size: 12_345 }],
      },
    });
  });

  test("goes on when Rollcall is away", async () => {
    const code = await example("python", /^import/, "unheard");
    const ended = await run("python3", "-c", code.replaceAll(server.url, "http://127.0.0.1:2"));
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Rollcall was not told: /) });
  });
});

test("a job in Node tells its steps", async () => {
  mkdirSync(join(home.folder, "node_modules"));
  symlinkSync(PROJECT, join(home.folder, "node_modules", "rollcall"));
  const work = `
    const fetchLeads = async () => [1, 2, 3], enrich = async () => {}, save = async () => {};
  `;
  writeFileSync(join(home.folder, "job.mjs"), work + (await example("js", /^import/, "by-node")));
  const ended = await run(process.execPath, join(home.folder, "job.mjs"));
  expect(ended).toMatchObject({ code: 0, stdout: "", stderr: "" });
  expect(await onlyRun("by-node")).toMatchObject({
    state: "reported",
    outcome: {
      counts: { expected: 3, processed: 3 },
      steps: [{ name: "fetch" }, { name: "enrich" }, { name: "save", status: "ok" }],
    },
  });
});
