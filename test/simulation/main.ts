/**
 * Plays worlds in which things go wrong and says what came of them. `--seeds N` plays seeds 1 to N and those that once
 * failed, with `--from F` N seeds from there on; `--seed S` plays one, and `--diary SLUG` tells of one of its monitors;
 * `--hours H` sets how long each lasts, `--processes one` (or `several`) how many Rollcall is, which else the seed says.
 * Ends with status 1 when a rule was broken or something never happened.
 */
import { parseArgs } from "node:util";
import { addCoverage, coverageTable, neverHappened, type Coverage } from "./coverage.ts";
import { type Failing, FAILING_SEEDS } from "./failing-seeds.ts";
import { runSeed } from "./run-seed.ts";
import { type Processes, processesOf } from "./world.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    from: { type: "string" },
    seed: { type: "string" },
    hours: { type: "string" },
    diary: { type: "string" },
    processes: { type: "string" },
  },
});
const hours = Number(values.hours ?? 6);
const processes = values.processes as Processes | undefined;
const single = values.seed === undefined ? null : Number(values.seed);
const count = Number(values.seeds ?? 50);
const first = Number(values.from ?? 1);
const areWhole = [hours, single ?? 1, count, first].every((one) => Number.isInteger(one) && one > 0);
if (!areWhole || ![undefined, "one", "several"].includes(processes)) {
  console.error(
    "Usage: npm run sim -- [--seeds N [--from F] | --seed S [--diary SLUG]] [--hours H] [--processes one|several], whole numbers above 0",
  );
  process.exit(2);
}
const worlds: readonly Failing[] = [
  ...(single === null && values.from === undefined ? FAILING_SEEDS : []),
  ...(single === null ? Array.from({ length: count }, (_unused, index) => index + first) : [single]).map(
    (seed) => ({ seed, processes: processes ?? processesOf(seed) }),
  ),
];

const coverage: Coverage = new Map();
let failed = 0;
const beganAt = performance.now();
for (const { seed, processes: own } of worlds) {
  const {
    broken,
    coverage: ofSeed,
    diary,
  } = await runSeed(seed, { hours, processes: own, diaryOf: values.diary });
  addCoverage(coverage, ofSeed);
  for (const line of diary) console.log(line);
  if (broken.length === 0) continue;
  failed += 1;
  console.log(`seed ${seed} (${own}): ${broken.length} broken`);
  for (const one of broken.slice(0, single === null ? 4 : 40)) console.log(`  ${one}`);
}
console.log(
  `\nWhat happened in ${worlds.length} ${worlds.length === 1 ? "world" : "worlds"} of ${hours} hours:`,
);
console.log(coverageTable(coverage));
const never = single === null ? neverHappened(coverage, new Set(worlds.map((one) => one.processes))) : [];
if (never.length > 0) console.log(`\nNever happened: ${never.join("; ")}`);
const minutes = (performance.now() - beganAt) / 60_000;
console.log(`\n${Math.round(worlds.length / minutes)} seeds a minute.`);
console.log(
  failed === 0
    ? `\n${worlds.length} seeds are clean.`
    : `\n${failed} of ${worlds.length} seeds broke a rule.`,
);
process.exitCode = failed > 0 || never.length > 0 ? 1 : 0;
