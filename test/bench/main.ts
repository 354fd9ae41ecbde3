/**
 * `npm run bench`: durable check-ins a second beside a route that does nothing, a thousand monitors falling due at
 * once, and next runs a second. Prints tables and keeps the figures as JSON in test/bench/results/. `--profile`
 * leaves CPU profiles of the server there too.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { measureCheckIns } from "./check-ins.ts";
import { measureFallingDue } from "./falling-due.ts";
import { isPinned, NO_OP_SERVER, resultsFolder, serveNoOp } from "./programs.ts";
import { measureSchedules } from "./schedules.ts";

const WANTED_LAST_TOLD_MS = 3_000;

if (process.argv[2] === NO_OP_SERVER) serveNoOp();
else await bench({ profile: process.argv.includes("--profile") });

async function bench(options: { profile: boolean }): Promise<void> {
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    isPinned,
  };
  console.log(`Node ${machine.node} on ${machine.cpu}, ${isPinned ? "one core each" : "cores not pinned"}`);

  const checkIns = await measureCheckIns(options);
  console.log("\nDurable check-ins on one core");
  console.table({
    "no-op route": {
      "a second": whole(checkIns.noOpPerSecond),
      "a CPU second": whole(checkIns.noOpPerCpuSecond),
    },
    "check-ins": {
      "a second": whole(checkIns.checkInsPerSecond),
      "a CPU second": whole(checkIns.checkInsPerCpuSecond),
    },
    ratio: { "a second": share(checkIns.ratio), "a CPU second": share(checkIns.cpuRatio) },
    "raw commits of one row": { "a second": whole(checkIns.rawCommitsPerSecond), "a CPU second": "" },
  });

  const fallingDue = [
    await measureFallingDue({ channels: 50, ...options }),
    await measureFallingDue({ channels: 1, ...options }),
  ];
  console.log(`\n1 000 monitors falling due at once (${WANTED_LAST_TOLD_MS} ms wanted)`);
  console.table(fallingDue);

  const schedules = measureSchedules();
  console.log("\nNext runs a second");
  console.table(
    schedules.map(({ what, perSecond, cronParserPerSecond, times }) => ({
      what,
      ours: whole(perSecond),
      "cron-parser": whole(cronParserPerSecond),
      times: Number(times.toFixed(1)),
    })),
  );

  const at = new Date().toISOString();
  const file = join(resultsFolder(), `${at.replace(/[:.]/g, "-")}.json`);
  writeFileSync(file, `${JSON.stringify({ at, machine, checkIns, fallingDue, schedules }, null, 2)}\n`);
  console.log(`\nKept in ${file}`);
}

function whole(value: number | null): number | string {
  return value === null ? "" : Math.round(value);
}

function share(value: number | null): string {
  return value === null ? "" : `${(value * 100).toFixed(1)} %`;
}
