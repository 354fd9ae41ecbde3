/** What a person does to an incident, and what guards and the boundary tell while one is open. */
import type { Incident } from "../incident.ts";
import type { Window } from "../ledger.ts";
import { LIMITS } from "../limits.ts";
import { windowOf } from "../timeline.ts";
import { dispatchOf } from "./dispatch.ts";
import { timingOf, type Draft } from "./draft.ts";
import { putIncident, rejectionsNear, resolveIncident, standingOf, withEntry } from "./incidents.ts";
import { notify } from "./notices.ts";
import { findRow } from "./rows.ts";
import { evidenceOf, titleOf, type Story } from "./story.ts";

/** Takes it on: told once, and reminders stop. Twice by the same person is harmless. */
export function acknowledge(draft: Draft, by: string, note: string | null): void {
  const { incident } = draft.state;
  if (incident === null || (incident.status === "acknowledged" && incident.owner === by)) return;
  const text = note ?? `Acknowledged by ${by}`;
  const taken = withEntry(
    { ...incident, status: "acknowledged", owner: by },
    { at: draft.context.judgedAt, what: "acknowledged", text, by },
  );
  putIncident(draft, taken);
  notify(draft, {
    incident: taken,
    change: "acknowledged",
    title: `Acknowledged by ${by}: ${incident.title}`,
  });
}

/** Closed by a person and marked so. The streak stays, so that the next bad result opens a new incident. */
export function resolveByHand(draft: Draft, by: string, note: string | null): void {
  if (draft.state.incident === null) return;
  resolveIncident(draft, { by: "person", who: by, text: note ?? `Resolved by ${by}` });
}

export function comment(draft: Draft, by: string, text: string): void {
  const { incident } = draft.state;
  if (incident === null) return;
  putIncident(draft, withEntry(incident, { at: draft.context.judgedAt, what: "comment", text, by }));
}

/**
 * A check-in or call was refused while a run is missing: the phase changes to the boundary once, told as a change;
 * afterwards only the count in the title is kept up to date. Never opens or closes anything.
 */
export function applyRejection(draft: Draft): void {
  const { incident } = draft.state;
  const window = missingWindow(draft);
  if (incident === null || window === null) return;
  const rejections = rejectionsNear(draft, window);
  if (rejections === null) return;
  const isKnown = incident.phase === "rejected_at_boundary";
  const isCounted = isKnown && rejections.count === incident.rejections;
  // Beyond what is counted the words of the latest one are no reason to write.
  if (isCounted && rejections.count >= LIMITS.rejectionsCounted) return;
  const story: Story = {
    ...standingOf(draft, window.opensAt),
    kind: "missing",
    phase: "rejected_at_boundary",
    window,
    run: null,
    rejections,
    dispatch: dispatchOf(draft.context.guard, window),
  };
  const title = titleOf(story);
  if (isCounted && title === incident.title) return;
  const told = { ...incident, title, evidence: evidenceOf(story), rejections: rejections.count };
  if (isKnown) {
    putIncident(draft, told);
    return;
  }
  change(draft, { ...told, phase: "rejected_at_boundary" });
}

/** Nobody called, it was said; and now a call of that time is told of. Told as a change. */
export function applyCall(draft: Draft): void {
  const { incident } = draft.state;
  const window = missingWindow(draft);
  if (incident === null || window === null || incident.phase !== "not_dispatched") return;
  const dispatch = dispatchOf(draft.context.guard, window);
  if (dispatch?.what !== "let_in") return;
  const story: Story = {
    ...standingOf(draft, window.opensAt),
    kind: "missing",
    phase: "not_arrived",
    window,
    run: null,
    rejections: null,
    dispatch,
  };
  change(draft, { ...incident, phase: "not_arrived", title: titleOf(story), evidence: evidenceOf(story) });
}

/** The latest window of an open incident about a missing run. */
function missingWindow(draft: Draft): Window | null {
  const { incident } = draft.state;
  if (incident === null || incident.kind !== "missing" || incident.latestWindowAt === null) return null;
  const row = findRow(draft, incident.latestWindowAt);
  if (row === null || row.count === 1) return row;
  return windowOf(timingOf(draft.monitor, row.version), incident.latestWindowAt);
}

function change(draft: Draft, incident: Incident): void {
  const { title } = incident;
  const changed = withEntry(incident, { at: draft.context.judgedAt, what: "changed", text: title, by: null });
  putIncident(draft, changed);
  notify(draft, { incident: changed, change: "changed", title });
}
