/** Scheduled workflows: late and dropped runs are expected of GitHub, and the steps tell start and end. */
import { expect, test } from "vitest";
import { parse } from "yaml";
import { source } from "../../../src/cli/import/github.ts";
import { fileOf, leftOut, read } from "./reading.ts";

const FILE = ".github/workflows/nightly.yml";
const WORKFLOW = `name: Nightly build
on:
  workflow_dispatch:
  schedule:
    - cron: "30 2 * * 1-5"
jobs:
  build:
    runs-on: ubuntu-latest
    timeout-minutes: 45
    steps:
      - uses: actions/checkout@v5
      - run: make nightly
`;
const on = (schedule: string, jobs = "build: { steps: [] }"): string =>
  `on: { schedule: ${schedule} }\njobs: { ${jobs} }\n`;
const only = async (text: string) => (await read(source, fileOf(FILE, text))).proposals[0];

test("a workflow without a zone runs in UTC, with a grace for GitHub's delays", async () => {
  const proposal = await only(WORKFLOW);
  expect(proposal).toMatchObject({
    names: ["nightly", "Nightly build"],
    place: { file: FILE, line: 5 },
    monitor: {
      name: "Nightly build",
      schedule: { cron: "30 2 * * 1-5", scheduler: "utc-platform" },
      grace: "2h",
      max_runtime: "45m",
    },
  });
  expect(proposal?.notes).toEqual([expect.stringMatching(/^grace 2h: GitHub starts scheduled runs late/)]);
});

test("several expressions are a union, and a zone is the workflow's", async () => {
  const one = `{ cron: "0 6 * * *", timezone: Asia/Tokyo }`;
  const other = `{ cron: "0 18 * * *", timezone: Asia/Tokyo }`;
  expect((await only(on(`[${one}, ${other}]`)))?.monitor.schedule).toEqual({
    cron: ["0 6 * * *", "0 18 * * *"],
    timezone: "Asia/Tokyo",
    scheduler: "cron",
  });
});

test("of a close schedule only a lasting absence is told, for GitHub drops its runs", async () => {
  const proposal = await only(on(`[{ cron: "*/15 * * * *" }]`));
  expect(proposal?.monitor).toMatchObject({ grace: "7m30s", failure_threshold: 8 });
  expect(proposal?.notes[1]).toContain("told is when none came for 2h");
});

test("the steps are YAML that can be pasted, and tell start and end of one run", async () => {
  const lines = (await only(WORKFLOW))?.linesFor("nightly") ?? [];
  const steps = parse(lines.join("\n")) as {
    name: string;
    if?: string;
    env: Record<string, string>;
    run: string;
  }[];
  expect(steps.map(({ name }) => name)).toEqual(["Tell Rollcall of the start", "Tell Rollcall of the end"]);
  expect(steps[1]?.if).toBe("always()");
  expect(steps[0]?.env["URL"]).toBe("${{ vars.ROLLCALL_URL }}/checkin/default/nightly/start");
  expect(steps[1]?.env["URL"]).toContain("/checkin/default/nightly/${{ job.status == 'success'");
  expect(steps[0]?.env["RUN"]).toBe(steps[1]?.env["RUN"]);
});

test("where jobs follow each other, a job of its own tells the end", async () => {
  const jobs =
    "build: { steps: [], timeout-minutes: 5 }, deploy: { needs: build, steps: [], timeout-minutes: 5 }";
  const proposal = await only(on(`[{ cron: "0 1 * * *" }]`, jobs));
  expect(proposal?.monitor.max_runtime).toBeUndefined();
  const lines = proposal?.linesFor("nightly") ?? [];
  const last = parse(lines.slice(lines.indexOf("rollcall:")).join("\n")) as Record<
    string,
    { needs: string[]; steps: object[] }
  >;
  expect(last["rollcall"]).toMatchObject({ needs: ["build", "deploy"], if: "always()" });
  expect(last["rollcall"]?.steps).toHaveLength(1);
});

test.each([
  [on("[]"), /names no cron expression/],
  ["on: schedule\n", /names no cron expression/],
  ["on: [push, schedule]\n", /names no cron expression/],
  [on("[{ timezone: UTC }]"), /an entry of its schedule has no cron/],
  [on(`[{ cron: "@daily" }]`), /GitHub knows no @daily/],
  [on(`[{ cron: "0 1 * * *" }, { cron: "0 2 * * *", timezone: Asia/Tokyo }]`), /several zones/],
  ["on:\n  schedule: [\n", /cannot be read/],
])("what GitHub would not run, or one monitor cannot say, is left out: %#", async (text, why) => {
  const found = await read(source, fileOf(FILE, text));
  expect(found.proposals).toEqual([]);
  expect(leftOut(found)).toEqual([expect.stringMatching(why)]);
});

test("a workflow without a schedule is no job of ours", async () => {
  expect(await read(source, fileOf(FILE, "on: push\njobs: {}\n"))).toEqual({
    proposals: [],
    leftOut: [],
    remarks: [],
  });
});
