/**
 * `rollcall import <source> …`: proposes a monitor for every scheduled job it finds, as a configuration file, and says
 * what to add to each job. It changes nothing anywhere else; what it cannot read it lists, and imports the rest. Only
 * `rollcall import instance` is another thing: it takes in what `rollcall export` has written.
 */
import type { Command } from "commander";
import { projectOfKey } from "../client/client.ts";
import { readTimezone } from "../domain/schedule/schedule.ts";
import { machineZone } from "../system/clock.ts";
import { UsageError } from "./command.ts";
import type { AddCommand, Surroundings } from "./command.ts";
import { readFiles } from "./import/files.ts";
import { addInstance } from "./import/instance.ts";
import { propose } from "./import/propose.ts";
import { nothingFound } from "./import/source.ts";
import type { Found, Source, SourceOptions } from "./import/source.ts";

interface Options {
  out?: string;
  tz?: string;
  prefix: string;
  tag?: string[];
  url?: string;
  system?: boolean;
  user?: boolean;
  curl?: boolean;
  apiKey?: string;
}

interface Kind {
  description: string;
  /** Its jobs may run in a zone that no file names. */
  isZoned: boolean;
  files: string;
  /** What of a folder is read. */
  inFolders: RegExp;
  load: () => Promise<{ source: Source }>;
}

const KINDS: Readonly<Record<string, Kind>> = {
  crontab: {
    description: "jobs of crontabs: crontab -l | rollcall import crontab -, /etc/crontab, /etc/cron.d",
    isZoned: true,
    files: "crontabs",
    inFolders: /^[\w-]+$/,
    load: () => import("./import/crontab.ts"),
  },
  kubernetes: {
    description: "CronJobs in manifests: kubectl get cronjobs -A -o yaml | rollcall import kubernetes -",
    isZoned: true,
    files: "manifests",
    inFolders: /\.(ya?ml|json)$/,
    load: () => import("./import/kubernetes.ts"),
  },
  github: {
    description: "scheduled workflows of GitHub Actions: .github/workflows",
    isZoned: false,
    files: "workflow files",
    inFolders: /\.ya?ml$/,
    load: () => import("./import/github.ts"),
  },
  vercel: {
    description: "cron jobs of Vercel: vercel.json",
    isZoned: false,
    files: "vercel.json",
    inFolders: /^vercel\.json$/,
    load: () => import("./import/vercel.ts"),
  },
  wrangler: {
    description: "cron triggers of Cloudflare Workers: wrangler.toml, wrangler.jsonc",
    isZoned: false,
    files: "wrangler files",
    inFolders: /^wrangler\.(toml|jsonc?)$/,
    load: () => import("./import/wrangler.ts"),
  },
  systemd: {
    description: "timers of systemd: /etc/systemd/system, single .timer files",
    isZoned: true,
    files: "timers",
    inFolders: /\.timer$/,
    load: () => import("./import/systemd.ts"),
  },
};

/** Short enough for a name behind it. */
const PREFIX = /^(?:[a-z0-9][a-z0-9_-]{0,29})?$/;

const NOTES = `
Without --out the configuration goes to standard output, and everything else to standard error:
  rollcall import crontab /etc/crontab | rollcall apply - --yes
Into a file that is there monitors are added; what stands in it is kept.
The exit code is 0, or 1 when something was not imported, or 2 when nothing was.`;

export const add: AddCommand = (program, surroundings, leave) => {
  const parent = program
    .command("import")
    .description("propose monitors for the scheduled jobs of a crontab, a cluster, a platform")
    .addHelpText("after", NOTES);
  for (const [name, kind] of Object.entries(KINDS)) {
    const command = withCommonOptions(parent.command(name).description(kind.description)).argument(
      "<files...>",
      `${kind.files}, folders with them, or - for standard input`,
    );
    if (kind.isZoned) command.option("--tz <zone>", "the IANA time zone of jobs that name none");
    if (name === "crontab") {
      command
        .option("--system", "lines have a column of users, as in /etc/crontab (default: found out)")
        .option("--user", "lines have none");
    }
    if (name === "crontab" || name === "systemd") {
      command.option("--curl", "tell by curl instead of rollcall exec: the end only, where it is a crontab");
    }
    command.action(async (files: string[], options: Options) =>
      leave(await importFiles({ name, kind, files, options }, surroundings)),
    );
  }
  withCommonOptions(
    parent.command("healthchecks").description("checks of a Healthchecks project, with their UUIDs"),
  )
    .argument("<url>", "where it is, like https://healthchecks.io")
    .option("--api-key <key>", "the project's read-write API key (default: HEALTHCHECKS_API_KEY)")
    .action(async (url: string, options: Options) =>
      leave(await importHealthchecks({ url, options }, surroundings)),
    );
  addInstance(parent, surroundings, leave);
};

function withCommonOptions(command: Command): Command {
  return command
    .option("--out <file>", "write the configuration here; into one that is there, add what is new")
    .option("--prefix <text>", "what slugs begin with, to tell hosts apart: web1-", "")
    .option("--tag <tag...>", "tags for all of them")
    .option("--url <url>", "where jobs reach Rollcall (default: ROLLCALL_URL, or http://127.0.0.1:8377)");
}

async function importFiles(
  { name, kind, files: names, options }: { name: string; kind: Kind; files: string[]; options: Options },
  surroundings: Surroundings,
): Promise<number> {
  const sourceOptions = sourceOptionsOf(options, surroundings);
  const { source } = await kind.load();
  const { files, leftOut } = await readFiles(names, kind);
  const found: Found = { ...nothingFound(), leftOut };
  for (const file of files) {
    const more = await source.read(file, sourceOptions);
    found.proposals.push(...more.proposals);
    found.leftOut.push(...more.leftOut);
    found.remarks.push(...more.remarks);
  }
  return await propose(
    { found, preparation: source.preparation(sourceOptions), of: name, ...options },
    surroundings,
  );
}

async function importHealthchecks(
  { url, options }: { url: string; options: Options },
  surroundings: Surroundings,
): Promise<number> {
  const { url: rollcall } = sourceOptionsOf(options, surroundings);
  const apiKey = options.apiKey ?? surroundings.settings.healthchecksKey;
  if (apiKey === null) {
    throw new UsageError(
      "There is no key to read Healthchecks with: set HEALTHCHECKS_API_KEY, or give --api-key.",
    );
  }
  const { readHealthchecks } = await import("./import/healthchecks-api.ts");
  const { readChecks } = await import("./import/healthchecks.ts");
  const found = readChecks(await readHealthchecks(url, apiKey));
  found.remarks.unshift(
    `Ping URLs keep their UUIDs: put ${rollcall}/ping/ where the jobs have the address of Healthchecks.`,
  );
  return await propose({ found, preparation: [], of: "healthchecks", ...options }, surroundings);
}

function sourceOptionsOf(options: Options, { settings }: Surroundings): SourceOptions {
  if (!PREFIX.test(options.prefix)) {
    throw new UsageError(
      `--prefix ${JSON.stringify(options.prefix)} cannot begin a slug: up to 30 of a-z, 0-9, "_" and "-", beginning with a letter or digit.`,
    );
  }
  const timezone = options.tz === undefined ? null : readTimezone(options.tz);
  if (options.tz !== undefined && timezone === null) {
    throw new UsageError(
      `--tz ${JSON.stringify(options.tz)} is not an IANA time zone: write it like Europe/Berlin.`,
    );
  }
  return {
    timezone,
    machineZone: machineZone(),
    crontabForm: options.system === true ? "system" : options.user === true ? "user" : null,
    reportBy: options.curl === true ? "curl" : "exec",
    url: options.url ?? settings.url,
    project: (settings.pingKey === null ? null : projectOfKey(settings.pingKey)) ?? "default",
  };
}
