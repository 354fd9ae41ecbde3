/** A run begins: which window it takes, what that does to the schedule's anchor, and whether it overlaps. */
import { happenedAt, type CheckIn } from "../check-in.ts";
import { currentVerdict, emptyRow, type Window, type WindowRow } from "../ledger.ts";
import { LIMITS } from "../limits.ts";
import type { Reason } from "../reason.ts";
import { shownRunId, type Run, type RunPart } from "../run.ts";
import { finishByOf, windowAfter, windowOf } from "../timeline.ts";
import { endUnfinished, judgeWithoutStart, passWindow } from "./absence.ts";
import { startDeadline } from "./deadlines.ts";
import { count, currentTiming, putRun, settledUntil, timingOf, withNote, type Draft } from "./draft.ts";
import { anchor, expectNothing, intervalOf, isBeforeAnchor, takenBy } from "./every.ts";
import { matchStart, type Match } from "./match.ts";
import { addResult } from "./results.ts";
import { judge, putRow, rowAt } from "./rows.ts";

export interface Beginning {
  startedAt: number;
  attempt: number;
  /** The start itself was heard; false for a lone finish. */
  isStartHeard: boolean;
  /** Begun by a finish: it opens and ends at once, so nothing can overlap it. */
  isLone: boolean;
}

/** Makes the run, gives it its window and writes both. */
export function beginRun(draft: Draft, checkIn: CheckIn, beginning: Beginning): Run {
  const match = isWithoutWindow(draft, checkIn, beginning)
    ? null
    : matchStart(draft, beginning.startedAt, checkIn.scheduledForAt);
  if (match?.note) draft.notes.push(match.note);
  const made = newRun(draft, checkIn, beginning, match);
  if (!beginning.isLone) makeRoom(draft, checkIn.receivedAt);
  const run = beginning.isLone ? made : noteOverlap(draft, made);
  putRun(draft, run);
  if (match !== null) giveWindow(draft, checkIn, run, match);
  noteSampling(draft, checkIn);
  if (run.isOverlapping && draft.monitor.settings.overlap === "forbid") reportOverlap(draft, run);
  return draft.runs.get(run.id) ?? run;
}

/** How the latest run became known says what the absence of the next one means. */
function noteSampling(draft: Draft, checkIn: CheckIn): void {
  if (isManual(draft, checkIn)) return;
  if (checkIn.isSampled === true) draft.state.isSampled = true;
  else delete draft.state.isSampled;
}

/** A person's run takes no window unless allowed; on a monitor that reports only its end, the finish takes it. */
function isWithoutWindow(draft: Draft, checkIn: CheckIn, beginning: Beginning): boolean {
  if (isManual(draft, checkIn)) return true;
  return draft.monitor.settings.signals === "finish" && !beginning.isLone;
}

export function isManual(draft: Draft, of: { trigger: Run["trigger"] }): boolean {
  return of.trigger === "manual" && !draft.monitor.settings.manualCounts;
}

/** Writes what the match means: the window taken or the extra run noted, and the next interval anchored. */
export function giveWindow(draft: Draft, checkIn: CheckIn, run: Run, match: Match): void {
  if (match.as === "window") takeWindow(draft, checkIn, run, match);
  else if (match.as === "extra") addExtra(draft, run, match.window.expectedAt);
  anchorNext(draft, run);
}

function reportOverlap(draft: Draft, run: Run): void {
  addResult(draft, {
    // A result beside the run's own, which it must not replace.
    of: `overlap:${run.id}`,
    goodness: "bad",
    kind: "overlap",
    phase: "in_run",
    windowAt: run.windowAt,
    at: run.startedAt,
    isRevision: false,
    run,
  });
}

function newRun(draft: Draft, checkIn: CheckIn, beginning: Beginning, match: Match | null): Run {
  const ordinal = draft.state.counted.runs + 1;
  draft.state.counted = { ...draft.state.counted, runs: ordinal };
  const part: RunPart = match?.as ?? (isManual(draft, checkIn) ? "manual" : "outside");
  const isTimed = !beginning.isLone && draft.monitor.settings.signals === "both";
  return {
    id: `${draft.monitor.id}-r${String(ordinal).padStart(9, "0")}`,
    monitorId: draft.monitor.id,
    runId: checkIn.runId,
    attempt: beginning.attempt,
    trigger: checkIn.trigger,
    part,
    windowAt: match?.window?.expectedAt ?? null,
    state: "started",
    startedAt: beginning.startedAt,
    isStartHeard: beginning.isStartHeard,
    finishBy: isTimed ? finishBy(draft, checkIn, beginning.startedAt, match) : null,
    finishedAt: null,
    heardFromAt: checkIn.receivedAt,
    heardToAt: checkIn.receivedAt,
    heard: {},
    outcome: null,
    isOverlapping: false,
    isDeliveredLate: checkIn.occurredAt !== null,
    notes: [],
  };
}

/** When the run must have finished. A late-delivered start leaves its finish time to be delivered too. */
function finishBy(draft: Draft, checkIn: CheckIn, startedAt: number, match: Match | null): number {
  const timing =
    match?.window == null ? currentTiming(draft.monitor) : timingOf(draft.monitor, match.window.version);
  // Before the first window the gap is that of the window to come.
  const window = match?.window ?? windowAfter([timing], startedAt) ?? windowOf(timing, startedAt);
  const byRuntime = finishByOf(timing, window, startedAt);
  return checkIn.occurredAt === null
    ? byRuntime
    : Math.max(byRuntime, checkIn.receivedAt + LIMITS.lateFinishMs);
}

function takeWindow(draft: Draft, checkIn: CheckIn, run: Run, match: Extract<Match, { as: "window" }>): void {
  const { window } = match;
  judgeIfOverdue(draft, match);
  noteCatchUp(draft, checkIn, run, window);
  const row = rowAt(draft, window.expectedAt) ?? emptyRow(draft.monitor.id, window);
  passWindow(draft, window);
  const taken: WindowRow = {
    ...row,
    start: match.start,
    runId: run.id,
    startedAt: run.startedAt,
    finishBy: run.finishBy,
  };
  const lateMs = run.startedAt - window.startBy;
  const reason: Reason =
    checkIn.occurredAt !== null
      ? { code: "delivered_late", values: { delayMs: checkIn.receivedAt - happenedAt(checkIn) } }
      : match.start === "late"
        ? { code: "started_late", values: { lateMs } }
        : { code: run.startedAt < window.expectedAt ? "started_early" : "started_on_time", values: {} };
  // While its run goes on a window has no verdict, or keeps the bad one it had.
  const verdict = currentVerdict(row);
  putRow(
    draft,
    judge(draft, taken, { verdict: verdict === "unknown" ? null : verdict, reason, cause: null }),
  );
}

/** A scheduler that was down fires what it missed: each run says so, or a burst would look like a mistake. */
function noteCatchUp(draft: Draft, checkIn: CheckIn, run: Run, window: Window): void {
  const isPast = run.startedAt > window.startBy && run.startedAt >= window.expectedAt + window.gapMs;
  if (checkIn.scheduledForAt === null || !isPast) return;
  const note = `catch-up: this is the run of ${new Date(window.expectedAt).toISOString()}, made after a later one was due`;
  draft.notes.push(note);
  putRun(draft, withNote(run, note));
}

/** A late start comes after its window was missed, also when the tick has a backlog; unless that is not settled yet. */
function judgeIfOverdue(draft: Draft, match: Extract<Match, { as: "window" }>): void {
  if (match.start !== "late" || rowAt(draft, match.window.expectedAt) !== null) return;
  const deadline = startDeadline(match.window, draft.state.pause, draft.context);
  if (deadline.at < settledUntil(draft, draft.context.judgedAt))
    judgeWithoutStart(draft, match.window, deadline);
}

function addExtra(draft: Draft, run: Run, expectedAt: number): void {
  count(draft, { what: "extra", at: run.startedAt, delta: 1 });
  const row = rowAt(draft, expectedAt);
  if (row === null) return;
  const extraRuns = row.extraRuns.length < LIMITS.extraRuns ? [...row.extraRuns, run.id] : row.extraRuns;
  putRow(draft, { ...row, extraRuns, extraCount: row.extraCount + 1 });
}

/** `every`: each accepted start anchors the next window; `from: finish` waits for the finish. */
function anchorNext(draft: Draft, run: Run): void {
  const interval = intervalOf(draft);
  // An interval's last window, kept when the schedule became a cron one, has its start now.
  if (interval === null && run.windowAt === draft.state.every?.expectedAt) draft.state.every = null;
  if (interval === null || isBeforeAnchor(draft, run.startedAt)) return;
  const takenAt = takenBy(run);
  if (interval.from === "start") anchor(draft, run.startedAt, takenAt);
  else if (run.finishBy !== null || run.state === "started") expectNothing(draft, takenAt);
}

/** Two runs open at once: noted on both, and on a monitor that forbids it a bad result. */
function noteOverlap(draft: Draft, run: Run): Run {
  const others = draft.state.openRuns;
  if (others.length === 0 || draft.monitor.settings.overlap === "allow") return run;
  const note = `overlaps another run (${others
    .map((other) => shownRunId(other) ?? other.id)
    .join(", ")
    .slice(0, 200)})`;
  draft.notes.push(`this run ${note}`);
  for (const other of others) {
    putRun(draft, withNote({ ...other, isOverlapping: true }, `overlaps run ${shownRunId(run) ?? run.id}`));
  }
  return withNote({ ...run, isOverlapping: true }, note);
}

/** At most so many runs are open at once: the oldest is given up for the new one. */
function makeRoom(draft: Draft, at: number): void {
  if (draft.state.openRuns.length < LIMITS.openRuns) return;
  const [oldest] = [...draft.state.openRuns].sort((one, two) => one.startedAt - two.startedAt);
  if (oldest === undefined) return;
  draft.notes.push(
    `${LIMITS.openRuns} runs were open; the oldest (${shownRunId(oldest) ?? oldest.id}) was ended as incomplete`,
  );
  endUnfinished(draft, oldest, {
    at,
    verdict: "incomplete",
    code: "superseded",
    cause: null,
  });
}
