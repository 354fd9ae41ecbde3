/**
 * What a person reads: one deterministic sentence as the title, and beside it what was expected, what came
 * instead, how we know, what we do not know, and what to look at next.
 */
import type { Learned } from "../checks/check.ts";
import { oneLine } from "../clean-text.ts";
import { durationInWords } from "../duration.ts";
import type { Evidence, MonitorIncidentKind, Phase } from "../incident.ts";
import type { Window } from "../ledger.ts";
import { LIMITS } from "../limits.ts";
import type { Monitor } from "../monitor.ts";
import { classOfFailure, nextFor } from "../outcome/known-failures.ts";
import { countsInWords, progressInWords, storyLine, unmetChecks } from "../outcome/story-line.ts";
import { shownRunId, type Run } from "../run.ts";
import type { Deploy } from "../trust/guarded-route.ts";
import type { Dispatch } from "./dispatch.ts";
import { isOfInterval } from "../status.ts";
import { clockTime, dateTime, laterTime, zoneOf } from "./local-words.ts";
import { logFact, runFacts } from "./story-facts.ts";
import {
  missingCame,
  missingFacts,
  missingNext,
  missingUnknown,
  missingWords,
  type Refusals,
} from "./story-missing.ts";

export interface Story {
  monitor: Monitor;
  kind: MonitorIncidentKind;
  phase: Phase | null;
  window: Window | null;
  run: Run | null;
  /** Check-ins and calls refused near the window. */
  rejections: Refusals | null;
  /** What guards say of a window without a run; null: no guard is known, or it is about a run. */
  dispatch: Dispatch | null;
  /** The latest deploy before it went wrong. */
  deploy: Deploy | null;
  lastCheckInAt: number | null;
  lastGoodAt: number | null;
  lastVerifiedAt: number | null;
  /** What the last good runs told. */
  learned: Learned;
  /** Whether Rollcall heard without interruption from the window's opening on. */
  isHearingWhole: boolean;
}

/** One sentence, the same for the same facts. */
export function titleOf(story: Story): string {
  const { monitor, kind, window, run } = story;
  if (kind === "missing" && window !== null)
    return oneLine(`${monitor.slug}: ${missingWords(story, window)}`, LIMITS.storyCharacters);
  if (run === null) return `${monitor.slug}: ${kind}`;
  const told = kind === "overlap" ? null : storyLine(run);
  const hasSteps = (run.outcome?.steps?.length ?? 0) > 0;
  // Of a run that was only counted, the hour at which it should have ended says more.
  if (told !== null && (kind !== "incomplete" || hasSteps)) return `${monitor.slug} ${told}`;
  if (kind === "incomplete") return `${monitor.slug}: ${incompleteWords(monitor, run)}`;
  const zone = zoneOf(monitor);
  if (kind === "overlap") {
    const started = `${clockTime(run.startedAt, zone)} ${zone}`;
    return `${monitor.slug}: a run started ${started} while another was still open`;
  }
  const which = whichRun(story, zone);
  if (kind === "unverified") return `${monitor.slug}: ${which} is not verified`;
  return `${monitor.slug}: ${which} failed${failureDetail(run)}`;
}

/** It fell silent, or its time is over; and how far it came, where it said so. */
function incompleteWords(monitor: Monitor, run: Run): string {
  const zone = zoneOf(monitor);
  const started = `started ${clockTime(run.startedAt, zone)} ${zone}`;
  const counts = countsInWords(run.outcome?.counts ?? null);
  const far = counts === null ? "" : `; ${counts}`;
  const { maxIdleMs } = monitor.settings;
  if (run.isSilent === true && maxIdleMs !== null) {
    const since = laterTime(run.heardToAt, run.startedAt, zone);
    return `${started}, silent since ${since} (max_idle ${durationInWords(maxIdleMs)})${far}`;
  }
  if (run.finishBy === null) return `${started}, did not finish${far}`;
  const by = laterTime(run.finishBy, run.startedAt, zone);
  return `${started}, not finished by ${by} (runtime ${durationInWords(run.finishBy - run.startedAt)})${far}`;
}

/** The facts beside the title. */
export function evidenceOf(story: Story): Evidence {
  const unknown: string[] = [];
  if (story.kind === "missing") unknown.push(...missingUnknown(story));
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
  const { maxIdleMs } = monitor.settings;
  if (kind === "incomplete" && run?.isSilent === true && maxIdleMs !== null)
    return `Word of the run at least every ${durationInWords(maxIdleMs)} (max_idle).`;
  if (kind === "incomplete" && run?.finishBy) return `A finish by ${dateTime(run.finishBy, zone)}.`;
  const isNamed = window !== null && (!isOfInterval(monitor, window) || kind === "missing");
  const start = isNamed ? `A run at ${dateTime(window.expectedAt, zone)}` : "A run";
  if (kind === "missing" && window !== null)
    return `${start}, started by ${dateTime(window.startBy, zone)} at the latest.`;
  if (kind === "unverified") return `${start} that ends well and shows it${checksInWords(run)}.`;
  return `${start} that ends well.`;
}

function checksInWords(run: Run | null): string {
  const checks = unmetChecks(run ?? {})
    .slice(0, LIMITS.checksTold)
    .map(({ check }) => oneLine(check, LIMITS.errorShownCharacters));
  return checks.length === 0 ? "" : `: ${checks.join("; ")}`;
}

function cameOf(story: Story): string {
  const { monitor, kind, run } = story;
  if (kind === "missing") return missingCame(story);
  const zone = zoneOf(monitor);
  if (run === null) return "Nothing.";
  const start = `A start at ${dateTime(run.startedAt, zone)}`;
  const progress = progressInWords(run.outcome);
  const far = progress === null ? "" : `: ${progress}`;
  if (kind === "incomplete") {
    const last = run.isSilent === true ? ` Last heard of it: ${dateTime(run.heardToAt, zone)}.` : "";
    return `${start}, and no finish${far}.${last}`;
  }
  if (kind === "overlap") return `${start}, while an earlier run had not finished.`;
  const message = run.outcome?.message.trim() ?? "";
  const said = message === "" ? "" : ` It said: ${message.slice(-500)}`;
  const finish = `A finish at ${dateTime(run.finishedAt ?? run.startedAt, zone)}`;
  if (kind === "unverified") return `${finish} that reports success${far}.${said}`;
  return `${finish} that reports failure${failureDetail(run)}${far}.${said}`;
}

function knownOf(story: Story): string[] {
  const { monitor, run, learned, lastCheckInAt, lastGoodAt, lastVerifiedAt } = story;
  const zone = zoneOf(monitor);
  const shown = run === null ? null : shownRunId(run);
  const isLike = story.kind !== "overlap" && run !== null;
  return [
    ...(story.kind === "missing" ? missingFacts(story) : []),
    ...(isLike ? runFacts(run, { learned, clockText: (at) => clockTime(at, zone) }) : []),
    ...(shown === null ? [] : [`Run id: ${shown}.`]),
    lastCheckInAt === null
      ? "No check-in has ever been received for this monitor."
      : `Last accepted check-in: ${dateTime(lastCheckInAt, zone)}.`,
    lastGoodAt === null ? "No run has ended well yet." : `Last good run: ${dateTime(lastGoodAt, zone)}.`,
    ...(lastVerifiedAt === null ? [] : [`Last verified run: ${dateTime(lastVerifiedAt, zone)}.`]),
    ...(story.isHearingWhole ? ["Rollcall was listening all the time."] : []),
    // Last, because it is the longest.
    ...(isLike ? logFact(run.outcome?.log) : []),
  ];
}

function nextOf(story: Story): string {
  const { kind, run } = story;
  if (kind === "missing") return missingNext(story);
  if (kind === "overlap")
    return "Look why the earlier run takes longer than the gap between runs, or whether two schedulers fire this job.";
  const known = run === null ? null : nextFor(classOfFailure(run));
  if (kind === "incomplete") {
    const end = "Look on the job's machine whether the process is still there, and at the end of its log.";
    return known === null ? end : `${end} ${known}`;
  }
  if (known !== null) return known;
  return kind === "unverified"
    ? "Look at what the job really did: its steps, its output and the end of its log are kept with the run."
    : "Read the end of the job's output, kept with the run.";
}

/** An interval's run may come long before it is expected, so it is named by when it began. */
function whichRun({ monitor, window, run }: Story, zone: string): string {
  const isInterval =
    window === null ? monitor.settings.schedule.kind === "every" : isOfInterval(monitor, window);
  if (isInterval && run !== null) {
    return `the run started ${clockTime(run.startedAt, zone)} ${zone}`;
  }
  return window === null ? "a run" : `the run of ${clockTime(window.expectedAt, zone)} ${zone}`;
}

function failureDetail(run: Run): string {
  const status = run.outcome?.exitStatus ?? null;
  return status === null || status === 0 ? "" : ` with exit status ${status}`;
}
