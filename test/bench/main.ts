/**
 * `npm run bench`: what Rollcall does in a second, beside what the machine could do at best in the same run. Prints
 * one table and keeps its figures as JSON in test/bench/results/. `npm run bench -- <name> …` runs those named (`scaled`
 * is a group of its own, which needs redis-server), `--full` takes a million monitors where else a hundred thousand will
 * do, `--profile` leaves CPU profiles of the servers there too.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkIns } from "./check-ins.ts";
import { dayDown } from "./day-down.ts";
import { fallingDue } from "./falling-due.ts";
import type { Benchmark, Figure, Options } from "./figures.ts";
import { manyMonitors } from "./many-monitors.ts";
import { outcomes } from "./outcomes.ts";
import { isPinned, NO_OP_SERVER, resultsFolder, serveNoOp } from "./programs.ts";
import { scaledCheckIns } from "./scaled/check-ins.ts";
import { scaledDeliveries } from "./scaled/deliveries.ts";
import { scaledFallingDue } from "./scaled/falling-due.ts";
import { scaledTicks } from "./scaled/ticks.ts";
import { schedules } from "./schedules.ts";
import { ticks } from "./ticks.ts";

const BENCHMARKS: readonly Benchmark[] = [
  checkIns,
  outcomes,
  fallingDue,
  schedules,
  ticks,
  manyMonitors,
  dayDown,
  scaledCheckIns,
  scaledFallingDue,
  scaledDeliveries,
  scaledTicks,
];

if (process.argv[2] === NO_OP_SERVER) await serveNoOp();
else await bench();

async function bench(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { full: { type: "boolean" }, profile: { type: "boolean" } },
    allowPositionals: true,
  });
  const options: Options = { isFull: values.full === true, isProfiled: values.profile === true };
  const chosen = chosenBy(positionals);
  const cpu = cpus()[0]?.model ?? "unknown";
  const cores = isPinned ? "servers on a core of their own" : "cores not pinned";
  console.log(`Node ${process.version} on ${cpus().length} × ${cpu}, ${cores}`);

  const figures: Record<string, readonly Figure[]> = {};
  for (const { name, about, run } of chosen) {
    console.log(`${name}: ${about} …`);
    figures[name] = await run(options);
  }
  printTable(figures);
  keep({ machine: { node: process.version, cpu, cores: cpus().length, isPinned }, options, figures });
}

/** Those named, by their own name or their group's; without a name those that are of no group. */
function chosenBy(names: readonly string[]): readonly Benchmark[] {
  if (names.length === 0) return BENCHMARKS.filter(({ group }) => group === undefined);
  return names.flatMap((wanted) => {
    const found = BENCHMARKS.filter(({ name, group }) => name === wanted || group === wanted);
    if (found.length > 0) return found;
    const known = new Set(
      BENCHMARKS.flatMap(({ name, group }) => [name, ...(group === undefined ? [] : [group])]),
    );
    throw new Error(`There is no benchmark ${JSON.stringify(wanted)}; there are ${[...known].join(", ")}.`);
  });
}

function printTable(figures: Record<string, readonly Figure[]>): void {
  const lines = Object.entries(figures).flatMap(([name, some]) =>
    some.map(({ what, perSecond, perCpuSecond, figure = "", wanted = "" }) => ({
      benchmark: name,
      what,
      "a wall second": whole(perSecond),
      "a CPU second": whole(perCpuSecond),
      figure,
      wanted,
    })),
  );
  console.table(lines);
}

function keep(results: object): void {
  const at = new Date().toISOString();
  const file = join(resultsFolder(), `${at.replace(/[:.]/g, "-")}.json`);
  writeFileSync(file, `${JSON.stringify({ at, ...results }, null, 2)}\n`);
  console.log(`Kept in ${file}`);
}

function whole(value: number | null | undefined): number | "" {
  return value === null || value === undefined ? "" : Math.round(value);
}
