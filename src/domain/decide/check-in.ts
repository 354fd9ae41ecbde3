/**
 * A check-in finds its run, or begins one; what the run earns follows in `begin` and `finish`.
 * Everything that was due before the check-in was received is judged first, so that its arrival, and not the
 * moment a tick ran, decides.
 */
import type { Receipt } from "../change.ts";
import { happenedAt, isFinish, type CheckIn } from "../check-in.ts";
import { currentVerdict } from "../ledger.ts";
import { shownRunId, type Run } from "../run.ts";
import { hintFor, nextUnstarted } from "../status.ts";
import { confirmAcceleration } from "./accelerate.ts";
import { beginRun } from "./begin.ts";
import { followCadence } from "./cadence.ts";
import { endUnfinished } from "./absence.ts";
import { gather } from "./gather.ts";
import { putRun, withNote, type Draft } from "./draft.ts";
import { finishAgain, finishAlone, finishRun } from "./finish.ts";
import { closenessAt, hasLaterCandidate, isInLaterWindow, isWithinWindow } from "./match.ts";
import { findRow } from "./rows.ts";

/** Applies the check-in to the draft; the receipt says truthfully what came of it. */
export function applyCheckIn(draft: Draft, checkIn: CheckIn): Receipt {
  const known = runFor(draft, checkIn);
  if (known !== null && isSameAgain(draft, checkIn, known)) {
    return receiptOf(draft, checkIn, { run: known, isDuplicate: true });
  }
  draft.state.lastCheckInAt = Math.max(draft.state.lastCheckInAt ?? 0, checkIn.receivedAt);
  const { counted } = draft.state;
  draft.state.counted = { ...counted, checkIns: counted.checkIns + checkIn.folded };
  const run = isFinish(checkIn.kind) ? applyFinish(draft, checkIn, known) : applyOther(draft, checkIn, known);
  if (run === null) return receiptOf(draft, checkIn, { run, isDuplicate: false });
  const heard = heardOf(draft, draft.runs.get(run.id) ?? run, checkIn);
  putRun(draft, heard);
  followCadence(draft, heard, checkIn);
  confirmAcceleration(draft, heard, checkIn.receivedAt);
  return receiptOf(draft, checkIn, { run: heard, isDuplicate: false });
}

function heardOf(draft: Draft, run: Run, checkIn: CheckIn): Run {
  const heardToAt = Math.max(run.heardToAt, checkIn.receivedAt);
  const heard = { ...run, outcome: outcomeAfter(draft, run, checkIn), heardToAt };
  if (checkIn.duplicateKey !== null) return heard;
  return { ...heard, heard: { ...run.heard, [checkIn.kind]: happenedAt(checkIn) } };
}

/** What the run has told so far. What its finish tells is part of it already. */
function outcomeAfter(draft: Draft, run: Run, { kind, outcome: told, body }: CheckIn): Run["outcome"] {
  if (isFinish(kind)) return run.outcome;
  return gather(draft, run.outcome, kind === "log" && body !== "" ? { log: body, ...told } : told);
}

/** The run a check-in speaks of: the latest attempt of its id, or the anonymous run of that time. */
function runFor(draft: Draft, checkIn: CheckIn): Run | null {
  if (checkIn.runId !== null) {
    const open = draft.state.openRuns.filter((run) => run.runId === checkIn.runId);
    const latest = open[open.length - 1] ?? null;
    const loaded = draft.snapshot.run;
    if (loaded === null || loaded.runId !== checkIn.runId) return latest;
    if (latest !== null && latest.attempt >= loaded.attempt) return latest;
    return draft.runs.get(loaded.id) ?? loaded;
  }
  return anonymousRunFor(draft, checkIn);
}

/**
 * A person's run beside the scheduled one must neither end nor hide it: a start speaks of a run of its own
 * trigger only. What follows a start is taken for the run that is open, whichever that is.
 */
function anonymousRunFor(draft: Draft, checkIn: CheckIn): Run | null {
  const at = happenedAt(checkIn);
  const open = draft.state.openRuns
    .filter((run) => run.runId === null && run.startedAt <= at)
    .sort((one, two) => two.startedAt - one.startedAt);
  const own = open.find((run) => run.trigger === checkIn.trigger);
  if (own !== undefined) return own;
  const [other] = open;
  if (other !== undefined && checkIn.kind !== "start") return other;
  const { anonymous } = draft.state;
  if (anonymous === null || anonymous.trigger !== checkIn.trigger) return null;
  // A finish delivered late may be older than the latest run, and is not about it.
  if (!isFinish(checkIn.kind) || at >= anonymous.startedAt) return anonymous;
  return isLoneEndAgain(draft, checkIn, anonymous) ? anonymous : null;
}

/** Of ends sent at once the one received first may be decided last: a moment before a lone end it is the same. */
function isLoneEndAgain(draft: Draft, checkIn: CheckIn, lone: Run): boolean {
  const { receivedAt, occurredAt, duplicateKey } = checkIn;
  const heardAt = lone.heard[checkIn.kind];
  if (lone.isStartHeard || heardAt === undefined || occurredAt !== null || duplicateKey !== null)
    return false;
  return heardAt - receivedAt <= closenessAt(draft, receivedAt);
}

/** The same again within a short time, where the sender gave nothing to tell check-ins apart. */
function isSameAgain(draft: Draft, checkIn: CheckIn, run: Run): boolean {
  if (checkIn.kind === "log" || isProgressTold(checkIn) || namesAnother(draft, checkIn, run)) return false;
  const at = happenedAt(checkIn);
  const isOpenAnonymous = run.runId === null && run.state === "started";
  if (checkIn.kind === "start" && isOpenAnonymous && Math.abs(at - run.startedAt) <= closenessAt(draft, at))
    return true;
  if (checkIn.duplicateKey !== null) return false;
  const heardAt = run.heard[checkIn.kind];
  if (heardAt === undefined || Math.abs(at - heardAt) > closenessAt(draft, at)) return false;
  // Without an id, a second start is a duplicate only while the run is open.
  return run.runId !== null || isFinish(checkIn.kind) || run.state === "started";
}

/** Steps follow one another within seconds, and telling one twice is harmless: only a key makes two of them one. */
function isProgressTold({ kind, outcome }: CheckIn): boolean {
  return (kind === "step" || kind === "progress") && outcome !== undefined;
}

/** A burst that catches up tells its runs apart by the windows it names. */
function namesAnother(draft: Draft, checkIn: CheckIn, run: Run): boolean {
  const namedAt = checkIn.scheduledForAt;
  if (run.runId !== null || namedAt === null || run.windowAt === null) return false;
  return Math.abs(namedAt - run.windowAt) > closenessAt(draft, namedAt);
}

function applyFinish(draft: Draft, checkIn: CheckIn, known: Run | null): Run {
  if (known === null) return alone(draft, checkIn, 1);
  if (known.state === "started") return finishRun(draft, checkIn, known);
  const at = happenedAt(checkIn);
  const isGivenUp = known.state === "incomplete" || known.state === "unknown";
  if (known.runId !== null) {
    // Its start was heard, so this is its own finish, however late: it must not pay for a later window.
    if (isGivenUp) return finishRun(draft, checkIn, known);
    if (!isInLaterWindow(draft, at, known.windowAt)) return finishAgain(draft, checkIn, known);
    warnOfReuse(draft, known);
    return alone(draft, checkIn, known.attempt + 1);
  }
  const isClose = known.finishedAt !== null && Math.abs(at - known.finishedAt) <= closenessAt(draft, at);
  if (isGivenUp && !hasLaterCandidate(draft, at, known.windowAt)) return finishRun(draft, checkIn, known);
  // A run whose start was heard has one finish, and a second one shortly after concerns it.
  const isItsOwn = known.isStartHeard && !isOfJoinedStart(checkIn, known);
  if (isItsOwn && isClose && !namesAnother(draft, checkIn, known)) return finishAgain(draft, checkIn, known);
  return alone(draft, checkIn, 1);
}

/**
 * Another finish behind a start that was taken for one that its finish had overtaken: the start was a second run's,
 * and this is how that ended. A job that failed at once and then went well must not stay failed.
 */
function isOfJoinedStart(checkIn: CheckIn, run: Run): boolean {
  const startAt = run.heard.start;
  if (run.finishedAt === null || startAt === undefined) return false;
  return run.finishedAt < startAt && startAt <= happenedAt(checkIn);
}

/** A lone finish; three in a row where starts are expected too deserve a hint. */
function alone(draft: Draft, checkIn: CheckIn, attempt: number): Run {
  const run = finishAlone(draft, checkIn, attempt);
  draft.state.loneFinishes += 1;
  const hint = hintFor(draft.monitor, draft.state);
  if (hint !== null) draft.notes.push(hint);
  return run;
}

/** `start`, and `step` and `progress` which imply one; `log` never does. */
function applyOther(draft: Draft, checkIn: CheckIn, known: Run | null): Run | null {
  const isOpen = known?.state === "started";
  if (checkIn.kind === "log" || (checkIn.kind !== "start" && isOpen)) return isOpen ? known : null;
  draft.state.loneFinishes = 0;
  const at = happenedAt(checkIn);
  if (known === null) return begin(draft, checkIn, 1);
  const joined = joinLoneFinish(draft, checkIn, known);
  if (joined !== null) return joined;
  if (checkIn.kind !== "start" && isAfterwards(draft, known, at)) {
    draft.notes.push(`${checkIn.kind} arrived after the run had ended; kept, and nothing follows from it`);
    return null;
  }
  return known.runId === null ? beginAnonymous(draft, checkIn, known) : beginNamed(draft, checkIn, known);
}

/** A step that comes behind the end of its run. */
function isAfterwards(draft: Draft, run: Run, at: number): boolean {
  if (run.runId !== null) return true;
  return run.finishedAt !== null && Math.abs(at - run.finishedAt) <= closenessAt(draft, at);
}

/** A finish that overtook its start: the start joins the run, if it could not have begun another window's. */
function joinLoneFinish(draft: Draft, checkIn: CheckIn, run: Run): Run | null {
  if (run.isStartHeard || run.finishedAt === null || namesAnother(draft, checkIn, run)) return null;
  const at = happenedAt(checkIn);
  if (at > run.finishedAt + closenessAt(draft, at) || hasLaterCandidate(draft, at, run.windowAt)) return null;
  // A start delivered late, from long before the finish, may have been another run's.
  const isLongBefore = at < run.finishedAt - closenessAt(draft, at);
  if (run.runId === null && isLongBefore && !isWithinWindow(draft, at, run.windowAt)) return null;
  draft.notes.push("this start came after its finish; it joins that run");
  const joined = withNote({ ...run, isStartHeard: true }, "its start arrived after its finish");
  putRun(draft, joined);
  return joined;
}

function beginAnonymous(draft: Draft, checkIn: CheckIn, known: Run): Run {
  const at = happenedAt(checkIn);
  if (known.state === "started" && at >= known.startedAt) {
    draft.notes.push(
      "the run before had not finished and was ended as incomplete; runs that overlap need run ids (?run=<id>)",
    );
    endUnfinished(draft, known, {
      at: checkIn.receivedAt,
      verdict: "incomplete",
      code: "superseded",
      cause: null,
    });
  }
  return begin(draft, checkIn, 1);
}

function beginNamed(draft: Draft, checkIn: CheckIn, known: Run): Run {
  if (known.state === "started") {
    if (!hasLaterCandidate(draft, happenedAt(checkIn), known.windowAt)) {
      draft.notes.push("this run had started already; its first start stands");
      return known;
    }
    endUnfinished(draft, known, {
      at: checkIn.receivedAt,
      verdict: "incomplete",
      code: "superseded",
      cause: null,
    });
  }
  warnOfReuse(draft, known);
  return begin(draft, checkIn, known.attempt + 1);
}

function begin(draft: Draft, checkIn: CheckIn, attempt: number): Run {
  return beginRun(draft, checkIn, {
    startedAt: happenedAt(checkIn),
    attempt,
    isStartHeard: true,
    isLone: false,
  });
}

function warnOfReuse(draft: Draft, known: Run): void {
  const next = shownRunId({ runId: known.runId, attempt: known.attempt + 1 });
  draft.notes.push(
    `run id "${known.runId}" was used before; this run is kept as "${next}": send a new id for every run`,
  );
}

/** The truthful answer: what the check-in was matched to, what was cut or doubtful, what comes next. */
function receiptOf(draft: Draft, checkIn: CheckIn, of: { run: Run | null; isDuplicate: boolean }): Receipt {
  const { run } = of;
  const row = run?.windowAt == null ? null : findRow(draft, run.windowAt);
  const next = nextUnstarted(draft.monitor, draft.state);
  return {
    monitor: draft.monitor.slug,
    kind: checkIn.kind,
    run: run?.id ?? null,
    runId: run === null ? null : shownRunId(run),
    trigger: checkIn.trigger,
    window:
      row === null || run === null || run.windowAt === null
        ? null
        : {
            expectedAt: run.windowAt,
            startBy: row.count === 1 ? row.startBy : run.windowAt + row.graceMs,
            start: row.start,
            verdict: currentVerdict(row),
            as: run.part === "window" ? "window" : "extra",
          },
    isDuplicate: of.isDuplicate,
    receivedAt: checkIn.receivedAt,
    occurredAt: checkIn.occurredAt,
    nextExpectedAt: next?.expectedAt ?? null,
    nextStartBy: next?.startBy ?? null,
    notes: [...checkIn.notes, ...draft.notes],
  };
}
