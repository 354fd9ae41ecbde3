/** What a person does to an incident, and a refused check-in that comes while one is open. */
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
  if (incident === null || incident.kind !== "missing" || incident.latestWindowAt === null) return;
  const row = findRow(draft, incident.latestWindowAt);
  if (row === null) return;
  const window =
    row.count === 1 ? row : windowOf(timingOf(draft.monitor, row.version), incident.latestWindowAt);
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
  const changed = withEntry(
    { ...told, phase: "rejected_at_boundary" },
    { at: draft.context.judgedAt, what: "changed", text: title, by: null },
  );
  putIncident(draft, changed);
  notify(draft, { incident: changed, change: "changed", title });
}
