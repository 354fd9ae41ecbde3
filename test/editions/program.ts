/** The built server program in a folder of its own, started, listened to and stopped. */
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { RunningEdition } from "../contracts/edition.ts";

const FILE = fileURLToPath(new URL("../../dist/server.mjs", import.meta.url));

export interface ServerProgram {
  child: ChildProcess;
  url: string;
  /** All that was written for people so far. */
  said(): string;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>;
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Resolves once it listens; rejects with what it said if it ends before. */
export async function startServer(
  environment: Record<string, string>,
  words: readonly string[] = [],
): Promise<ServerProgram> {
  const { child, said, ended } = spawnedServer(environment, words);
  const listening = new Promise<string>((resolve) => {
    child.stdout?.on("data", () => {
      const url = /listening at (http\S+)/.exec(said().stdout)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  const first = await Promise.race([listening, ended]);
  if (typeof first !== "string") throw new Error(`The server ended: ${JSON.stringify(first)}`);
  return {
    child,
    url: first,
    said: () => said().stdout,
    async stop() {
      child.kill("SIGTERM");
      return (await ended).code;
    },
  };
}

/** For starts that must fail. */
export function endedServer(
  environment: Record<string, string>,
  words: readonly string[] = [],
): Promise<Ended> {
  return spawnedServer(environment, words).ended;
}

/** Nothing is waited for. */
export function spawnedServer(environment: Record<string, string>, words: readonly string[] = []) {
  const child = spawn(process.execPath, [FILE, "serve", ...words], {
    env: { PATH: process.env["PATH"] ?? "", ROLLCALL_PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (texts.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (texts.stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, ...texts })));
  return { child, ended, said: () => texts };
}

/** An edition that is one process, for its contract: stopped as an operator would, and started again over the same data. */
export async function oneProcess(
  environment: Record<string, string> & Record<"ROLLCALL_ADMIN_KEY" | "ROLLCALL_PING_KEY", string>,
): Promise<RunningEdition> {
  let server = await startServer(environment);
  return {
    get url() {
      return server.url;
    },
    adminKey: environment.ROLLCALL_ADMIN_KEY,
    pingKey: environment.ROLLCALL_PING_KEY,
    async restart() {
      await server.stop();
      server = await startServer(environment);
    },
    async stop() {
      expect(await server.stop()).toBe(0);
    },
  };
}
