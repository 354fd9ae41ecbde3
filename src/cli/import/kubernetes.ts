/**
 * CronJobs of Kubernetes manifests: several documents, lists and other kinds beside them.
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
import { durationText } from "../../domain/duration.ts";
import type { MonitorGiven } from "../../client/client.ts";
import { defaultGraceMs, shortestGapMs } from "./gap.ts";
import { nothingFound } from "./source.ts";
import type { Found, LeftOut, Place, Proposal, Source, SourceOptions } from "./source.ts";
import { at, listAt, numberAt, readYaml, textAt } from "./structured-text.ts";
import type { ReadDocument } from "./structured-text.ts";

/** From the Job to a pod that runs: images are pulled meanwhile. */
const POD_START_MS = 60_000;
const TIMEZONE_PREFIX = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/;

export const source: Source = {
  preparation: ({ url }) => [
    `The images need rollcall in them; the pods reach Rollcall at ${url}.`,
    "kubectl create secret generic rollcall --from-literal=ping-key=<ping key>",
  ],

  read(file, options) {
    const found = nothingFound();
    const { documents, leftOut } = readYaml(file);
    found.leftOut.push(...leftOut);
    for (const document of documents) {
      for (const path of cronJobPaths(document.value))
        readCronJob(found, { document, path, file: file.name, options });
    }
    return found;
  },
};

interface CronJob {
  document: ReadDocument;
  path: (string | number)[];
  file: string;
  options: SourceOptions;
}

/** Where the CronJobs are: the document itself, or items of a list. */
function cronJobPaths(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  const kind = textAt(value, "kind");
  if (kind === "CronJob") return [path];
  if (kind !== "List" && kind !== "CronJobList") return [];
  return listAt(value, "items").flatMap((item, index) =>
    // Within a list of CronJobs the items may leave their kind out.
    cronJobPaths(kind === "CronJobList" ? { kind: "CronJob" } : item, [...path, "items", index]),
  );
}

function readCronJob(found: Found, { document, path, file, options }: CronJob): void {
  const job = at(document.value, ...path);
  const name = textAt(job, "metadata", "name");
  const place: Place = { file, line: document.lineOf(...path, "metadata", "name") };
  const leaveOut = (why: string): void =>
    void found.leftOut.push({ place, what: `CronJob ${name ?? ""}`.trim(), why } satisfies LeftOut);
  if (name === null) return leaveOut("it has no name of its own (generateName is no name that stays)");
  const schedule = textAt(job, "spec", "schedule");
  if (schedule === null) return leaveOut("it has no schedule");
  if (/\{\{|\$\{/.test(name + schedule)) {
    return leaveOut(
      "it is a template: import what the template is rendered to, for example by helm template",
    );
  }
  if (at(job, "spec", "suspend") === true) {
    return leaveOut("it is suspended, so no run is expected: import it again once it is resumed");
  }
  const proposal = proposalOf(job, { name, schedule, place, options });
  found.proposals.push(proposal);
  if (textAt(job, "spec", "timeZone") !== null || TIMEZONE_PREFIX.test(schedule) || options.timezone !== null)
    return;
  found.remarks.push(
    `${file}: without timeZone the zone is that of kube-controller-manager; UTC is assumed, --tz names another one.`,
  );
}

function proposalOf(
  job: unknown,
  {
    name,
    schedule,
    place,
    options,
  }: { name: string; schedule: string; place: Place; options: SourceOptions },
): Proposal {
  const namespace = textAt(job, "metadata", "namespace");
  const notes: string[] = [];
  const timezone = textAt(job, "spec", "timeZone");
  const monitor: MonitorGiven = {
    schedule: scheduleOf(schedule, { timezone, otherwise: options.timezone ?? "UTC" }),
    ...graceOf(job, schedule, notes),
    ...runtimeOf(job),
    ...overlapOf(job, notes),
  };
  return {
    names: namespace === null ? [name] : [name, `${namespace}-${name}`],
    identity: [namespace ?? "", name].join("\n"),
    slug: null,
    monitor,
    place,
    notes,
    linesFor: (slug) => containerLines(job, slug, options),
  };
}

function scheduleOf(
  text: string,
  { timezone, otherwise }: { timezone: string | null; otherwise: string },
): MonitorGiven["schedule"] {
  const [, prefixed = null, bare = text] = TIMEZONE_PREFIX.exec(text) ?? [];
  const every = /^@every\s+(\S+)$/.exec(bare)?.[1];
  if (every !== undefined) return { every };
  return { cron: bare, timezone: timezone ?? prefixed ?? otherwise, scheduler: "kubernetes" };
}

/** A run may start as late as `startingDeadlineSeconds` allows and still be the one that was due. */
function graceOf(job: unknown, schedule: string, notes: string[]): Pick<MonitorGiven, "grace"> {
  const deadlineSeconds = numberAt(job, "spec", "startingDeadlineSeconds");
  if (deadlineSeconds === null) return {};
  if (deadlineSeconds < 10) {
    notes.push(
      "startingDeadlineSeconds is below 10: the controller looks every 10 s only, so runs will be lost",
    );
  }
  const gapMs = shortestGapMs(scheduleOf(schedule, { timezone: null, otherwise: "UTC" }));
  const wantedMs = deadlineSeconds * 1_000 + POD_START_MS;
  if (gapMs === null || wantedMs <= defaultGraceMs(gapMs)) return {};
  notes.push(`grace: startingDeadlineSeconds lets a run start ${durationText(deadlineSeconds * 1_000)} late`);
  return { grace: durationText(Math.min(wantedMs, gapMs)) };
}

function runtimeOf(job: unknown): Pick<MonitorGiven, "max_runtime"> {
  const jobSpec = at(job, "spec", "jobTemplate", "spec");
  const seconds =
    numberAt(jobSpec, "activeDeadlineSeconds") ??
    numberAt(jobSpec, "template", "spec", "activeDeadlineSeconds");
  return seconds === null || seconds === 0 ? {} : { max_runtime: durationText(seconds * 1_000) };
}

function overlapOf(job: unknown, notes: string[]): Pick<MonitorGiven, "overlap"> {
  const policy = textAt(job, "spec", "concurrencyPolicy");
  if (policy === "Forbid") return { overlap: "skip" };
  if (policy === "Replace") {
    notes.push(
      "concurrencyPolicy Replace: a run that is replaced never tells its end and shows as incomplete",
    );
  }
  return {};
}

function containerLines(job: unknown, slug: string, { url }: SourceOptions): string[] {
  const container = at(job, "spec", "jobTemplate", "spec", "template", "spec", "containers", 0);
  const command = [...listAt(container, "command")].map((word) => String(word));
  const wrapped = ["rollcall", "exec", slug, "--", ...command];
  const name = textAt(container, "name");
  return [
    `# spec.jobTemplate.spec.template.spec.containers[0]${name === null ? "" : ` (${name})`}`,
    `command: ${JSON.stringify(wrapped)}${command.length > 0 ? "" : "  # followed by the image's own entrypoint"}`,
    "env:",
    `  - { name: ROLLCALL_URL, value: ${JSON.stringify(url)} }`,
    "  - { name: ROLLCALL_PING_KEY, valueFrom: { secretKeyRef: { name: rollcall, key: ping-key } } }",
  ];
}
