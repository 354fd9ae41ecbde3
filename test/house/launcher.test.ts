/**
 * The launcher under a Node that is too old for it, which here is every Node: its folder is copied with the bar
 * raised, and an npm of this test's own puts this very Node where the fetched one would lie.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inTree, PROJECT } from "./linting.ts";

const PLATFORM = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

// Writes down each call, then does what `npm ci --prefix FOLDER` would: a package whose bin/node is a Node.
const NPM = `
const { appendFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
appendFileSync(process.env.CALLS, process.argv.slice(2).join(" ") + "\\n");
if (process.env.IS_OFFLINE) { console.error("npm error network: no route"); process.exit(1); }
const folder = process.argv[process.argv.indexOf("--prefix") + 1];
const { optionalDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const name = Object.keys(optionalDependencies).find((each) => each.endsWith("-${PLATFORM}"));
mkdirSync(join(folder, "node_modules", name, "bin"), { recursive: true });
writeFileSync(join(folder, "node_modules", name, "package.json"), JSON.stringify({ version: optionalDependencies[name] }));
symlinkSync(process.execPath, join(folder, "node_modules", name, "bin/node"));
`;

interface Place {
  folder: string;
  runtime: string;
  calls: () => string[];
  launch: (command: string[], environment?: Record<string, string>) => ChildProcess;
}

/** A folder with the launcher, whose `oldestNode` no Node reaches, and the npm above. */
function inPlace(oldestNode: string, use: (place: Place) => Promise<void>): Promise<void> {
  return inTree({ "npm-cli.js": NPM, "package.json": `{ "type": "commonjs" }`, calls: "" }, (folder) => {
    const runtime = join(folder, "runtime");
    cpSync(join(PROJECT, "config/runtime"), runtime, {
      recursive: true,
      filter: (path) => !/node_modules|\.installing|\.staging/.test(path.slice(PROJECT.length)),
    });
    const settings = JSON.parse(readFileSync(join(runtime, "package.json"), "utf8")) as { config: object };
    writeFileSync(join(runtime, "package.json"), JSON.stringify({ ...settings, config: { oldestNode } }));
    const own = { npm_execpath: join(folder, "npm-cli.js"), CALLS: join(folder, "calls") };
    return use({
      folder,
      runtime,
      calls: () => readFileSync(join(folder, "calls"), "utf8").split("\n").filter(Boolean),
      launch: (command, environment = {}) =>
        spawn(process.execPath, [join(runtime, "launch.mjs"), ...command], {
          cwd: folder,
          env: { ...process.env, ...own, ...environment },
        }),
    });
  });
}

interface Ending {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

async function endOf(child: ChildProcess): Promise<Ending> {
  const ending: Ending = { code: null, signal: null, stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk) => (ending.stdout += String(chunk)));
  child.stderr?.on("data", (chunk) => (ending.stderr += String(chunk)));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { ...ending, code, signal };
}

describe("where the machine's Node is new enough", () => {
  test("it is used as it is, and nothing is fetched", () =>
    inPlace("20", async ({ runtime, launch, calls }) => {
      const { stdout, code } = await endOf(launch(["node", "-p", "process.execPath"]));
      expect({ stdout: stdout.trim(), code }).toEqual({ stdout: process.execPath, code: 0 });
      expect(calls()).toEqual([]);
      expect(existsSync(join(runtime, "node_modules"))).toBe(false);
    }));
});

describe("where the machine's Node is too old", () => {
  test("the pinned one is fetched once, said in a sentence, and used from then on without a network", () =>
    inPlace("999", async ({ runtime, launch, calls }) => {
      const first = await endOf(launch(["node", "-p", "process.env.PATH"]));
      expect(first.stdout.startsWith(join(runtime, "node_modules"))).toBe(true);
      expect(first.stderr).toMatch(
        /^Rollcall needs Node 999 or newer, and this is Node [\d.]+\. Fetching Node /,
      );
      const second = await endOf(launch(["node", "-p", "1 + 1"], { IS_OFFLINE: "1" }));
      expect(second).toEqual({ code: 0, signal: null, stdout: "2\n", stderr: "" });
      expect(calls()).toHaveLength(1);
      expect(calls()[0]).toMatch(/^ci --prefix /);
      expect(readdirSync(runtime).filter((name) => name.startsWith("."))).toEqual([]);
    }));

  test("of several starts at once one fetches, and all of them run", () =>
    inPlace("999", async ({ launch, calls }) => {
      const endings = await Promise.all([1, 2, 3, 4].map((each) => endOf(launch(["node", "-p", `${each}`]))));
      expect(endings.map(({ stdout }) => stdout.trim())).toEqual(["1", "2", "3", "4"]);
      expect(calls()).toHaveLength(1);
    }));

  test("a start that was killed while it fetched does not stop the next one", () =>
    inPlace("999", async ({ runtime, launch }) => {
      mkdirSync(join(runtime, ".installing"));
      const longAgo = new Date("2026-01-01T00:00:00Z");
      utimesSync(join(runtime, ".installing"), longAgo, longAgo);
      expect((await endOf(launch(["node", "-p", "1 + 1"]))).stdout).toBe("2\n");
    }));

  test("a new pin replaces what was fetched before", () =>
    inPlace("999", async ({ runtime, launch, calls }) => {
      await endOf(launch(["node", "-p", "1"]));
      const settings = readFileSync(join(runtime, "package.json"), "utf8");
      writeFileSync(join(runtime, "package.json"), settings.replaceAll(/"\d+\.\d+\.\d+"/g, `"99.0.0"`));
      expect((await endOf(launch(["node", "-p", "2"]))).stdout).toBe("2\n");
      expect(calls()).toHaveLength(2);
    }));

  test("a fetch that fails says what to do, and leaves nothing behind", () =>
    inPlace("999", async ({ runtime, launch }) => {
      const { code, stderr } = await endOf(launch(["node", "-p", "1"], { IS_OFFLINE: "1" }));
      expect(code).toBe(1);
      expect(stderr).toContain("npm error network: no route");
      expect(stderr.trimEnd()).toMatch(/try again, or put Node 999 or newer first on PATH\.$/);
      expect(readdirSync(runtime).filter((name) => name.startsWith("."))).toEqual([]);
    }));
});

describe("what was launched", () => {
  test("its exit code is the launcher's, and a command that is not there has its own", () =>
    inPlace("20", async ({ launch }) => {
      expect((await endOf(launch(["node", "-e", "process.exit(7)"]))).code).toBe(7);
      const { code, stderr } = await endOf(launch(["no-such-command"]));
      expect({ code, stderr: stderr.trim() }).toEqual({
        code: 127,
        stderr:
          "no-such-command could not be started: spawn no-such-command ENOENT. Run npm ci, then try again.",
      });
    }));

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s reaches it, and it ends as it likes", (signal) =>
    inPlace("20", async ({ launch }) => {
      const code = `process.on("${signal}", () => { console.log("bye"); process.exit(3); });
        setInterval(() => {}, 1000); console.log("ready");`;
      const child = launch(["node", "-e", code]);
      child.stdout?.once("data", () => child.kill(signal));
      expect(await endOf(child)).toEqual({ code: 3, signal: null, stdout: "ready\nbye\n", stderr: "" });
    }),
  );

  test("ends when the shell that npm started it in dies of a signal", () =>
    inPlace("20", async ({ runtime, folder }) => {
      const code = `process.on("SIGTERM", () => { console.log("bye"); process.exit(); });
        setInterval(() => {}, 1000); console.log("ready");`;
      const environment = { ...process.env, npm_lifecycle_event: "start", CODE: code };
      const script = `"${process.execPath}" "${join(runtime, "launch.mjs")}" node -e "$CODE"; exit 0`;
      const shell = spawn("sh", ["-c", script], { cwd: folder, env: environment });
      shell.stdout.once("data", () => shell.kill("SIGTERM"));
      // The output closes only when the last of them, the server, is gone.
      expect(await endOf(shell)).toEqual({
        code: null,
        signal: "SIGTERM",
        stdout: "ready\nbye\n",
        stderr: "",
      });
    }));

  test("ended by a signal, the launcher ends by the same", () =>
    inPlace("20", async ({ launch }) => {
      expect(await endOf(launch(["node", "-e", `process.kill(process.pid, "SIGKILL")`]))).toMatchObject({
        code: null,
        signal: "SIGKILL",
      });
    }));
});
