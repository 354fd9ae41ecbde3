/** The programs that are measured, each on a core of its own where the system has taskset, and what CPU they took. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Hono } from "hono";
import { listen } from "../../src/editions/listen.ts";
import { startChild, startServer, type ServerProgram } from "../e2e/server-program.ts";
import { until } from "../e2e/waiting.ts";

// The bundle lies in dist/.
const DIST = fileURLToPath(new URL(".", import.meta.url));
const ROOT = join(DIST, "..");
const MEASURED_CORE = 0;
/** Of util-linux. */
const TASKSET = "taskset";

export const NO_OP_SERVER = "no-op-server";

export const isPinned =
  availableParallelism() > 1 && spawnSync(TASKSET, ["-pc", "1", String(process.pid)]).status === 0;

/** The words that run a program on the core that is measured. */
function pinned(words: readonly string[]): string[] {
  return isPinned ? [TASKSET, "-c", String(MEASURED_CORE), ...words] : [...words];
}

export function makeFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "rollcall-bench-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The server over a data folder that is there already. */
export async function startRollcall(options: {
  data: string;
  isProfiled: boolean;
}): Promise<Pick<ServerProgram, "pid" | "port" | "url" | "client" | "stop">> {
  const home = {
    folder: options.data,
    data: options.data,
    server: join(DIST, "server.mjs"),
    cli: join(DIST, "cli.mjs"),
    remove: () => undefined,
  };
  const profiling = options.isProfiled ? ["--cpu-prof", "--cpu-prof-dir", resultsFolder()] : [];
  const words = pinned([process.execPath, ...profiling, home.server, "serve"]);
  return startServer(home, { ROLLCALL_LOG_LEVEL: "warn", NODE_ENV: "production" }, words);
}

/** Where the built programs lie. */
export function programFile(name: string): string {
  return join(DIST, `${name}.mjs`);
}

/** As little as a route can do, on the same server as Rollcall's. */
export async function startNoOp(): Promise<{ pid: number; port: number; stop(): Promise<void> }> {
  const words = pinned([process.execPath, fileURLToPath(import.meta.url), NO_OP_SERVER]);
  const child = startChild(words, { PATH: process.env["PATH"], NODE_ENV: "production" });
  const port = await until("a no-op server", () => /^(\d+)\n/.exec(child.output().stdout)?.[1]);
  const stop = async (): Promise<void> => {
    child.process.kill("SIGKILL");
    await child.ended;
  };
  return { pid: child.pid, port: Number(port), stop };
}

export async function serveNoOp(): Promise<void> {
  const app = new Hono();
  app.all("/checkin/*", (context) => context.text("OK\n"));
  const listening = await listen({ host: "127.0.0.1", port: 0 });
  listening.carry(app);
  console.log(new URL(listening.url).port);
}

/** User and system time of a running program so far; always 0 where the system does not tell. */
export function cpuMsOf(pid: number): number {
  try {
    // The name in parentheses may hold spaces; utime and stime are the 14th and 15th fields, in ticks of 10 ms.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    // Not Linux.
    return 0;
  }
}

/** What of a running program lies in memory, in bytes; null where the system does not tell. */
export function memoryOf(pid: number): number | null {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * 1_024;
  } catch {
    // Not Linux.
    return null;
  }
}

export function resultsFolder(): string {
  const folder = join(ROOT, "test/bench/results");
  mkdirSync(folder, { recursive: true });
  return folder;
}
