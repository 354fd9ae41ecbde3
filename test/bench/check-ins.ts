/** How many check-ins a second are made durable on one core, beside what a route that does nothing takes there. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PING_KEY } from "../e2e/server-program.ts";
import { loadFor, type Measured } from "./load.ts";
import { cpuMsOf, startNoOp, startRollcall } from "./programs.ts";

const MONITORS = 500;
const CONNECTIONS = 64;
const WARM_UP_MS = 1_000;
const LOAD_MS = 5_000;

export interface CheckInFigures {
  noOpPerSecond: number;
  noOpPerCpuSecond: number | null;
  checkInsPerSecond: number;
  checkInsPerCpuSecond: number | null;
  /** Check-ins a second to what the core could do of no-op requests if the load never ran dry. */
  ratio: number;
  /** The same a second of CPU: what it would be if the disk cost nothing. */
  cpuRatio: number | null;
  /** How much of the core's time the server used; the rest was waiting for the disk. */
  cpuShare: number | null;
  /** Transactions of one small row each a second, straight on the driver with the same pragmas. */
  rawCommitsPerSecond: number;
}

export async function measureCheckIns(options: { profile: boolean }): Promise<CheckInFigures> {
  const noOp = await measureNoOp();
  const checkIns = await measureDurable(options);
  const rawCommitsPerSecond = measureRawCommits();
  return {
    noOpPerSecond: noOp.perSecond,
    noOpPerCpuSecond: noOp.perCpuSecond,
    checkInsPerSecond: checkIns.perSecond,
    checkInsPerCpuSecond: checkIns.perCpuSecond,
    ratio: checkIns.perSecond / (noOp.perCpuSecond ?? noOp.perSecond),
    cpuRatio:
      checkIns.perCpuSecond === null || noOp.perCpuSecond === null
        ? null
        : checkIns.perCpuSecond / noOp.perCpuSecond,
    cpuShare: checkIns.perCpuSecond === null ? null : checkIns.perSecond / checkIns.perCpuSecond,
    rawCommitsPerSecond,
  };
}

interface WithCpu extends Measured {
  perCpuSecond: number | null;
}

async function measureNoOp(): Promise<WithCpu> {
  const { child, port } = await startNoOp();
  try {
    return await measure({ port, pid: child.pid, request: requestFor() });
  } finally {
    child.process.kill("SIGKILL");
    await child.ended;
  }
}

async function measureDurable(options: { profile: boolean }): Promise<WithCpu> {
  const { server, home } = await startRollcall(options);
  try {
    for (let index = 0; index < MONITORS; index += 1) {
      await server.client.monitors.put(`job-${index}`, { schedule: { every: "1h" } });
    }
    return await measure({ port: server.port, pid: server.pid, request: requestFor() });
  } finally {
    await server.stop();
    home.remove();
  }
}

async function measure(what: {
  port: number;
  pid: number;
  request: (index: number) => string;
}): Promise<WithCpu> {
  const { port, pid, request } = what;
  await loadFor({ port, connections: CONNECTIONS, ms: WARM_UP_MS, request });
  const cpuBeforeMs = cpuMsOf(pid);
  const measured = await loadFor({ port, connections: CONNECTIONS, ms: LOAD_MS, request });
  const cpuAfterMs = cpuMsOf(pid);
  const isCpuKnown = cpuBeforeMs !== null && cpuAfterMs !== null && cpuAfterMs > cpuBeforeMs;
  const perCpuSecond = isCpuKnown ? (measured.answers * 1_000) / (cpuAfterMs - cpuBeforeMs) : null;
  return { ...measured, perCpuSecond };
}

/** Starts and ends in turns, each pair a run of its own, so that none is a duplicate of another. */
function requestFor(): (index: number) => string {
  let count = 0;
  return () => {
    const run = count >> 1;
    const kind = count % 2 === 0 ? "start" : "0";
    count += 1;
    const path = `/checkin/${PING_KEY}/job-${run % MONITORS}/${kind}?run=${run}`;
    return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;
  };
}

/** The ceiling for one commit each: a state of a kilobyte swapped and a journal row added. */
function measureRawCommits(): number {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-bench-raw-"));
  const database = new DatabaseSync(join(folder, "raw.db"));
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE states (monitor TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT;
      CREATE TABLE journal (place INTEGER PRIMARY KEY, doc TEXT NOT NULL) STRICT;
    `);
    const doc = "x".repeat(1_000);
    const put = database.prepare(
      `INSERT INTO states VALUES (?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc`,
    );
    const add = database.prepare(`INSERT INTO journal (doc) VALUES (?)`);
    const startedAt = performance.now();
    let commits = 0;
    while (performance.now() - startedAt < 2_000) {
      database.exec("BEGIN IMMEDIATE");
      put.run(`job-${commits % MONITORS}`, doc);
      add.run(doc);
      database.exec("COMMIT");
      commits += 1;
    }
    return commits / ((performance.now() - startedAt) / 1_000);
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
