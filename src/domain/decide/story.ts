/**
 * What a person reads: one deterministic sentence as the title, and beside it what was expected, what came
 * instead, how we know, what we do not know, and what to look at next.
 */
import { durationInWords } from "../duration.ts";
import type { Evidence, MonitorIncidentKind, Phase } from "../incident.ts";
import type { Window } from "../ledger.ts";
import { LIMITS } from "../limits.ts";
import type { Monitor } from "../monitor.ts";
import { shownRunId, type Run } from "../run.ts";
import { localTime } from "../schedule/schedule.ts";

export interface Story {
  monitor: Monitor;
  kind: MonitorIncidentKind;
  phase: Phase | null;
  window: Window | null;
  run: Run | null;
  /** Check-ins refused near the window. */
  rejections: { count: number; sinceAt: number; reason: string } | null;
  lastCheckInAt: number | null;
  lastGoodAt: number | null;
  /** Whether Rollcall heard without interruption from the window's opening on. */
  isHearingWhole: boolean;
}

/** One sentence, the same for the same facts. */
export function titleOf(story: Story): string {
  const { monitor, window, run } = story;
  const zone = zoneOf(monitor);
  const at = (instant: number): string => clockTime(instant, zone);
  if (story.kind === "missing" && window !== null) {
    if (story.phase === "rejected_at_boundary" && story.rejections !== null) {
      const { count, sinceAt, reason } = story.rejections;
      const noun = count === 1 ? "check-in" : "check-ins";
      const since = laterTime(sinceAt, window.expectedAt, zone);
      return `${monitor.slug}: ${countOf(count)} ${noun} rejected at the trust boundary since ${since} (${reason}); no run was accepted`;
    }
    const by = laterTime(window.startBy, window.expectedAt, zone);
    return `${monitor.slug}: expected ${at(window.expectedAt)} ${zone}, nothing arrived by ${by} (grace ${durationInWords(window.graceMs)})`;
  }
  if (run === null) return `${monitor.slug}: ${story.kind}`;
  const started = `${at(run.startedAt)} ${zone}`;
  if (story.kind === "incomplete") {
    if (run.finishBy === null) return `${monitor.slug}: started ${started}, did not finish`;
    const by = laterTime(run.finishBy, run.startedAt, zone);
    const runtime = durationInWords(run.finishBy - run.startedAt);
    return `${monitor.slug}: started ${started}, not finished by ${by} (runtime ${runtime})`;
  }
  if (story.kind === "overlap")
    return `${monitor.slug}: a run started ${started} while another was still open`;
  return `${monitor.slug}: ${whichRun(story, zone)} failed${failureDetail(run)}`;
}

/** The facts beside the title. */
export function evidenceOf(story: Story): Evidence {
  const unknown: string[] = [];
  if (story.kind === "missing" && story.phase !== "rejected_at_boundary") {
    unknown.push("Whether the scheduler fired at all: no check-in was received and none was refused.");
  }
  if (story.kind === "incomplete")
    unknown.push("Whether the job still runs, hangs, or died: it has not been heard since.");
  if (!story.isHearingWhole) unknown.push("Rollcall could not hear during a part of this time.");
  return {
    expected: expectedOf(story),
    came: cameOf(story),
    known: knownOf(story),
    unknown,
    next: nextOf(story),
  };
}

function expectedOf({ monitor, kind, window, run }: Story): string {
  const zone = zoneOf(monitor);
  if (kind === "overlap") return "One run at a time (overlap: forbid).";
  if (kind === "incomplete" && run?.finishBy) return `A finish by ${dateTime(run.finishBy, zone)}.`;
  const isInterval = monitor.settings.schedule.kind === "every";
  if (window === null || (isInterval && kind !== "missing")) return "A run that ends well.";
  const start = `A run at ${dateTime(window.expectedAt, zone)}`;
  if (kind === "missing") return `${start}, started by ${dateTime(window.startBy, zone)} at the latest.`;
  return `${start} that ends well.`;
}

function cameOf({ monitor, kind, run, rejections }: Story): string {
  const zone = zoneOf(monitor);
  if (kind === "missing") {
    if (rejections === null) return "Nothing.";
    return `${countOf(rejections.count)} refused: the latest reason is ${rejections.reason}. No check-in was accepted.`;
  }
  if (run === null) return "Nothing.";
  const start = `A start at ${dateTime(run.startedAt, zone)}`;
  if (kind === "incomplete") return `${start}, and no finish.`;
  if (kind === "overlap") return `${start}, while an earlier run had not finished.`;
  const message = run.outcome?.message.trim() ?? "";
  const said = message === "" ? "" : ` It said: ${message.slice(-500)}`;
  return `A finish at ${dateTime(run.finishedAt ?? run.startedAt, zone)} that reports failure${failureDetail(run)}.${said}`;
}

function knownOf(story: Story): string[] {
  const zone = zoneOf(story.monitor);
  const known: string[] = [];
  const shown = story.run === null ? null : shownRunId(story.run);
  if (shown !== null) known.push(`Run id: ${shown}.`);
  known.push(
    story.lastCheckInAt === null
      ? "No check-in has ever been received for this monitor."
      : `Last accepted check-in: ${dateTime(story.lastCheckInAt, zone)}.`,
  );
  known.push(
    story.lastGoodAt === null
      ? "No run has ended well yet."
      : `Last good run: ${dateTime(story.lastGoodAt, zone)}.`,
  );
  if (story.isHearingWhole) known.push("Rollcall was listening all the time.");
  return known;
}

function nextOf({ kind, phase }: Story): string {
  if (phase === "rejected_at_boundary") {
    return "Compare the key and the address that the job uses with the monitor's; the rejections say what was expected and what was sent.";
  }
  if (kind === "missing") {
    return "Look whether the scheduler fired (its own log), whether the job's machine is up, and whether it can reach Rollcall.";
  }
  if (kind === "incomplete")
    return "Look on the job's machine whether the process is still there, and at the end of its log.";
  if (kind === "overlap")
    return "Look why the earlier run takes longer than the gap between runs, or whether two schedulers fire this job.";
  return "Read the end of the job's output, kept with the run.";
}

/** An interval's run may come long before it is expected, so it is named by when it began. */
function whichRun({ monitor, window, run }: Story, zone: string): string {
  if (monitor.settings.schedule.kind === "every" && run !== null) {
    return `the run started ${clockTime(run.startedAt, zone)} ${zone}`;
  }
  return window === null ? "a run" : `the run of ${clockTime(window.expectedAt, zone)} ${zone}`;
}

function failureDetail(run: Run): string {
  const status = run.outcome?.exitStatus ?? null;
  return status === null || status === 0 ? "" : ` with exit status ${status}`;
}

export function zoneOf(monitor: Monitor): string {
  const { schedule } = monitor.settings;
  return schedule.kind === "cron" ? schedule.timezone : "UTC";
}

function countOf(rejections: number): string {
  return rejections < LIMITS.rejectionsCounted ? String(rejections) : `${LIMITS.rejectionsCounted} or more`;
}

/** "02:00", or "02:00:15" where seconds matter. */
function clockTime(at: number, zone: string): string {
  const { hour, minute, second } = localTime(at, zone);
  return second === 0 ? `${two(hour)}:${two(minute)}` : `${two(hour)}:${two(minute)}:${two(second)}`;
}

/** A second instant beside a first: with its date only if that is another day. */
function laterTime(at: number, besideAt: number, zone: string): string {
  const isSameDay = dateOf(at, zone) === dateOf(besideAt, zone);
  return isSameDay ? clockTime(at, zone) : `${dateOf(at, zone)} ${clockTime(at, zone)}`;
}

export function dateTime(at: number, zone: string): string {
  return `${dateOf(at, zone)} ${clockTime(at, zone)} ${zone}`;
}

function dateOf(at: number, zone: string): string {
  const { year, month, day } = localTime(at, zone);
  return `${year}-${two(month)}-${two(day)}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
