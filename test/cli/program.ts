/** The real CLI for tests: copied into a folder of its own, run as a program with an environment of its own. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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
export function cliAndServer(): Program {
  const program = cliAlone();
  addServer(program);
  return program;
}

/** The built program, copied so that a build meanwhile does not change it in the middle of a test. */
export function cliAlone(): Program {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-cli-"));
  const file = join(folder, "cli.mjs");
  copyFileSync(built("cli"), file);
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The server, beside the CLI, where it looks for it. */
export function addServer(program: Program): void {
  for (const name of ["server", "server-chunk", "server-scaled", "sqlite-writer", "check-thread"]) {
    copyFileSync(built(name), join(dirname(program.file), `${name}.mjs`));
  }
}

function built(name: string): string {
  return fileURLToPath(new URL(`../../dist/${name}.mjs`, import.meta.url));
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
