/**
 * Plays worlds in which things go wrong and says what came of them. `--seeds N` plays seeds 1 to N and those that once
 * failed, with `--from F` N seeds from there on; `--seed S` plays one, and `--diary SLUG` tells of one of its monitors;
 * `--hours H` sets how long each lasts. Ends with status 1 when a rule was broken or something never happened.
 */
import { parseArgs } from "node:util";
import { addCoverage, coverageTable, neverHappened, type Coverage } from "./coverage.ts";
import { FAILING_SEEDS } from "./failing-seeds.ts";
import { runSeed } from "./run-seed.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    from: { type: "string" },
    seed: { type: "string" },
    hours: { type: "string" },
    diary: { type: "string" },
  },
});
const hours = Number(values.hours ?? 6);
const single = values.seed === undefined ? null : Number(values.seed);
const count = Number(values.seeds ?? 50);
const first = Number(values.from ?? 1);
if (![hours, single ?? 1, count, first].every((number) => Number.isInteger(number) && number > 0)) {
  console.error(
    "Usage: npm run sim -- [--seeds N [--from F] | --seed S [--diary SLUG]] [--hours H], whole numbers above 0",
  );
  process.exit(2);
}
const seeds =
  single === null
    ? [
        ...new Set([
          ...(values.from === undefined ? FAILING_SEEDS : []),
          ...Array.from({ length: count }, (_unused, index) => index + first),
        ]),
      ]
    : [single];

const coverage: Coverage = new Map();
let failed = 0;
const beganAt = performance.now();
for (const seed of seeds) {
  const { broken, coverage: ofSeed, diary } = await runSeed(seed, { hours, diaryOf: values.diary });
  addCoverage(coverage, ofSeed);
  for (const line of diary) console.log(line);
  if (broken.length === 0) continue;
  failed += 1;
  console.log(`seed ${seed}: ${broken.length} broken`);
  for (const one of broken.slice(0, single === null ? 4 : 40)) console.log(`  ${one}`);
}
console.log(
  `\nWhat happened in ${seeds.length} ${seeds.length === 1 ? "world" : "worlds"} of ${hours} hours:`,
);
console.log(coverageTable(coverage));
const never = single === null ? neverHappened(coverage) : [];
if (never.length > 0) console.log(`\nNever happened: ${never.join("; ")}`);
const minutes = (performance.now() - beganAt) / 60_000;
console.log(`\n${Math.round(seeds.length / minutes)} seeds a minute.`);
console.log(
  failed === 0 ? `\n${seeds.length} seeds are clean.` : `\n${failed} of ${seeds.length} seeds broke a rule.`,
);
process.exitCode = failed > 0 || never.length > 0 ? 1 : 0;
