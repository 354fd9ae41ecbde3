/**
 * Timers of systemd: calendar events that cron can say exactly, and intervals. What a timer starts is read from the
 * unit beside it. https://www.freedesktop.org/software/systemd/man/latest/systemd.timer.html
 */
import { durationText } from "../../domain/duration.ts";
import type { MonitorGiven } from "../../client/client.ts";
import { defaultGraceMs, shortestGapMs } from "./gap.ts";
import { cronOfCalendar } from "./on-calendar.ts";
import { checkInPath, curlFor, nothingFound } from "./source.ts";
import type { Found, Proposal, Source, SourceFile, SourceOptions } from "./source.ts";
import { parseSpan, readUnit } from "./unit-file.ts";
import type { UnitFile, UnitValue } from "./unit-file.ts";

const TIMER = "Timer";
/** systemd's own, where AccuracySec is not set. */
const DEFAULT_ACCURACY_MS = 60_000;
const EVENTS_WITHOUT_PERIOD = ["OnActiveSec", "OnBootSec", "OnStartupSec"];
const ENVIRONMENT_FILE = "/etc/rollcall.env";

export const source: Source = {
  preparation: ({ url }) => [
    `In ${ENVIRONMENT_FILE}, mode 0600: ROLLCALL_URL=${url} and ROLLCALL_PING_KEY=<ping key>.`,
    "Then each drop-in by systemctl edit <unit>.",
  ],

  async read(file, options) {
    const found = nothingFound();
    const unit = readUnit(file.text);
    const what = unitName(file.name);
    const leaveOut = (why: string, line: number | null = null): void =>
      void found.leftOut.push({ place: { file: file.name, line }, what, why });
    for (const { value, line } of unit.unreadable) leaveOut(`"${value}" is not a line of a unit file`, line);
    if (what.endsWith("@.timer")) {
      leaveOut("it is a template: import its instances, each as a file with its name (…@instance.timer)");
      return found;
    }
    const schedule = readSchedule(found, { unit, file, options });
    if (schedule === null) {
      if (found.leftOut.length === 0)
        leaveOut("it has neither OnCalendar nor an interval, so nothing is due");
      return found;
    }
    found.proposals.push(await proposalOf({ unit, file, schedule, options }));
    return found;
  },
};

interface Timer {
  unit: UnitFile;
  file: SourceFile;
  options: SourceOptions;
}

interface TimerSchedule {
  schedule: MonitorGiven["schedule"];
  line: number;
  notes: string[];
}

function readSchedule(found: Found, timer: Timer): TimerSchedule | null {
  const { unit, file } = timer;
  const leaveOut = ({ line }: UnitValue, why: string): null => {
    found.leftOut.push({ place: { file: file.name, line }, what: unitName(file.name), why });
    return null;
  };
  const events = unit.values(TIMER, "OnCalendar");
  const interval = intervalOf(unit);
  if (events.length > 0 && interval !== null) {
    return leaveOut(
      interval.value,
      "it runs by the calendar and by an interval, and a monitor knows one of them",
    );
  }
  if (events.length > 0) return calendarOf(events, timer, leaveOut);
  if (interval !== null) {
    const everyMs = parseSpan(interval.value.value);
    if (everyMs === null) return leaveOut(interval.value, `"${interval.value.value}" is not a time span`);
    const from = interval.key === "OnUnitInactiveSec" ? { from: "finish" as const } : {};
    return { schedule: { every: durationText(everyMs), ...from }, line: interval.value.line, notes: [] };
  }
  const [once] = EVENTS_WITHOUT_PERIOD.flatMap((key) => unit.values(TIMER, key));
  if (once !== undefined)
    return leaveOut(once, "it runs once after a start, and nobody can say when that is due");
  return null;
}

function intervalOf(unit: UnitFile): { key: string; value: UnitValue } | null {
  for (const key of ["OnUnitActiveSec", "OnUnitInactiveSec"]) {
    const value = unit.values(TIMER, key).at(-1);
    if (value !== undefined) return { key, value };
  }
  return null;
}

/** Several events are a union; one that cron cannot say is left out with its line, the others are kept. */
function calendarOf(
  events: readonly UnitValue[],
  { options }: Timer,
  leaveOut: (value: UnitValue, why: string) => null,
): TimerSchedule | null {
  const crons: string[] = [];
  const zones = new Set<string>();
  const notes: string[] = [];
  let line = 0;
  for (const event of events) {
    const translated = cronOfCalendar(event.value);
    if ("why" in translated) {
      leaveOut(event, `OnCalendar=${event.value}: ${translated.why}`);
      continue;
    }
    const zone = translated.timezone ?? options.timezone ?? options.machineZone;
    if (zones.size > 0 && !zones.has(zone)) {
      leaveOut(
        event,
        `OnCalendar=${event.value}: its zone differs from that of the event above, and a monitor has one`,
      );
      continue;
    }
    zones.add(zone);
    crons.push(translated.cron);
    line ||= event.line;
  }
  const [timezone] = zones;
  if (timezone === undefined) return null;
  if (crons.length < events.length)
    notes.push("some of its events are left out, so runs at these will be extra ones");
  const cron = crons.length === 1 ? (crons[0] ?? "") : crons;
  return { schedule: { cron, timezone, scheduler: "systemd" }, line, notes };
}

async function proposalOf(timer: Timer & { schedule: TimerSchedule }): Promise<Proposal> {
  const { unit, file, schedule, options } = timer;
  const notes = [...schedule.notes];
  const name = unitName(file.name).replace(/\.timer$/, "");
  const started = unit.values(TIMER, "Unit").at(-1)?.value ?? `${name}.service`;
  const text = started.endsWith(".service") ? await file.beside(started) : null;
  const service = text === null ? null : readUnit(text);
  return {
    names: [name],
    identity: name,
    slug: null,
    monitor: {
      schedule: schedule.schedule,
      ...graceOf(unit, schedule.schedule, notes),
      ...runtimeOf(service),
    },
    place: { file: file.name, line: schedule.line },
    notes,
    linesFor: (slug) => dropInLines(slug, { started, service, options }),
  };
}

/** A timer may fire anywhere in its random delay and its accuracy; only then does the usual grace begin. */
function graceOf(
  unit: UnitFile,
  schedule: MonitorGiven["schedule"],
  notes: string[],
): Pick<MonitorGiven, "grace"> {
  const spanOf = (key: string): number | null => {
    const value = unit.values(TIMER, key).at(-1)?.value;
    return value === undefined ? null : parseSpan(value);
  };
  const delayMs = spanOf("RandomizedDelaySec") ?? 0;
  const accuracyMs = spanOf("AccuracySec") ?? DEFAULT_ACCURACY_MS;
  const gapMs = shortestGapMs(schedule);
  if (gapMs === null || (delayMs === 0 && accuracyMs <= DEFAULT_ACCURACY_MS)) return {};
  const wantedMs = delayMs + accuracyMs + defaultGraceMs(gapMs);
  const graceMs = Math.min(wantedMs, gapMs);
  const reasons = [
    ...(delayMs > 0 ? [`RandomizedDelaySec ${durationText(delayMs)}`] : []),
    ...(accuracyMs > DEFAULT_ACCURACY_MS ? [`AccuracySec ${durationText(accuracyMs)}`] : []),
  ];
  notes.push(`grace: ${reasons.join(" and ")} let it start later`);
  if (wantedMs > gapMs) {
    notes.push(
      "its delay reaches into the next run's time, where nobody can tell which of both it is: shorten the delay",
    );
  }
  return { grace: durationText(graceMs) };
}

/** RuntimeMaxSec does not end what is starting, and a oneshot is starting all the time: for it TimeoutStartSec counts. */
function runtimeOf(service: UnitFile | null): Pick<MonitorGiven, "max_runtime"> {
  const isOneshot = service?.values("Service", "Type").at(-1)?.value === "oneshot";
  const value = service?.values("Service", isOneshot ? "TimeoutStartSec" : "RuntimeMaxSec").at(-1)?.value;
  const runtimeMs = value === undefined ? null : parseSpan(value);
  return runtimeMs === null || runtimeMs === 0 ? {} : { max_runtime: durationText(runtimeMs) };
}

function dropInLines(
  slug: string,
  { started, service, options }: { started: string; service: UnitFile | null; options: SourceOptions },
): string[] {
  const commands = service?.values("Service", "ExecStart") ?? [];
  const [command] = commands;
  const head = [
    `# ${started}`,
    "[Service]",
    `EnvironmentFile=${ENVIRONMENT_FILE}`,
    ...(service === null ? [] : wayOutLines(service)),
  ];
  // `@` gives the program another name for itself, which has no place behind a wrapper.
  const shape = /^([-:+!|]*)([^-:+!|@].*)$/.exec(command?.value ?? "");
  const isWrapped = options.reportBy === "exec" && commands.length === 1 && mayRunNode(service);
  if (isWrapped && shape !== null) {
    const [, prefix = "", program = ""] = shape;
    return [...head, "ExecStart=", `ExecStart=${prefix}/usr/local/bin/rollcall exec ${slug} -- ${program}`];
  }
  // INVOCATION_ID is systemd's own id of the run, so that start and end are known to belong together.
  const start = curlFor(`${checkInPath(slug, options)}/start?run=$INVOCATION_ID`, CURL_RETRIES);
  const end = curlFor(`${checkInPath(slug, options)}/$k?run=$INVOCATION_ID`, CURL_RETRIES);
  return [
    ...head,
    `ExecStartPre=-/bin/sh -c '${start}'`,
    `ExecStopPost=-/bin/sh -c 'k=fail; [ "$SERVICE_RESULT" = success ] && k=success; ${end}'`,
  ];
}

/** systemd ends what takes longer than 90 s before and behind a job, and then the job has failed: this takes 47 s. */
const CURL_RETRIES = { retries: 3 };

/** What runs JavaScript makes code while it runs; where that is forbidden it dies, and the job with it. */
function mayRunNode(service: UnitFile | null): boolean {
  return !isYes(service, "MemoryDenyWriteExecute");
}

/** What the unit needs besides where it is kept from the network: nobody would ever hear of its runs. */
function wayOutLines(service: UnitFile): string[] {
  const lines: string[] = [];
  const giveWay = (kept: string, line: string): void =>
    void lines.push(`# ${kept} keeps it from Rollcall; without this line it would always be missing:`, line);
  if (isYes(service, "PrivateNetwork")) giveWay("PrivateNetwork=yes", "PrivateNetwork=no");
  const [denied] = service.values("Service", "IPAddressDeny");
  if (denied !== undefined) {
    giveWay(
      `IPAddressDeny=${denied.value}`,
      "IPAddressAllow=<the address of Rollcall and of the name server>",
    );
  }
  const families = service.values("Service", "RestrictAddressFamilies").map(({ value }) => value);
  const isClosed = families.length > 0 && !/(^|\s)AF_INET6?(\s|$)|^~/.test(families.join(" "));
  if (isClosed) {
    giveWay(`RestrictAddressFamilies=${families.join(" ")}`, "RestrictAddressFamilies=AF_INET AF_INET6");
  }
  return lines;
}

function isYes(unit: UnitFile | null, key: string): boolean {
  return /^(1|yes|y|true|t|on)$/i.test(unit?.values("Service", key).at(-1)?.value ?? "");
}

function unitName(file: string): string {
  return file === "-" ? "stdin.timer" : (file.split("/").at(-1) ?? file);
}
