/** Input becomes settings: defaults filled in, every field checked and named, warnings for what is doubtful. */
import { DEFAULT_PROOF } from "./checks/check.ts";
import { proofProblems, proofWarnings } from "./checks/proof-problems.ts";
import { durationInWords } from "./duration.ts";
import { invalid, type FieldProblem } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import type { MonitorInput } from "./monitor-input.ts";
import type { MonitorSettings, Timing } from "./monitor.ts";
import { nextOccurrence, readSchedule, type Schedule } from "./schedule/schedule.ts";
import { finishByOf, windowOf } from "./timeline.ts";
import { acceptedProblems } from "./trust/accepted.ts";

/** Words that a check-in path gives a meaning of its own. */
const RESERVED_SLUGS = new Set(["start", "step", "progress", "log", "success", "fail"]);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** In lower case, as ping URLs have it. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Null when the slug may name a monitor, else what is wrong with it. */
export function slugProblem(slug: string): string | null {
  if (!/^[a-z0-9][a-z0-9_-]{0,99}$/.test(slug)) {
    return `"${slug.slice(0, 40)}" is not a slug: 1 to 100 of a-z, 0-9, "_" and "-", beginning with a letter or digit`;
  }
  if (RESERVED_SLUGS.has(slug) || /^\d+$/.test(slug) || isUuid(slug)) {
    return `"${slug}" is reserved: check-in paths give it a meaning; add a word to it`;
  }
  return null;
}

/**
 * Fills `input` up from `before` (patch) or from the defaults (create, replace). Throws `invalid` naming every
 * field at fault.
 */
export function readSettings(
  slug: string,
  input: MonitorInput,
  more: { before: MonitorSettings | null; nowAt: number },
): { settings: MonitorSettings; warnings: string[] } {
  const before = more.before ?? defaultSettings(slug);
  let schedule: Schedule | null = more.before?.schedule ?? null;
  const warnings: string[] = [];
  if (input.schedule !== undefined) {
    const read = readSchedule(input.schedule, more.nowAt);
    schedule = read.schedule;
    warnings.push(...read.warnings);
  }
  if (schedule === null) {
    throw invalid([
      { field: "schedule", message: 'is missing: give {"cron": "0 2 * * *"} or {"every": "5m"}' },
    ]);
  }
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  // Absent where the project says it, so that a monitor without is the same as before there was such a field.
  const { accepts, ...rest }: Omit<MonitorInput, "schedule"> & Omit<MonitorSettings, "accepts" | "schedule"> =
    {
      ...before,
      ...given,
    };
  const settings: MonitorSettings = { ...rest, schedule, ...(accepts == null ? {} : { accepts }) };
  const problems = problemsOf(settings);
  if (problems.length > 0) throw invalid(problems);
  return { settings, warnings: [...warnings, ...warningsOf(settings, more.nowAt)] };
}

/** What a monitor is of which nothing was said but its slug. */
export function defaultSettings(slug: string): Omit<MonitorSettings, "schedule"> {
  return { ...DEFAULTS, name: slug };
}

const DEFAULTS: Omit<MonitorSettings, "schedule" | "name"> = {
  description: "",
  tags: [],
  signals: "both",
  graceMs: null,
  earlyMs: null,
  maxRuntimeMs: null,
  failureThreshold: 1,
  recoveryThreshold: 1,
  overlap: "allow",
  manualCounts: false,
  acceptLate: null,
  channels: null,
  ...DEFAULT_PROOF,
};

function problemsOf(settings: MonitorSettings): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const say = (field: string, message: string) => problems.push({ field, message });
  if (settings.name.trim() === "" || settings.name.length > LIMITS.nameCharacters) {
    say("name", `must have 1 to ${LIMITS.nameCharacters} characters`);
  }
  if (settings.description.length > LIMITS.descriptionCharacters) {
    say("description", `must have at most ${LIMITS.descriptionCharacters} characters`);
  }
  if (settings.tags.length > LIMITS.tags)
    say("tags", `has ${settings.tags.length}; ${LIMITS.tags} are allowed`);
  for (const [field, durationMs] of [
    ["grace", settings.graceMs],
    ["early", settings.earlyMs],
    ["max_runtime", settings.maxRuntimeMs],
  ] as const) {
    if (durationMs === null) continue;
    if (!Number.isFinite(durationMs) || durationMs < 0 || durationMs > LIMITS.longestGraceMs) {
      say(field, `must be 0 or more and at most ${durationInWords(LIMITS.longestGraceMs)}`);
    }
  }
  if (settings.maxRuntimeMs === 0) say("max_runtime", "must be longer than 0");
  for (const [field, threshold] of [
    ["failure_threshold", settings.failureThreshold],
    ["recovery_threshold", settings.recoveryThreshold],
  ] as const) {
    if (!Number.isInteger(threshold) || threshold < 1 || threshold > LIMITS.threshold) {
      say(field, `must be a whole number from 1 to ${LIMITS.threshold}`);
    }
  }
  for (const [index, link] of (settings.channels ?? []).entries()) {
    if (link.remindEveryMs !== null && link.remindEveryMs < LIMITS.shortestRemindMs) {
      say(`channels[${index}].remind_every`, `must be at least ${durationInWords(LIMITS.shortestRemindMs)}`);
    }
  }
  if ((settings.channels ?? []).length > LIMITS.channelsPerMonitor) {
    say("channels", `has more than ${LIMITS.channelsPerMonitor}`);
  }
  const duplicate = (settings.channels ?? []).find(
    (link, index, all) => all.findIndex((other) => other.name === link.name) !== index,
  );
  if (duplicate !== undefined) say("channels", `names "${duplicate.name}" twice`);
  if (settings.accepts !== undefined) problems.push(...acceptedProblems(settings.accepts));
  problems.push(...proofProblems(settings));
  if (problems.length === 0) problems.push(...graceProblems(settings));
  return problems;
}

/** The state keeps every started window beyond an unjudged one, so a grace may not hold too many of them. */
export function graceProblems(settings: MonitorSettings): FieldProblem[] {
  const shortestMs = shortestGapMs(settings.schedule);
  const runtimeMs = settings.signals === "finish" ? (settings.maxRuntimeMs ?? 0) : 0;
  const widthMs = (settings.graceMs ?? 0) + (settings.earlyMs ?? 0) + runtimeMs;
  if (widthMs / shortestMs <= LIMITS.windowsInGrace) return [];
  const allowedMs = shortestMs * LIMITS.windowsInGrace;
  return [
    {
      field: "grace",
      message: `with early (and max_runtime, where signals is finish) it holds more than ${LIMITS.windowsInGrace} runs of this schedule; at most ${durationInWords(allowedMs)} is allowed`,
    },
  ];
}

function warningsOf(settings: MonitorSettings, nowAt: number): string[] {
  const warnings: string[] = [];
  const timing: Timing = { ...timingPart(settings), version: 0, afterAt: 0, untilAt: null };
  const firstAt = settings.schedule.kind === "every" ? nowAt : nextOccurrence(settings.schedule, nowAt);
  const window = firstAt === null ? null : windowOf(timing, firstAt);
  if (window !== null && window.graceMs > window.gapMs) {
    warnings.push(
      `grace (${durationInWords(window.graceMs)}) is longer than the gap to the next run (${durationInWords(window.gapMs)}): ` +
        "a missing run is told only after later ones were due.",
    );
  }
  if (settings.signals === "finish" && settings.maxRuntimeMs === null) {
    warnings.push("signals is finish and max_runtime is unset: grace must cover how long the run takes.");
  }
  if (window !== null) {
    const runtimeMs = settings.signals === "finish" ? null : finishByOf(timing, window, 0);
    warnings.push(...proofWarnings(settings, { runtimeMs }));
  }
  return warnings;
}

/** The settings that decide windows: a change of these, and only these, begins a new schedule version. */
export function timingPart(settings: MonitorSettings): Omit<Timing, "version" | "afterAt" | "untilAt"> {
  const { schedule, signals, graceMs, earlyMs, maxRuntimeMs } = settings;
  return { schedule, signals, graceMs, earlyMs, maxRuntimeMs };
}

/** The shortest of the next gaps: enough to tell a job that runs every second from one that runs nightly. */
export function shortestGapMs(schedule: Schedule): number {
  if (schedule.kind === "every") return schedule.everyMs;
  let shortestMs: number = LIMITS.longestEveryMs;
  let at = nextOccurrence(schedule, 0);
  for (let count = 0; count < 50 && at !== null; count += 1) {
    const nextAt = nextOccurrence(schedule, at);
    if (nextAt !== null) shortestMs = Math.min(shortestMs, nextAt - at);
    at = nextAt;
  }
  return shortestMs;
}
