/** The built server as the program it is: started with an environment of its own, listened to, and ended in every way. */
import { spawn, type ChildProcess } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient, type Client } from "../../src/client/client.ts";
import { until } from "./waiting.ts";

export const ADMIN_KEY = "rck_admin_default_e2eAdminSecret0123456789";
export const PING_KEY = "rck_ping_default_e2ePingSecret01234567890";

/** A folder for one test: the programs, a data folder, and room beside them. */
export interface Home {
  folder: string;
  data: string;
  server: string;
  cli: string;
  remove(): void;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Child {
  process: ChildProcess;
  pid: number;
  ended: Promise<Ended>;
  /** All it has written so far. */
  output(): { stdout: string; stderr: string };
}

export interface ServerProgram extends Child {
  url: string;
  port: number;
  client: Client;
  /** SIGTERM; throws unless it ends with exit code 0. */
  stop(): Promise<Ended>;
  /** SIGKILL. */
  kill(): Promise<Ended>;
}

export type Environment = Record<string, string | undefined>;

/** The programs are copied, so that a build meanwhile does not change them in the middle of a test. */
export function makeHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-e2e-"));
  const copied = (name: string): string => {
    const file = join(folder, name);
    copyFileSync(fileURLToPath(new URL(`../../dist/${name}`, import.meta.url)), file);
    return file;
  };
  mkdirSync(join(folder, "data"), { mode: 0o700 });
  copied("sqlite-writer.mjs");
  copied("check-thread.mjs");
  copied("server-chunk.mjs");
  copied("server-scaled.mjs");
  return {
    folder,
    data: join(folder, "data"),
    server: copied("server.mjs"),
    cli: copied("cli.mjs"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The server's environment: nothing of ours but the way to programs. */
export function serverEnvironment(home: Home, more: Environment = {}): Environment {
  return {
    PATH: process.env["PATH"],
    ROLLCALL_DATA: home.data,
    ROLLCALL_PORT: "0",
    ROLLCALL_ADMIN_KEY: ADMIN_KEY,
    ROLLCALL_PING_KEY: PING_KEY,
    ROLLCALL_OUTBOUND_ALLOW: "127.0.0.0/8",
    ...more,
  };
}

/** Runs any program; `words[0]` is found on PATH. */
export function startChild(
  words: readonly string[],
  environment: Environment,
  more: { isOwnGroup?: boolean } = {},
): Child {
  const [command = "", ...commandArguments] = words;
  const child = spawn(command, commandArguments, {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    detached: more.isOwnGroup ?? false,
  });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text.stderr += chunk));
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, ...text }));
  });
  return { process: child, pid: child.pid ?? 0, ended, output: () => ({ ...text }) };
}

export function serverWords(home: Home): string[] {
  return [process.execPath, home.server, "serve"];
}

/** A start that is expected to fail. */
export function runServer(home: Home, more: Environment = {}): Promise<Ended> {
  return startChild(serverWords(home), serverEnvironment(home, more)).ended;
}

/** Resolves when it listens. `words`: another way to start the same program. */
export async function startServer(
  home: Home,
  more: Environment = {},
  words: readonly string[] = serverWords(home),
): Promise<ServerProgram> {
  const child = startChild(words, serverEnvironment(home, more));
  let isOver = false;
  void child.ended.then(() => (isOver = true));
  const url = await until("a server that listens", () => {
    if (isOver) return "";
    return /listening at (http\S+)/.exec(child.output().stdout)?.[1];
  });
  if (url === "") throw new Error(`The server ended: ${JSON.stringify(await child.ended)}`);
  const end = (signal: NodeJS.Signals): Promise<Ended> => {
    child.process.kill(signal);
    return child.ended;
  };
  return {
    ...child,
    url,
    port: Number(new URL(url).port),
    client: createClient({ url, key: ADMIN_KEY, timeoutMs: 30_000 }),
    async stop() {
      const ended = await end("SIGTERM");
      if (ended.code !== 0) throw new Error(`The server did not stop well: ${JSON.stringify(ended)}`);
      return ended;
    },
    kill: () => end("SIGKILL"),
  };
}
