/** What clients of Healthchecks send of a check, made into what Rollcall takes of a monitor. */
import { z } from "@hono/zod-openapi";
import { invalid, type FieldProblem } from "../../domain/errors.ts";
import type { MonitorInput } from "../../domain/monitor-input.ts";
import type { ChannelLink, MonitorSettings } from "../../domain/monitor.ts";
import type { ScheduleInput } from "../../domain/schedule/schedule.ts";
import { fieldProblems } from "../field-problems.ts";
import type { Fields } from "./call.ts";
import type { KnownChannel } from "./channels.ts";

const DEFAULT_TIMEOUT_MS = 86_400_000;
const DEFAULT_GRACE_MS = 3_600_000;
const UNIQUE = ["name", "slug", "tags", "timeout", "grace"] as const;

/** Null is what is not there: some clients send every field they know. Fields that nobody knows are left alone. */
const checkIn = z.object({
  name: z.string().nullish(),
  slug: z.string().nullish(),
  tags: z.union([z.string(), z.array(z.string())]).nullish(),
  desc: z.string().nullish(),
  timeout: z.number().nullish(),
  grace: z.number().nullish(),
  schedule: z.string().nullish(),
  tz: z.string().nullish(),
  channels: z.string().nullish(),
  unique: z.array(z.enum(UNIQUE)).nullish(),
});

export type CheckSent = z.output<typeof checkIn>;

/** Throws `invalid_request` naming every field at fault, those that ask for what Rollcall does not do included. */
export function readCheck(body: Fields): CheckSent {
  const parsed = checkIn.safeParse(body);
  const problems = [
    ...(parsed.success
      ? []
      : fieldProblems(parsed.error.issues, { input: body, root: "body", schema: checkIn })),
    ...askedInVain(body),
  ];
  if (!parsed.success || problems.length > 0) throw invalid(problems);
  return parsed.data;
}

const KEYWORDS =
  "keywords are not looked for in e-mail or bodies: ping /start or /fail for what they would tell";
const IN_VAIN: Readonly<Record<string, string>> = {
  methods: 'only "" is supported: GET and HEAD are pings too, fetches by browsers and previews are not',
  subject: KEYWORDS,
  subject_fail: KEYWORDS,
  start_kw: KEYWORDS,
  success_kw: KEYWORDS,
  failure_kw: KEYWORDS,
  filter_subject: KEYWORDS,
  filter_body: KEYWORDS,
  filter_http_body: KEYWORDS,
  filter_default_fail: KEYWORDS,
};

function askedInVain(body: Fields): FieldProblem[] {
  return Object.entries(IN_VAIN)
    .filter(([field]) => Boolean(body[field]))
    .map(([field, message]) => ({ field, message }));
}

/** A new monitor has Healthchecks' defaults, and reports only its end. */
export function newMonitorInput(sent: CheckSent, channels: readonly KnownChannel[]): MonitorInput {
  const input = changedMonitorInput(sent, { channels, before: null });
  return { schedule: { every: DEFAULT_TIMEOUT_MS }, graceMs: DEFAULT_GRACE_MS, signals: "finish", ...input };
}

/** Only what was sent, so that a patch keeps the rest. */
export function changedMonitorInput(
  sent: CheckSent,
  to: { channels: readonly KnownChannel[]; before: MonitorSettings | null },
): MonitorInput {
  const { desc, grace, tags, channels } = sent;
  const name = sent.name?.trim() ?? "";
  const schedule = scheduleOf(sent, to.before);
  return {
    // A monitor without a name is called by its slug.
    ...(name === "" ? {} : { name }),
    ...(desc == null ? {} : { description: desc }),
    ...(tags == null ? {} : { tags: tagsOf(tags) }),
    ...(schedule === null ? {} : { schedule }),
    ...(grace == null ? {} : { graceMs: grace * 1_000 }),
    ...(channels == null ? {} : { channels: linksOf(channels, to) }),
  };
}

/** Separated by spaces, each once. */
export function tagsOf(tags: string | readonly string[]): string[] {
  const all = typeof tags === "string" ? tags.split(/\s+/) : tags;
  return [...new Set(all.map((tag) => tag.trim()).filter((tag) => tag !== ""))];
}

/** A cron expression stands before a timeout, as with Healthchecks. A zone alone moves the schedule there is. */
function scheduleOf(sent: CheckSent, before: MonitorSettings | null): ScheduleInput | null {
  const cronBefore = before?.schedule.kind === "cron" ? before.schedule : null;
  const cron = sent.schedule || null;
  if (cron === null && sent.timeout != null) return { every: sent.timeout * 1_000 };
  const timezone = sent.tz || (cronBefore?.timezone ?? "UTC");
  const kept = cronBefore?.scheduler == null ? {} : { scheduler: cronBefore.scheduler };
  if (cron !== null) return { cron: cron.split("\n"), timezone, ...kept };
  return sent.tz && cronBefore !== null ? { cron: cronBefore.expressions, timezone, ...kept } : null;
}

/** `*` is every channel there is; while there is none, whichever will be the project's default. */
function linksOf(
  text: string,
  to: { channels: readonly KnownChannel[]; before: MonitorSettings | null },
): readonly ChannelLink[] | null {
  if (text === "*") {
    return to.channels.length === 0 ? null : to.channels.map(({ name }) => linkTo(name, to.before));
  }
  const names = new Set<string>();
  const problems: FieldProblem[] = [];
  for (const sent of text.split(",").filter((each) => each !== "")) {
    const known = to.channels.find(({ id, name }) => id === sent || name === sent);
    const shown = JSON.stringify(sent.slice(0, 100));
    if (known !== undefined) names.add(known.name);
    else
      problems.push({ field: "channels", message: `${shown} is neither the id nor the name of a channel` });
  }
  if (problems.length > 0) throw invalid(problems);
  return [...names].map((name) => linkTo(name, to.before));
}

/** How the channel was to be told stays, if the monitor told it before. */
function linkTo(name: string, before: MonitorSettings | null): ChannelLink {
  const known = before?.channels?.find((link) => link.name === name);
  return known ?? { name, afterMs: 0, notifyOn: [], remindEveryMs: null };
}
