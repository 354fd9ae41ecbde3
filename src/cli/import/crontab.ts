/**
 * Jobs of a crontab: the user's form, and the system's (`/etc/crontab`, `/etc/cron.d/*`) with its column of users.
 * https://manpages.debian.org/bookworm/cron/crontab.5.en.html
 */
import { commandNames } from "./command-name.ts";
import { namedMonitor, withCurl, withExec } from "./crontab-line.ts";
import { checkInPath, nothingFound } from "./source.ts";
import type { Found, LeftOut, Place, Proposal, Source, SourceFile, SourceOptions } from "./source.ts";

interface JobLine {
  place: Place;
  raw: string;
  /** The five fields, or a nickname. */
  schedule: string;
  user: string | null;
  command: string;
  /** Where the command begins in the line. */
  commandAt: number;
}

/** What the lines above a job say about it. */
interface Variables {
  timezone: string | null;
  shell: string;
}

const VARIABLE = /^(["']?)([A-Za-z_]\w*)\1\s*=\s*(.*)$/;
const SCHEDULE = /^(@\S+|\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+/;
const USER = /^([a-z_][a-z0-9_-]*\$?)\s+/i;
/** Users that system crontabs name and that are no commands: the sixth word of a user's crontab is a command. */
const SYSTEM_USERS = new Set("root www-data nobody daemon postgres nginx apache munin".split(" "));
const SYSTEM_FILE = /(^|\/)etc\/(crontab$|cron\.d\/)/;

export const source: Source = {
  preparation: ({ reportBy, url }) => [
    `At the top of the crontab: ROLLCALL_URL=${url} and ROLLCALL_PING_KEY=<ping key>.`,
    ...(reportBy === "exec"
      ? [
          "cron looks for programs in few places: write the whole path of rollcall where it is not in /usr/bin.",
        ]
      : []),
  ],

  read(file, options) {
    const found = nothingFound();
    const lines = file.text.split(/\r?\n/);
    const form = options.crontabForm ?? (SYSTEM_FILE.test(file.name) ? "system" : formBy(lines));
    if (form === "system" && options.crontabForm === null && !SYSTEM_FILE.test(file.name)) {
      found.remarks.push(`${file.name}: read with a column of users; --user says that there is none.`);
    }
    const variables: Variables = { timezone: null, shell: "/bin/sh" };
    for (const [index, raw] of lines.entries()) {
      const place = { file: file.name, line: index + 1 };
      const text = raw.trim();
      if (text === "" || text.startsWith("#")) continue;
      const variable = VARIABLE.exec(text);
      if (variable !== null) {
        const [, , name = "", value = ""] = variable;
        readVariable(found, variables, { place, name, value: value.replace(/^(["'])(.*)\1$/, "$2") });
        continue;
      }
      const job = readJob({ place, raw, form });
      if ("why" in job) found.leftOut.push(job);
      else found.proposals.push(proposalOf(job, variables, options));
    }
    sayZone(found, file, options);
    return found;
  },
};

/** The system's form where every line could have a user and a command, and one names a user that is no command. */
function formBy(lines: readonly string[]): "system" | "user" {
  const users = lines.flatMap((line) => {
    const text = line.trim();
    const schedule = SCHEDULE.exec(text);
    if (schedule === null || text.startsWith("#") || VARIABLE.test(text)) return [];
    return [USER.exec(text.slice(schedule[0].length))?.[1] ?? null];
  });
  const hasUsers = users.every((user) => user !== null) && users.some((user) => SYSTEM_USERS.has(user));
  return hasUsers ? "system" : "user";
}

function readVariable(
  found: Found,
  variables: Variables,
  { place, name, value }: { place: Place; name: string; value: string },
): void {
  if (name === "SHELL" && value !== "") variables.shell = value;
  if (name === "TZ") {
    found.remarks.push(
      `${place.file}:${place.line}: TZ is the zone of the commands and not of the schedule, so it is left aside.`,
    );
  }
  if (name !== "CRON_TZ") return;
  variables.timezone = value === "" ? null : value;
  if (value !== "") {
    found.remarks.push(
      `${place.file}:${place.line}: CRON_TZ is taken as the zone; Debian's own cron does not know it and would ` +
        "run the jobs in the machine's zone.",
    );
  }
}

function readJob({
  place,
  raw,
  form,
}: {
  place: Place;
  raw: string;
  form: "system" | "user";
}): JobLine | LeftOut {
  const what = raw.trim();
  const startsAt = raw.length - raw.trimStart().length;
  const schedule = SCHEDULE.exec(raw.slice(startsAt));
  const needed = `a schedule of five fields${form === "system" ? ", a user" : ""} and a command`;
  if (schedule === null) return { place, what, why: `it is not ${needed}` };
  let commandAt = startsAt + schedule[0].length;
  const user = form === "system" ? USER.exec(raw.slice(commandAt)) : null;
  if (form === "system" && user === null) return { place, what, why: `it is not ${needed}` };
  commandAt += user?.[0].length ?? 0;
  const command = raw.slice(commandAt).trimEnd();
  if (command === "") return { place, what, why: `it is not ${needed}` };
  const expression = schedule[1]?.replaceAll(/\s+/g, " ") ?? "";
  if (expression.toLowerCase() === "@reboot") {
    const why = "it runs when the machine starts, and nobody can say when that is due";
    return { place, what, why };
  }
  return { place, raw: raw.trimEnd(), schedule: expression, user: user?.[1] ?? null, command, commandAt };
}

function proposalOf(job: JobLine, { timezone, shell }: Variables, options: SourceOptions): Proposal {
  const named = namedMonitor(job.command);
  const isFinishOnly = named === null ? options.reportBy === "curl" : named.isFinishOnly;
  const wrapped = (slug: string): string =>
    options.reportBy === "exec"
      ? withExec(job.command, { slug, shell })
      : withCurl(job.command, { path: checkInPath(slug, options) });
  const zone = timezone ?? options.timezone ?? options.machineZone;
  return {
    // A percent sign that cron is not to take for a line's end is written with a backslash.
    names: commandNames(job.command.replaceAll(String.raw`\%`, "%")),
    identity: [job.user ?? "", job.command, job.schedule].join("\n"),
    slug: named?.slug ?? null,
    monitor: {
      schedule: { cron: job.schedule, timezone: zone, scheduler: "cron" },
      ...(isFinishOnly ? { signals: "finish" as const } : {}),
    },
    place: job.place,
    notes:
      named === null && isFinishOnly ? ["its grace must cover how long it runs: only its end is told"] : [],
    linesFor: (slug) => (named === null ? [job.raw.slice(0, job.commandAt) + wrapped(slug)] : []),
  };
}

/** Where nobody named a zone, ours is a guess to be checked. */
function sayZone(found: Found, file: SourceFile, { timezone, machineZone }: SourceOptions): void {
  const isGuessed =
    timezone === null && found.proposals.some(({ monitor }) => monitor.schedule.timezone === machineZone);
  if (!isGuessed) return;
  found.remarks.push(`${file.name}: the zone is this machine's, ${machineZone}; --tz names another one.`);
}
