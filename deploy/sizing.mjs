/**
 * How large a scaled Rollcall has to be, from the table of assumptions in README.md alone: put your own numbers there, and
 * `node deploy/sizing.mjs` prints what follows from them. A test holds the README to it.
 */
import { readFileSync } from "node:fs";

const README = new URL("README.md", import.meta.url);
const DAY_SECONDS = 86_400;
const GIGABYTE = 1e9;
const MONITORS = [100_000, 1_000_000, 10_000_000, 100_000_000];
const INTERVALS = [
  { every: "day", seconds: DAY_SECONDS },
  { every: "hour", seconds: 3_600 },
  { every: "minute", seconds: 60 },
];

/** @typedef {Record<string, number>} Assumptions by the first cell of their line */

/**
 * @param {string} readme
 * @returns {Assumptions}
 */
export function assumptionsOf(readme) {
  const [, table = ""] = /^### Assumptions$(.*?)^### /ms.exec(readme) ?? [];
  const lines = [...table.matchAll(/^\| ([a-z][^|]*?) +\| +([\d ]+?) +\|/gm)];
  return Object.fromEntries(
    lines.map(([, name = "", value = ""]) => [name, Number(value.replaceAll(" ", ""))]),
  );
}

/**
 * @param {Assumptions} assumptions
 * @param {{ monitors: number, everySeconds: number }} fleet
 */
export function sizeOf(assumptions, { monitors, everySeconds }) {
  const assumed = (/** @type {string} */ name) => {
    const value = assumptions[name];
    if (value === undefined)
      throw new Error(`The table of assumptions in deploy/README.md has no "${name}".`);
    return value;
  };
  const checkIns = (monitors / everySeconds) * assumed("check-ins a run");
  const peak = checkIns * assumed("peak to average");
  const due =
    (monitors / everySeconds) * (assumed("runs in 100 that never come") / 100) * assumed("peak to average");
  const keptWindows = Math.min(
    assumed("windows kept a monitor"),
    (assumed("days kept") * DAY_SECONDS) / everySeconds,
  );
  const bytes = monitors * (assumed("bytes a monitor") + keptWindows * assumed("bytes a kept window"));
  const masters = Math.ceil(
    Math.max(
      bytes / (assumed("gigabytes of a master in use") * GIGABYTE),
      peak / assumed("check-ins a second a master"),
    ),
  );
  const clusters = Math.ceil(masters / assumed("masters a cluster"));
  return {
    checkIns,
    peak,
    apis: spared(peak / assumed("check-ins a second an API")),
    workers: spared(due / assumed("due monitors a second a worker")),
    gigabytes: bytes / GIGABYTE,
    masters,
    megabits: {
      outside: (peak * assumed("bytes a check-in outside") * 8) / 1e6,
      redis: (peak * assumed("bytes a check-in to Redis") * 8) / 1e6,
    },
    // A project is in one cluster, and none of its partitions is on two masters.
    projects: Math.max(clusters, Math.ceil(masters / assumed("partitions a project"))),
    clusters,
  };
}

/** One more than is needed, and never one alone: any of them may be away. */
function spared(/** @type {number} */ needed) {
  return Math.ceil(needed) + 1;
}

/**
 * The lines of a table, for each number of monitors and each interval.
 * @param {Assumptions} assumptions
 * @returns {string[]}
 */
export function sizingTable(assumptions) {
  const lines = MONITORS.flatMap((monitors) =>
    INTERVALS.map(({ every, seconds }) => {
      const size = sizeOf(assumptions, { monitors, everySeconds: seconds });
      const cells = [
        `${monitors < 1e6 ? exactly(monitors) : `${exactly(monitors / 1e6)} million`}, every ${every}`,
        `${told(size.checkIns)}, ${told(size.peak)}`,
        told(size.apis),
        told(size.workers),
        told(size.gigabytes),
        told(size.masters),
        `${told(size.megabits.outside)}, ${told(size.megabits.redis)}`,
        `${told(size.projects)}, ${told(size.clusters)}`,
      ];
      return `| ${cells.join(" | ")} |`;
    }),
  );
  return [
    "| monitors, each due | check-ins a second: average, peak | APIs | workers | gigabytes in Redis | masters | megabits a second: outside, Redis | projects, clusters at least |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...lines,
  ];
}

/**
 * One line of the table in full, so that the others can be checked.
 * @param {Assumptions} assumptions
 * @returns {string}
 */
export function sizingExample(assumptions) {
  const of = (/** @type {string} */ name) => exactly(assumptions[name] ?? Number.NaN);
  const [monitors, everySeconds] = [1_000_000, 3_600];
  const size = sizeOf(assumptions, { monitors, everySeconds });
  return [
    `An example in full, 1 million monitors that are due every hour: 1 000 000 / 3 600 s × ${of("check-ins a run")} =`,
    `${exactly(size.checkIns)} check-ins a second, ${exactly(size.peak)} at the peak; / ${of("check-ins a second an API")}`,
    `and one to spare are ${size.apis} APIs. 90 days have ${exactly((90 * DAY_SECONDS) / everySeconds)} windows, of which`,
    `${of("windows kept a monitor")} are kept: 1 000 000 × (${of("bytes a monitor")} + ${of("windows kept a monitor")} ×`,
    `${of("bytes a kept window")}) bytes = ${exactly(size.gigabytes)} GB; / ${of("gigabytes of a master in use")} GB are`,
    `${size.masters} masters.`,
  ].join(" ");
}

/** Two figures are all that such sums can say. */
function told(/** @type {number} */ value) {
  return exactly(value < 100 ? value : Number(value.toPrecision(2)));
}

function exactly(/** @type {number} */ value) {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, " ");
}

if (import.meta.main) {
  const assumptions = assumptionsOf(readFileSync(README, "utf8"));
  console.log(`${sizingTable(assumptions).join("\n")}\n\n${sizingExample(assumptions)}`);
}
