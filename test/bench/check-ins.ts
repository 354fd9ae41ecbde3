/**
 * How many check-ins a second are made durable on one core, beside what a Hono route that does nothing takes there on
 * the same server, and what the disk takes alone. Rounds of all of them alternate, so that a machine that is slower
 * for a while is slower for all.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PING_KEY } from "../e2e/server-program.ts";
import { percent, type Benchmark, type Figure } from "./figures.ts";
import { loadFor } from "./load.ts";
import { fillFolder } from "./monitors.ts";
import { cpuMsOf, makeFolder, startNoOp, startRollcall } from "./programs.ts";

const MONITORS = 500;
const CONNECTIONS = 64;
const WARM_UP_MS = 1_500;
const ROUND_MS = 500;
const ROUNDS = 8;
const WANTED_RATIO = 0.4;
/** The end of what a backup writes. */
const BODY = "copied 1234 files, 56 MB, in 7.8 s\n".repeat(30);

export const checkIns: Benchmark = {
  name: "check-ins",
  about: "durable check-ins on one core, beside a route that does nothing",
  async run({ isProfiled }) {
    const folder = makeFolder();
    await fillFolder(folder.path, { count: MONITORS, input: () => ({ schedule: { every: 3_600_000 } }) });
    const noOp = await startNoOp();
    const rollcall = await startRollcall({ data: folder.path, isProfiled });
    try {
      const measured = await inTurns({
        noOp: { ...noOp, request: pairs(getOf) },
        plain: { ...rollcall, request: pairs(getOf) },
        withBody: { ...rollcall, request: pairs(postOf) },
      });
      return figuresOf(measured);
    } finally {
      await noOp.stop();
      await rollcall.stop();
      folder.remove();
    }
  },
};

export interface Target {
  pid: number;
  port: number;
  request: () => string;
}

export interface Rate {
  answers: number;
  seconds: number;
  cpuMs: number;
}

/** Rounds of each after the other, again and again. */
export async function inTurns<Name extends string>(
  targets: Record<Name, Target>,
): Promise<Record<Name, Rate>> {
  const names = Object.keys(targets) as Name[];
  const rates = Object.fromEntries(names.map((name) => [name, { answers: 0, seconds: 0, cpuMs: 0 }]));
  for (const name of names) await loadFor({ ...targets[name], connections: CONNECTIONS, ms: WARM_UP_MS });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of names) {
      const cpuBeforeMs = cpuMsOf(targets[name].pid);
      const { answers, seconds } = await loadFor({
        ...targets[name],
        connections: CONNECTIONS,
        ms: ROUND_MS,
      });
      const rate = rates[name] as Rate;
      rate.answers += answers;
      rate.seconds += seconds;
      rate.cpuMs += cpuMsOf(targets[name].pid) - cpuBeforeMs;
    }
  }
  return rates as Record<Name, Rate>;
}

export function perSecond({ answers, seconds }: Rate): number {
  return answers / seconds;
}

/** Null where the system does not tell CPU times. */
export function perCpuSecond({ answers, cpuMs }: Rate): number | null {
  return cpuMs > 0 ? (answers * 1_000) / cpuMs : null;
}

function figuresOf(rates: Record<"noOp" | "plain" | "withBody", Rate>): Figure[] {
  const best = perCpuSecond(rates.noOp) ?? perSecond(rates.noOp);
  const rated = (what: string, rate: Rate): Figure => ({
    what,
    perSecond: perSecond(rate),
    perCpuSecond: perCpuSecond(rate),
    figure: `${percent((perCpuSecond(rate) ?? perSecond(rate)) / best)} of the no-op route a CPU second`,
    wanted: percent(WANTED_RATIO),
  });
  return [
    { what: "no-op route", perSecond: perSecond(rates.noOp), perCpuSecond: perCpuSecond(rates.noOp) },
    rated("check-ins", rates.plain),
    rated("check-ins with a kilobyte of output", rates.withBody),
    { what: "SQLite alone, a commit each", perSecond: rawCommits(1) },
    { what: "SQLite alone, 64 a commit", perSecond: rawCommits(CONNECTIONS) },
  ];
}

/** Starts and ends in turns, each pair a run of its own, so that none is a duplicate of another. */
function pairs(requestOf: (path: string) => string): () => string {
  let count = 0;
  const begunAt = Date.now();
  return () => {
    const run = count >> 1;
    const kind = count % 2 === 0 ? "start" : "0";
    count += 1;
    const id = `${begunAt}-${requestOf.name}-${run}`;
    return requestOf(`/checkin/${PING_KEY}/job-${run % MONITORS}/${kind}?run=${id}`);
  };
}

function getOf(path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;
}

function postOf(path: string): string {
  return `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;
}

/** The ceiling: a state of a kilobyte swapped and a row added, straight on the driver with the same pragmas. */
function rawCommits(rowsEach: number): number {
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
    let rows = 0;
    while (performance.now() - startedAt < 1_000) {
      database.exec("BEGIN IMMEDIATE");
      for (let index = 0; index < rowsEach; index += 1, rows += 1) {
        put.run(`job-${rows % MONITORS}`, doc);
        add.run(doc);
      }
      database.exec("COMMIT");
    }
    return rows / ((performance.now() - startedAt) / 1_000);
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
