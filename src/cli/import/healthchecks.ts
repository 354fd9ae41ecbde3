/**
 * Checks of a Healthchecks project as monitors that keep their ping UUIDs, so that nothing in a crontab has to change
 * but the host name. https://healthchecks.io/docs/api/
 */
import { durationText } from "../../domain/duration.ts";
import { LIMITS } from "../../domain/limits.ts";
import { isUuid, slugProblem } from "../../domain/monitor-settings.ts";
import { readSchedule } from "../../domain/schedule/schedule.ts";
import type { MonitorGiven } from "../../client/client.ts";
import type { HealthchecksAnswer } from "./healthchecks-api.ts";
import { cronOfCalendar } from "./on-calendar.ts";
import { nothingFound } from "./source.ts";
import type { Found, LeftOut, Place, Proposal } from "./source.ts";
import { at, numberAt, textAt } from "./structured-text.ts";

/** What a check may hold that has no equivalent here, and what that means. */
const WITHOUT_EQUIVALENT: readonly (readonly [string, (value: unknown) => string | null])[] = [
  ["methods", (value) => (value === "POST" ? "it counted POST only; here GET and HEAD count too" : null)],
  ["filter_subject", keywords("subject of emails")],
  ["filter_body", keywords("body of emails")],
  ["filter_http_body", keywords("body of requests")],
  ["subject", keywords("subject of emails")],
];

export function readChecks({ base, checks, channels }: HealthchecksAnswer): Found {
  const found = nothingFound();
  const used = new Set<string>();
  for (const [index, check] of checks.entries()) {
    const place: Place = { file: `${base} check ${index + 1}`, line: null };
    const read = readCheck(check, { place, channels });
    if ("why" in read) found.leftOut.push(read);
    else found.proposals.push(read);
    for (const id of channelIds(check)) used.add(channels.get(id) ?? id);
  }
  if (used.size > 0) {
    found.remarks.push(
      `Channels hold secrets and are not read: set these up by hand, then name them in the monitors: ${[...used].join("; ")}.`,
    );
  }
  return found;
}

function readCheck(
  check: unknown,
  { place, channels }: { place: Place; channels: ReadonlyMap<string, string> },
): Proposal | LeftOut {
  const name = textAt(check, "name");
  const uuid = uuidOf(check);
  const what = name ?? uuid ?? "a check without a name";
  if (uuid === null) {
    const why = "its UUID is not shown: that takes the project's read-write API key, not a read-only one";
    return { place, what, why };
  }
  const schedule = scheduleOf(check);
  if ("why" in schedule) return { place, what, why: schedule.why };
  const slug = textAt(check, "slug");
  const isSlugKept = slug !== null && slugProblem(slug) === null;
  return {
    names: [...(isSlugKept ? [slug] : []), ...(name === null ? [] : [name]), `check-${uuid.slice(0, 8)}`],
    identity: uuid,
    slug: null,
    monitor: {
      ...(name === null ? {} : { name: name.slice(0, LIMITS.nameCharacters) }),
      ...descriptionOf(check),
      ...tagsOf(check),
      schedule: schedule.schedule,
      ...signalsOf(check),
      ping_uuid: uuid,
    },
    place,
    notes: notesOf(check, channels),
    linesFor: (slug) => (textAt(check, "status") === "paused" ? pausingLines(check, slug) : []),
  };
}

/** A configuration holds no pauses, for each needs its reason or its end. */
function pausingLines(check: unknown, slug: string): string[] {
  const end =
    at(check, "manual_resume") === true ? "" : " until its next ping; a pause here lasts until it is resumed";
  return [
    `# It is paused there${end}. Once it is here:`,
    `curl -X POST -H "Authorization: Bearer $ROLLCALL_ADMIN_KEY" -H "Content-Type: application/json" -d '{"reason": "paused in Healthchecks"}' "$ROLLCALL_URL/v1/monitors/${slug}/pause"`,
  ];
}

/** v1 and v2 show it in the addresses only; a read-only key shows it nowhere. */
function uuidOf(check: unknown): string | null {
  const last = (address: string | null): string => address?.replace(/\/+$/, "").split("/").at(-1) ?? "";
  const candidates = [
    textAt(check, "uuid") ?? "",
    last(textAt(check, "update_url")),
    last(textAt(check, "ping_url")),
  ];
  return candidates.find((text) => isUuid(text)) ?? null;
}

function scheduleOf(check: unknown): { schedule: MonitorGiven["schedule"] } | { why: string } {
  const text = textAt(check, "schedule");
  if (text === null) {
    const seconds = numberAt(check, "timeout");
    if (seconds === null) return { why: "it has neither a timeout nor a schedule" };
    return { schedule: { every: durationText(seconds * 1_000) } };
  }
  const timezone = textAt(check, "tz") ?? "UTC";
  // Who fires the job is not known there, so it is not said here either: that is the lenient reading.
  if (isCron(text)) return { schedule: { cron: text, timezone } };
  return calendarOf(text, timezone) ?? { schedule: { cron: text, timezone } };
}

function isCron(text: string): boolean {
  try {
    readSchedule({ cron: text }, 0);
    return true;
  } catch {
    // Another form, or one that is refused with its reason when the proposal is checked.
    return false;
  }
}

/** A schedule of lines in the form of systemd; null when it is none. */
function calendarOf(
  text: string,
  timezone: string,
): { schedule: MonitorGiven["schedule"] } | { why: string } | null {
  const events = text.split("\n").map((line) => cronOfCalendar(line));
  const crons: string[] = [];
  for (const event of events) {
    if ("why" in event) return /[-:]/.test(text) ? { why: `OnCalendar ${text}: ${event.why}` } : null;
    if (event.timezone !== null && event.timezone !== timezone) {
      return { why: `OnCalendar ${text}: it names a zone of its own, and a monitor has one` };
    }
    crons.push(event.cron);
  }
  return {
    schedule: { cron: crons.length === 1 ? (crons[0] ?? "") : crons, timezone, scheduler: "systemd" },
  };
}

/**
 * There the grace also bounds how long a run may take. A check that has a duration is told of starts too, so that its
 * grace is both here; one that has none is told of ends alone, as it was.
 */
function signalsOf(check: unknown): Pick<MonitorGiven, "signals" | "grace" | "max_runtime"> {
  const seconds = numberAt(check, "grace");
  const grace = seconds === null || seconds === 0 ? null : durationText(seconds * 1_000);
  const isStartTold = numberAt(check, "last_duration") !== null || at(check, "started") === true;
  if (!isStartTold) return { signals: "finish", ...(grace === null ? {} : { grace }) };
  return grace === null ? {} : { grace, max_runtime: grace };
}

function descriptionOf(check: unknown): Pick<MonitorGiven, "description"> {
  const description = textAt(check, "desc");
  return description === null ? {} : { description: description.slice(0, LIMITS.descriptionCharacters) };
}

function tagsOf(check: unknown): Pick<MonitorGiven, "tags"> {
  const tags = [...new Set((textAt(check, "tags") ?? "").split(/\s+/).filter((tag) => tag !== ""))];
  return tags.length === 0 ? {} : { tags };
}

function notesOf(check: unknown, channels: ReadonlyMap<string, string>): string[] {
  const notes: string[] = [];
  const slug = textAt(check, "slug");
  if (slug !== null && slugProblem(slug) !== null) {
    notes.push(`its slug ${slug} cannot be kept; pings by UUID go on, pings by slug need the new one`);
  }
  for (const [field, meaning] of WITHOUT_EQUIVALENT) {
    const note = meaning(at(check, field));
    if (note !== null) notes.push(note);
  }
  if (textAt(check, "status") === "new") {
    notes.push("it was never pinged, and nothing was expected there before; here its first run is");
  }
  const ids = channelIds(check);
  if (ids.length > 0) notes.push(`its channels: ${ids.map((id) => channels.get(id) ?? id).join("; ")}`);
  return notes;
}

function channelIds(check: unknown): string[] {
  return (textAt(check, "channels") ?? "").split(",").filter((id) => id !== "");
}

function keywords(where: string): (value: unknown) => string | null {
  return (value) =>
    value === true || (typeof value === "string" && value !== "")
      ? `it looked for keywords in the ${where}, which has no equivalent: let the job send /fail or its exit status`
      : null;
}
