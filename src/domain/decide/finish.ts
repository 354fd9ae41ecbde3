/** A run ends: the first finish stands, a worse one lowers it, a better one is kept as a note. */
import { happenedAt, type CheckIn } from "../check-in.ts";
import { LIMITS } from "../limits.ts";
import type { Outcome } from "../outcome/outcome.ts";
import { isGood, shownRunId, type Run } from "../run.ts";
import { sameWithinMs, windowAfter } from "../timeline.ts";
import { beginRun, giveWindow, isManual } from "./begin.ts";
import { conclude, endedRun, isFailure, reasonOf, statusDetail } from "./conclude.ts";
import { putRun, withNote, type Draft } from "./draft.ts";
import { gather } from "./gather.ts";
import { lowerRun } from "./lower.ts";
import { matchStart } from "./match.ts";
import { awaitProof, notAwaited } from "./proof.ts";

/** A finish of which no start was heard: a run that begins and ends with it. */
export function finishAlone(draft: Draft, checkIn: CheckIn, attempt: number): Run {
  const finishedAt = happenedAt(checkIn);
  const startedAt = claimedStart(draft, finishedAt - (checkIn.durationMs ?? 0), finishedAt);
  const run = beginRun(draft, checkIn, { startedAt, attempt, isStartHeard: false, isLone: true });
  return end(draft, checkIn, run);
}

/** The finish of a run that is open, or that was given up as incomplete or unknown. */
export function finishRun(draft: Draft, checkIn: CheckIn, run: Run): Run {
  const isUnclaimed =
    draft.monitor.settings.signals === "finish" && run.windowAt === null && !isManual(draft, run);
  if (!isUnclaimed || run.state !== "started") return end(draft, checkIn, run);
  const at = claimedStart(draft, run.startedAt, happenedAt(checkIn));
  const match = matchStart(draft, at, checkIn.scheduledForAt);
  if (match.note !== null) draft.notes.push(match.note);
  const claimed: Run = { ...run, part: match.as, windowAt: match.window?.expectedAt ?? null };
  putRun(draft, claimed);
  giveWindow(draft, checkIn, claimed, match);
  return end(draft, checkIn, draft.runs.get(claimed.id) ?? claimed);
}

function end(draft: Draft, checkIn: CheckIn, run: Run): Run {
  const ended = conclude(draft, checkIn, run, outcomeAt(draft, checkIn, run));
  return awaitProof(draft, ended, checkIn.receivedAt);
}

/** A second finish of a run that has one. */
export function finishAgain(draft: Draft, checkIn: CheckIn, run: Run): Run {
  const shown = shownRunId(run) ?? "this run";
  const again = endedAgain(draft, checkIn, run);
  if (!isWorse(again, run)) {
    const note = `a later ${isFailure(checkIn) ? "failure" : "success"} was received; the first finish stands`;
    draft.notes.push(`${shown} had finished already: ${note}`);
    const noted = withNote(run, note);
    putRun(draft, noted);
    return noted;
  }
  const lowered = withNote(again, "a later, worse finish lowered this run");
  draft.notes.push(`${shown} had finished already: this worse finish lowers it`);
  notAwaited(draft, lowered);
  const detail = lowered.state === "failed" ? statusDetail(lowered) : reasonOf(lowered).values["detail"];
  const reason = { code: "worse_finish" as const, values: { detail: detail ?? null } };
  lowerRun(draft, lowered, { at: happenedAt(checkIn), reason });
  return draft.runs.get(lowered.id) ?? lowered;
}

/** The run as this later finish would have it. When it ended stays: told again hours later it took no longer. */
function endedAgain(draft: Draft, checkIn: CheckIn, run: Run): Run {
  const { checks: _checks, isDegraded: _isDegraded, awaited: _awaited, ...before } = run;
  const finishedAt = run.finishedAt ?? happenedAt(checkIn);
  const outcome = outcomeAt(draft, checkIn, run);
  const ended = endedRun(draft, { checkIn, run: before, outcome, finishedAt });
  return { ...ended, isDeliveredLate: run.isDeliveredLate };
}

function isWorse(again: Run, run: Run): boolean {
  if (again.state === "failed") return run.state !== "failed";
  return again.state === "unverified" && isGood(run);
}

/**
 * Where a job reports only its end, a start reckoned back from it may come out a little before the expected
 * instant (clocks differ, starting takes time): it belongs to the window it precedes, if the run reached into it.
 */
function claimedStart(draft: Draft, startedAt: number, finishedAt: number): number {
  if (draft.monitor.settings.signals !== "finish") return startedAt;
  const next = windowAfter(draft.monitor.timings, startedAt);
  if (next === null || next.expectedAt > finishedAt) return startedAt;
  return next.expectedAt - startedAt <= sameWithinMs(next.gapMs) ? next.expectedAt : startedAt;
}

/** Everything the run has told, its finish included. */
function outcomeAt(draft: Draft, checkIn: CheckIn, { outcome: before }: Run): Outcome {
  const told = gather(draft, before, checkIn.outcome);
  const message = endOf(checkIn.body, LIMITS.messageKeptCharacters);
  return { ...told, exitStatus: checkIn.exitStatus, message };
}

/** A copy: a piece of a text holds all of it in memory, for as long as a store keeps the run at hand. */
function endOf(text: string, characters: number): string {
  return text.length <= characters ? text : (JSON.parse(JSON.stringify(text.slice(-characters))) as string);
}
