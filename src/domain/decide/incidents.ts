/** The monitor's one open incident: opened, changed, closed, and everyone concerned told once. */
import { assert } from "../assert.ts";
import type { Incident, ResolvedBy, TimelineEntry } from "../incident.ts";
import { LIMITS } from "../limits.ts";
import { windowAfter, windowOf } from "../timeline.ts";
import { dispatchOf } from "./dispatch.ts";
import { isAnybodys } from "../trust/next-steps.ts";
import { timingOf, type Draft } from "./draft.ts";
import { notify, resolvedTitle } from "./notices.ts";
import type { Result } from "./results.ts";
import { findRow } from "./rows.ts";
import { evidenceOf, titleOf, type Story } from "./story.ts";
import type { Window } from "../ledger.ts";

export function openIncident(draft: Draft, result: Result): void {
  const story = tell(draft, result);
  const ordinal = draft.state.counted.incidents + 1;
  draft.state.counted = { ...draft.state.counted, incidents: ordinal };
  const { monitor, state, context } = draft;
  const title = titleOf(story);
  const incident: Incident = {
    id: `${monitor.id}-i${ordinal}`,
    project: monitor.project,
    subject: { type: "monitor", monitorId: monitor.id, slug: monitor.slug },
    kind: story.kind,
    phase: story.phase,
    title,
    evidence: evidenceOf(story),
    status: "open",
    openedAt: result.at,
    detectedAt: context.judgedAt,
    resolvedAt: null,
    resolvedBy: null,
    firstWindowAt: state.streaks.badSinceAt,
    latestWindowAt: result.windowAt,
    windowsLost: Math.max(1, state.streaks.badWindows),
    lastGoodAt: state.lastGoodAt,
    lastVerifiedAt: state.lastVerifiedAt,
    owner: null,
    rejections: story.rejections?.count ?? 0,
    timeline: [{ at: context.judgedAt, what: "opened", text: title, by: null }],
    timelineCut: 0,
  };
  putIncident(draft, incident);
  draft.state.isOpeningTold = false;
  notify(draft, { incident, change: "opened", title });
}

/** Kind and phase follow the latest bad result; the same again is not told again. */
export function changeIncident(draft: Draft, result: Result): void {
  const before = openOne(draft);
  const story = tell(draft, result);
  const facts = { latestWindowAt: result.windowAt ?? before.latestWindowAt };
  const title = titleOf(story);
  if (before.kind === story.kind && before.phase === story.phase) {
    // The count of refusals is the one thing that is kept up to date without telling anybody.
    const counted =
      story.rejections === null
        ? {}
        : { title, evidence: evidenceOf(story), rejections: story.rejections.count };
    putIncident(draft, { ...before, ...facts, ...counted });
    return;
  }
  const changed: Incident = {
    ...before,
    ...facts,
    kind: story.kind,
    phase: story.phase,
    title,
    evidence: evidenceOf(story),
    rejections: story.rejections?.count ?? before.rejections,
  };
  const incident = withEntry(changed, { at: draft.context.judgedAt, what: "changed", text: title, by: null });
  putIncident(draft, incident);
  notify(draft, { incident, change: "changed", title });
}

/** One more window without a good run since the incident opened. */
export function loseWindow(draft: Draft): void {
  const incident = openOne(draft);
  putIncident(draft, { ...incident, windowsLost: incident.windowsLost + 1 });
}

export function resolveByEvidence(draft: Draft, result: Result): void {
  const incident = openOne(draft);
  const which = result.run === null ? "A good run" : `Run ${result.run.runId ?? result.run.id}`;
  resolveIncident(draft, { by: "evidence", who: null, text: `${which} ended well; ${incident.title}` });
}

export function resolveIncident(
  draft: Draft,
  how: { by: ResolvedBy; who: string | null; text: string },
): void {
  const before = openOne(draft);
  const resolved: Incident = {
    ...before,
    status: "resolved",
    resolvedAt: draft.context.judgedAt,
    resolvedBy: how.by,
  };
  const incident = withEntry(resolved, {
    at: draft.context.judgedAt,
    what: "resolved",
    text: how.text,
    by: how.who,
  });
  draft.incidents.set(incident.id, incident);
  draft.state.incident = null;
  draft.state.reminders = {};
  notify(draft, { incident, change: "resolved", title: resolvedTitle(incident) });
  draft.state.isNoticeHeld = false;
  draft.state.isOpeningTold = false;
}

/** A good result, but not yet as many in a row as recovery asks for. */
export function recovering(draft: Draft, _result: Result): void {
  const incident = openOne(draft);
  const { good } = draft.state.streaks;
  const text = `${good} of ${draft.monitor.settings.recoveryThreshold} good runs towards recovery`;
  putIncident(draft, withEntry(incident, { at: draft.context.judgedAt, what: "recovering", text, by: null }));
}

export function putIncident(draft: Draft, incident: Incident): void {
  draft.state.incident = incident;
  draft.incidents.set(incident.id, incident);
}

/** Something that has to do with it: noted on the one that is open, or that this very decision has closed. */
export function noteOnIncident(draft: Draft, entry: TimelineEntry): void {
  const { incident } = draft.state;
  const closed = [...draft.incidents.values()].at(-1);
  if (incident !== null) putIncident(draft, withEntry(incident, entry));
  else if (closed !== undefined) draft.incidents.set(closed.id, withEntry(closed, entry));
}

/** The timeline keeps its beginning and its end; what was cut from the middle is counted. */
export function withEntry(incident: Incident, entry: TimelineEntry): Incident {
  const timeline = [...incident.timeline, entry];
  if (timeline.length <= LIMITS.timelineEntries) return { ...incident, timeline };
  timeline.splice(LIMITS.timelineEntries / 2, 1);
  return { ...incident, timeline, timelineCut: incident.timelineCut + 1 };
}

/** Everything the title and the evidence are made of. A missing window with refusals near it died at the boundary. */
function tell(draft: Draft, result: Result): Story {
  assert(result.kind !== null, "a bad result to have a kind");
  const window = windowFor(draft, result.windowAt);
  const rejections = result.kind === "missing" && window !== null ? rejectionsNear(draft, window) : null;
  const sinceAt = window?.opensAt ?? result.run?.startedAt ?? result.at;
  return {
    ...standingOf(draft, sinceAt),
    kind: result.kind,
    phase: rejections === null ? result.phase : "rejected_at_boundary",
    window,
    run: result.run,
    rejections,
    dispatch: result.kind === "missing" && window !== null ? dispatchOf(draft.context.guard, window) : null,
  };
}

/** What a story says of its monitor, whatever happened. */
export function standingOf(
  { monitor, state, context }: Draft,
  sinceAt: number,
): Omit<Story, "kind" | "phase" | "window" | "run" | "rejections" | "dispatch"> {
  return {
    monitor,
    lastCheckInAt: state.lastCheckInAt,
    lastGoodAt: state.lastGoodAt,
    lastVerifiedAt: state.lastVerifiedAt,
    learned: state.learned ?? {},
    deploy: context.deploy ?? null,
    isHearingWhole: !context.blindSpots.some((spot) => spot.toAt >= sinceAt),
  };
}

/**
 * A rejection in `[opensAt, nearUntilAt)` is near the window; counted are those since the incident's first one. Where one
 * near it showed something, those that showed nothing may be anybody's and are left out; so are those of a route where
 * the call for this run was let in.
 */
export function rejectionsNear(draft: Draft, window: Window): Story["rejections"] {
  const { incident } = draft.state;
  const untilAt = nearUntilAt(draft, window);
  const firstAt = incident?.kind === "missing" ? incident.firstWindowAt : null;
  const countedFromAt = Math.min(window.opensAt, (firstAt ?? window.expectedAt) - earlyMsOf(window));
  const isLetIn = dispatchOf(draft.context.guard, window)?.what === "let_in";
  const inTime = draft.context.rejections.filter(({ at }) => at >= countedFromAt && at < untilAt);
  const showing = inTime.filter(({ reason }) => !isAnybodys(reason));
  const near = isLetIn ? inTime.filter((one) => showing.includes(one) || one.route === undefined) : inTime;
  const counted = showing.some(({ at }) => at >= window.opensAt) ? showing : near;
  const [first] = counted;
  const last = counted[counted.length - 1];
  if (first === undefined || last === undefined || last.at < window.opensAt) return null;
  return {
    count: counted.length,
    sinceAt: first.at,
    lastAt: last.at,
    reason: last.reason,
    expected: last.expected || null,
    seen: last.seen || null,
    routes: [...new Set(counted.flatMap(({ route }) => route ?? []))],
    hasCheckIns: counted.some(({ route }) => route === undefined),
  };
}

function earlyMsOf(window: Window): number {
  return window.expectedAt - window.opensAt;
}

/**
 * When the next window opens. After an edit that can be long before this one is due: then what comes within half of
 * this window's gap is still about this one.
 */
function nearUntilAt(draft: Draft, window: Window): number {
  const halfAt = Math.min(window.startBy, window.expectedAt + window.gapMs / 2);
  return Math.max(halfAt, nextOpensAt(draft, window));
}

function nextOpensAt(draft: Draft, window: Window): number {
  const timing = timingOf(draft.monitor, window.version);
  if (timing.schedule.kind === "every") return windowOf(timing, window.expectedAt + window.gapMs).opensAt;
  return windowAfter(draft.monitor.timings, window.expectedAt)?.opensAt ?? Number.POSITIVE_INFINITY;
}

function windowFor(draft: Draft, expectedAt: number | null): Window | null {
  if (expectedAt === null) return null;
  const row = findRow(draft, expectedAt);
  if (row === null) return null;
  return row.count === 1 ? row : windowOf(timingOf(draft.monitor, row.version), expectedAt);
}

function openOne(draft: Draft): Incident {
  assert(draft.state.incident !== null, "an open incident");
  return draft.state.incident;
}
