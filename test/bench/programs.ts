/** The programs that are measured, each on a core of its own where the system has taskset, and what CPU they took. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { startChild, startServer, type Child, type Home, type ServerProgram } from "../e2e/server-program.ts";
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

export async function startRollcall(
  options: { profile?: boolean } = {},
): Promise<{ server: ServerProgram; home: Home }> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-bench-"));
  const home: Home = {
    folder,
    data: join(folder, "data"),
    server: join(DIST, "server.mjs"),
    cli: join(DIST, "cli.mjs"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  const profiling = options.profile === true ? ["--cpu-prof", "--cpu-prof-dir", resultsFolder()] : [];
  const words = pinned([process.execPath, ...profiling, home.server, "serve"]);
  const environment = { ROLLCALL_LOG_LEVEL: "warn", NODE_ENV: "production" };
  return { server: await startServer(home, environment, words), home };
}

/** As little as a route can do, on the same server library. */
export async function startNoOp(): Promise<{ child: Child; port: number }> {
  const words = pinned([process.execPath, fileURLToPath(import.meta.url), NO_OP_SERVER]);
  const child = startChild(words, { PATH: process.env["PATH"], NODE_ENV: "production" });
  const port = await until("a no-op server", () => /^(\d+)\n/.exec(child.output().stdout)?.[1]);
  return { child, port: Number(port) };
}

export function serveNoOp(): void {
  const app = new Hono();
  app.all("/checkin/*", (context) => context.text("OK\n"));
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }) as never);
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
}

/** User and system time of a running program so far; null where the system does not tell. */
export function cpuMsOf(pid: number): number | null {
  try {
    // The name in parentheses may hold spaces; utime and stime are the 14th and 15th fields, in ticks of 10 ms.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
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
