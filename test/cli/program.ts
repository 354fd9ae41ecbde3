/** The real CLI for tests: bundled once into a folder of its own, run as a program with an environment of its own. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";

export interface Program {
  file: string;
  remove(): void;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  tookMs: number;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves when standard output holds the text. */
  says(text: string): Promise<void>;
}

/** The CLI, and with it the server where it looks for it. */
export async function bundleCliAndServer(): Promise<Program> {
  const program = await bundleCli();
  await addServer(program);
  return program;
}

export async function bundleCli(): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-cli-"));
  const file = join(folder, "cli.mjs");
  await bundle("src/cli/main.ts", file);
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The server, beside the CLI, where it looks for it. */
export async function addServer(program: Program): Promise<void> {
  await bundle("src/editions/main.ts", join(dirname(program.file), "server.mjs"));
  await bundle("src/stores/sqlite/writer-thread.ts", join(dirname(program.file), "sqlite-writer.mjs"));
  await bundle("src/checks/check-thread.ts", join(dirname(program.file), "check-thread.mjs"));
}

async function bundle(entry: string, file: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    logLevel: "warning",
    banner: {
      js: [
        `import { createRequire as make } from "node:module";`,
        `const require = make(import.meta.url);`,
        `const __filename = import.meta.filename, __dirname = import.meta.dirname;`,
      ].join("\n"),
    },
  });
}

export function start(
  program: Program,
  words: readonly string[],
  environment: Record<string, string | undefined> = {},
): Running {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [program.file, ...words], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text.stderr += chunk));
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) =>
      resolve({ code, signal, ...text, tookMs: performance.now() - startedAt }),
    );
  });
  const says = (wanted: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (text.stdout.includes(wanted)) resolve();
      };
      child.stdout.on("data", look);
      look();
    });
  return { child, ended, says };
}

/** The server as a program of its own, as soon as it listens; its port is its own choice where the environment says 0. */
export async function startServer(
  program: Program,
  environment: Record<string, string>,
): Promise<{ server: Running; url: string }> {
  let said = "";
  const server = start(program, ["serve"], environment);
  server.child.stdout?.on("data", (chunk: string) => (said += chunk));
  await server.says("Rollcall is listening at http");
  return { server, url: /listening at (http\S+)/.exec(said)?.[1] ?? "" };
}

export function run(
  program: Program,
  words: readonly string[],
  environment: Record<string, string | undefined> = {},
): Promise<Ended> {
  return start(program, words, environment).ended;
}
