/** Cron jobs of a Vercel project, from its `vercel.json`. https://vercel.com/docs/cron-jobs */
import { shortestGapMs } from "./gap.ts";
import { checkInPath, nothingFound } from "./source.ts";
import type { Place, Proposal, Source, SourceOptions } from "./source.ts";
import { fetchLines } from "./fetch-lines.ts";
import { listAt, readJson, textAt } from "./structured-text.ts";

const DAY_MS = 24 * 3_600_000;

export const source: Source = {
  preparation: ({ url }) => [
    `Environment variables ROLLCALL_URL=${url} and ROLLCALL_PING_KEY; Vercel must be able to reach that address.`,
  ],

  read(file, options) {
    const found = nothingFound();
    const { documents, leftOut } = readJson(file);
    found.leftOut.push(...leftOut);
    for (const { value, lineOf } of documents) {
      const jobs = new Map<string, { crons: string[]; place: Place }>();
      for (const [index, entry] of listAt(value, "crons").entries()) {
        const place = { file: file.name, line: lineOf("crons", index) };
        const path = textAt(entry, "path");
        const cron = textAt(entry, "schedule");
        const why = whyNot(path, cron);
        if (why !== null || path === null || cron === null) {
          found.leftOut.push({ place, what: path ?? "a cron job", why: why ?? "" });
          continue;
        }
        // A path that is called by several schedules is one job.
        const job = jobs.get(path) ?? { crons: [], place };
        job.crons.push(cron);
        jobs.set(path, job);
      }
      for (const [path, job] of jobs) found.proposals.push(proposalOf(path, job, options));
    }
    return found;
  },
};

function whyNot(path: string | null, cron: string | null): string | null {
  if (path === null) return "it has no path";
  if (cron === null) return "it has no schedule";
  if (/[a-z@]/i.test(cron)) return `Vercel takes numbers only, so "${cron}" does not run there`;
  const [, , day = "*", , weekday = "*"] = cron.split(/\s+/);
  if (day !== "*" && weekday !== "*") {
    return `Vercel does not take a day of the month beside a day of the week, so "${cron}" does not run there`;
  }
  return null;
}

function proposalOf(
  path: string,
  { crons, place }: { crons: string[]; place: Place },
  options: SourceOptions,
): Proposal {
  const schedule = { cron: crons.length === 1 ? (crons[0] ?? "") : crons, scheduler: "utc-platform" };
  const gapMs = shortestGapMs(schedule);
  const isDaily = gapMs !== null && gapMs >= DAY_MS;
  return {
    names: namesOf(path),
    identity: path,
    slug: null,
    monitor: { name: path, schedule, ...(isDaily ? { grace: "1h10m" } : {}) },
    place,
    notes: isDaily
      ? ["grace 1h10m: on the Hobby plan a job runs at any minute of its hour; shorten it on others"]
      : [],
    linesFor: (slug) =>
      fetchLines(checkInPath(slug, options), {
        where: `the function behind ${path}`,
        environment: "process.env",
      }),
  };
}

/** `/api/cron/daily-report?full=1`: daily-report, then more of the path. */
function namesOf(path: string): string[] {
  const [route = "", query = ""] = path.split("?");
  const segments = route.split("/").filter((segment) => segment !== "");
  const telling = segments.filter((segment) => !/^(api|crons?|jobs?|v\d+)$/i.test(segment));
  const last = (telling.length > 0 ? telling : segments).slice(-1);
  return [...last, telling.join("-"), `${segments.join("-")}-${query}`].filter((name) => name !== "");
}
