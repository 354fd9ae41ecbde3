/**
 * Workflows of GitHub Actions that run by `on.schedule`. GitHub starts them late and drops some, so graces are
 * generous here. https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#onschedule
 */
import { LIMITS } from "../../domain/limits.ts";
import { durationText } from "../../domain/duration.ts";
import type { MonitorGiven } from "../../client/client.ts";
import { shortestGapMs } from "./gap.ts";
import { checkInPath, nothingFound } from "./source.ts";
import type { Place, Proposal, Source, SourceOptions } from "./source.ts";
import { at, listAt, numberAt, readYaml, textAt } from "./structured-text.ts";

const HOUR_MS = 3_600_000;
/** Runs that come hours late are not rare, and at full hours they are common. */
const LONGEST_GRACE_MS = 2 * HOUR_MS;
/** Of schedules closer than this so many runs are dropped that only their lasting absence says something. */
const CLOSE_MS = 2 * HOUR_MS;

interface Trigger {
  cron: string;
  timezone: string | null;
}

export const source: Source = {
  preparation: ({ url }) => [
    `Repository variable ROLLCALL_URL=${url} and secret ROLLCALL_PING_KEY; GitHub must be able to reach that address.`,
  ],

  read(file, options) {
    const found = nothingFound();
    const { documents, leftOut } = readYaml(file);
    found.leftOut.push(...leftOut);
    for (const { value, lineOf } of documents) {
      // YAML 1.1 reads the key `on` as true, and some formatters write it so.
      const on = at(value, "on") ?? at(value, "true");
      const isScheduled =
        on === "schedule" || (Array.isArray(on) ? on.includes("schedule") : at(on, "schedule") !== undefined);
      if (!isScheduled) continue;
      const place: Place = { file: file.name, line: lineOf("on", "schedule") };
      const triggers = listAt(on, "schedule").map((entry): Trigger => ({
        cron: textAt(entry, "cron") ?? "",
        timezone: textAt(entry, "timezone"),
      }));
      const why = whyNot(triggers);
      if (why === null) found.proposals.push(proposalOf(value, { triggers, place, options }));
      else found.leftOut.push({ place, what: textAt(value, "name") ?? file.name, why });
    }
    if (found.proposals.length > 0) {
      found.remarks.push(
        `${file.name}: GitHub runs schedules of the default branch only, and switches them off after 60 days without activity in a public repository.`,
      );
    }
    return found;
  },
};

function whyNot(triggers: readonly Trigger[]): string | null {
  if (triggers.length === 0) return "its schedule names no cron expression";
  if (triggers.some(({ cron }) => cron === "")) return "an entry of its schedule has no cron expression";
  const nickname = triggers.find(({ cron }) => cron.startsWith("@"));
  if (nickname !== undefined)
    return `GitHub knows no ${nickname.cron}, so it does not run: write five fields`;
  if (new Set(triggers.map(({ timezone }) => timezone)).size > 1) {
    return "its expressions name several zones, and a monitor has one: give each zone a workflow of its own";
  }
  return null;
}

function proposalOf(
  workflow: unknown,
  { triggers, place, options }: { triggers: readonly Trigger[]; place: Place; options: SourceOptions },
): Proposal {
  const notes: string[] = [];
  const name = textAt(workflow, "name");
  const crons = triggers.map(({ cron }) => cron);
  const cron = crons.length === 1 ? (crons[0] ?? "") : crons;
  const timezone = triggers[0]?.timezone ?? null;
  const schedule =
    timezone === null
      ? { cron, scheduler: "utc-platform" }
      : // With a zone, a time that the clock skips is moved to the next one there is, as cron does.
        { cron, timezone, scheduler: "cron" };
  const file = place.file.split("/").at(-1) ?? place.file;
  return {
    names: [...(file === "-" ? [] : [file.replace(/\.ya?ml$/, "")]), ...(name === null ? [] : [name])],
    identity: place.file === "-" ? (name ?? "") : place.file,
    slug: null,
    monitor: {
      ...(name === null || name.length > LIMITS.nameCharacters ? {} : { name }),
      schedule,
      ...toleranceOf(schedule, notes),
      ...runtimeOf(workflow),
    },
    place,
    notes,
    linesFor: (slug) => stepLines(workflow, checkInPath(slug, options)),
  };
}

function toleranceOf(schedule: MonitorGiven["schedule"], notes: string[]): Partial<MonitorGiven> {
  const gapMs = shortestGapMs(schedule);
  if (gapMs === null) return {};
  const graceMs = Math.min(LONGEST_GRACE_MS, gapMs / 2);
  notes.push(
    `grace ${durationText(graceMs)}: GitHub starts scheduled runs late, at full hours by an hour and more`,
  );
  if (gapMs >= CLOSE_MS) return { grace: durationText(graceMs) };
  const threshold = Math.ceil(CLOSE_MS / gapMs);
  notes.push(
    `failure_threshold ${threshold}: GitHub drops runs of schedules as close as this one; told is when none came for ${durationText(CLOSE_MS)}`,
  );
  return { grace: durationText(graceMs), failure_threshold: threshold };
}

/** Where jobs wait for each other, how long all of them may take is not the longest of their limits. */
function runtimeOf(workflow: unknown): Pick<MonitorGiven, "max_runtime"> {
  const jobs = jobsOf(workflow);
  if (jobs.some(({ needs }) => needs)) return {};
  const minutes = jobs.map(({ timeoutMinutes }) => timeoutMinutes);
  const isKnown = minutes.length > 0 && minutes.every((each) => each !== null && each > 0);
  return isKnown ? { max_runtime: durationText(Math.max(...minutes.map(Number)) * 60_000) } : {};
}

function jobsOf(workflow: unknown): { id: string; needs: boolean; timeoutMinutes: number | null }[] {
  const jobs = at(workflow, "jobs");
  if (typeof jobs !== "object" || jobs === null) return [];
  return Object.entries(jobs as Record<string, unknown>).map(([id, job]) => ({
    id,
    needs: at(job, "needs") !== undefined,
    timeoutMinutes: numberAt(job, "timeout-minutes"),
  }));
}

function stepLines(workflow: unknown, path: string): string[] {
  const jobs = jobsOf(workflow);
  const first = jobs.find(({ needs }) => !needs)?.id ?? "";
  const start = tellStep("Tell Rollcall of the start", "start", path);
  if (jobs.length <= 1) {
    const end = tellStep(
      "Tell Rollcall of the end",
      "${{ job.status == 'success' && 'success' || 'fail' }}",
      path,
    );
    const [name = "", ...rest] = end;
    return [`# first step of the job ${first}:`, ...start, "# last step:", name, "  if: always()", ...rest];
  }
  const failed = "contains(needs.*.result, 'failure') || contains(needs.*.result, 'cancelled')";
  const end = tellStep("Tell Rollcall of the end", `\${{ (${failed}) && 'fail' || 'success' }}`, path);
  return [
    `# first step of the job ${first}:`,
    ...start,
    "# a job of its own, after all others:",
    "rollcall:",
    `  needs: [${jobs.map(({ id }) => id).join(", ")}]`,
    "  if: always()",
    "  runs-on: ubuntu-latest",
    "  steps:",
    ...end.map((line) => `    ${line}`),
  ];
}

/** A run by hand is told as one: it says nothing about the schedule. */
function tellStep(name: string, kind: string, path: string): string[] {
  return [
    `- name: ${name}`,
    "  continue-on-error: true",
    "  env:",
    "    KEY: ${{ secrets.ROLLCALL_PING_KEY }}",
    `    URL: \${{ vars.ROLLCALL_URL }}${path}/${kind}`,
    "    RUN: ${{ github.run_id }}-${{ github.run_attempt }}",
    "    TRIGGER: ${{ github.event_name == 'schedule' && 'schedule' || 'manual' }}",
    "  run: |",
    '    curl -fsS -m 10 --retry 5 -H "Authorization: Bearer $KEY" "$URL?run=$RUN&trigger=$TRIGGER"',
  ];
}
