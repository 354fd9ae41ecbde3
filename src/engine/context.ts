/** What `decide` may know beside a monitor's snapshot, gathered from the store. */
import type { Context, MonitorEvent, MonitorState, Snapshot } from "../domain/change.ts";
import type { RejectionMark } from "../domain/hearing.ts";
import type { Window } from "../domain/ledger.ts";
import { LIMITS } from "../domain/limits.ts";
import { nextUnstarted } from "../domain/status.ts";
import type { EngineParts } from "./parts.ts";
import { plansFor } from "./plans.ts";

export async function contextFor(
  parts: EngineParts,
  snapshot: Snapshot,
  about: { event: MonitorEvent; judgedAt: number },
): Promise<Context> {
  const { monitor, state } = snapshot;
  const { event, judgedAt } = about;
  const next = nextUnstarted(monitor, state);
  const sinceAt = Math.min(
    judgedAt,
    (next?.opensAt ?? judgedAt) - LIMITS.blindMarginMs,
    ...state.openRuns.map((run) => run.startedAt),
    ...(state.awaiting ?? []).map((run) => run.finishedAt ?? judgedAt),
  );
  const [blindSpots, plans, rejections, project] = await Promise.all([
    parts.store.listBlindSpots(sinceAt),
    plansFor(parts, { monitor, fromAt: sinceAt }),
    rejectionsFor(parts, snapshot, { event, judgedAt, next }),
    parts.store.loadProject(monitor.project),
  ]);
  return {
    judgedAt,
    blindSpots,
    plans,
    rejections,
    // A copy: what a store remembers may be frozen, and a frozen list is put into text several times slower.
    defaultChannels: [...(project?.project.defaultChannels ?? [])],
  };
}

/** Refusals matter only where a window is about to be missing, or is and one more has come. */
async function rejectionsFor(
  parts: EngineParts,
  { monitor, state }: Snapshot,
  about: { event: MonitorEvent; judgedAt: number; next: Window | null },
): Promise<readonly RejectionMark[]> {
  const { event, judgedAt, next } = about;
  const isOverdue = next !== null && next.startBy < judgedAt;
  if (!isOverdue && event.type !== "rejected") return [];
  const fromAt =
    event.type === "rejected" ? (state.latest?.opensAt ?? judgedAt) : (next?.opensAt ?? judgedAt);
  const marks = await parts.store.rejectionsNear(monitor.id, {
    fromAt: Math.min(fromAt, missingSinceAt(state)),
    toAt: judgedAt + 1,
  });
  const limit = LIMITS.rejectionsCounted;
  return marks.length <= limit ? marks : [...marks.slice(0, 1), ...marks.slice(1 - limit)];
}

/** The opening of the first window of an incident about missing runs: its title counts refusals from there on. */
function missingSinceAt({ incident, latest }: MonitorState): number {
  if (incident?.kind !== "missing" || incident.firstWindowAt === null || latest === null)
    return Number.POSITIVE_INFINITY;
  return incident.firstWindowAt - (latest.expectedAt - latest.opensAt);
}
