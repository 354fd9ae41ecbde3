/** What `decide` may know beside a monitor's snapshot, gathered from the store. */
import { firstAfterExpiry } from "../domain/acceleration.ts";
import type { Context, MonitorEvent, MonitorState, Snapshot } from "../domain/change.ts";
import type { RejectionMark } from "../domain/hearing.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Monitor } from "../domain/monitor.ts";
import { unstartedOfEach } from "../domain/status.ts";
import { isAnybodys } from "../domain/trust/next-steps.ts";
import type { Deploy, GuardSight } from "../domain/trust/guarded-route.ts";
import type { EngineParts } from "./parts.ts";
import { plansFor } from "./plans.ts";

export async function contextFor(
  parts: EngineParts,
  snapshot: Snapshot,
  about: { event: MonitorEvent; judgedAt: number },
): Promise<Context> {
  const { monitor, state } = snapshot;
  const { event, judgedAt } = about;
  // By the end of an acceleration a look that comes late may judge windows of the original schedule as well.
  const waited = [...unstartedOfEach(monitor, state), firstAfterExpiry(monitor, state)];
  const next = waited.filter((window) => window !== null);
  const sinceAt = Math.min(
    judgedAt,
    ...next.map((window) => window.opensAt - LIMITS.blindMarginMs),
    ...state.openRuns.map((run) => run.startedAt),
    ...(state.awaiting ?? []).map((run) => run.finishedAt ?? judgedAt),
  );
  const overdue = next.filter((window) => window.startBy < judgedAt);
  const overdueSinceAt = overdue.length === 0 ? null : Math.min(...overdue.map((window) => window.opensAt));
  const isTold = event.type === "rejected" || event.type === "called";
  const absentSinceAt = overdueSinceAt ?? (isTold ? (state.latest?.opensAt ?? judgedAt) : null);
  const [blindSpots, plans, rejections, guard, project] = await Promise.all([
    parts.store.listBlindSpots(sinceAt),
    plansFor(parts, { monitor, fromAt: sinceAt }),
    rejectionsFor(parts, snapshot, { event, judgedAt, overdueSinceAt }),
    absentSinceAt === null ? null : guardFor(parts, { monitor, sinceAt: absentSinceAt }),
    parts.store.loadProject(monitor.project),
  ]);
  const deploy =
    absentSinceAt === null ? null : deployBefore(project?.state.deploys ?? [], rejections[0]?.at ?? judgedAt);
  return {
    judgedAt,
    blindSpots,
    plans,
    rejections,
    ...(guard === null ? {} : { guard }),
    ...(deploy === null ? {} : { deploy }),
    // A copy: what a store remembers may be frozen, and a frozen list is put into text several times slower.
    defaultChannels: [...(project?.project.defaultChannels ?? [])],
  };
}

/** Refusals matter only where a window is about to be missing, or is and one more has come. */
async function rejectionsFor(
  parts: EngineParts,
  { monitor, state }: Snapshot,
  about: { event: MonitorEvent; judgedAt: number; overdueSinceAt: number | null },
): Promise<readonly RejectionMark[]> {
  const { event, judgedAt, overdueSinceAt } = about;
  if (overdueSinceAt === null && event.type !== "rejected") return [];
  const fromAt = (event.type === "rejected" ? state.latest?.opensAt : overdueSinceAt) ?? judgedAt;
  const marks = await parts.store.rejectionsNear(monitor.id, {
    fromAt: Math.min(fromAt, missingSinceAt(state)),
    toAt: judgedAt + 1,
  });
  const limit = LIMITS.rejectionsCounted;
  if (marks.length <= limit) return marks;
  const latest = marks.slice(1 - limit);
  // However many came after it that showed nothing: what somebody showed tells more.
  const showing = marks.findLast(({ reason }) => !isAnybodys(reason));
  if (showing !== undefined && !latest.includes(showing)) latest.splice(0, 1, showing);
  return [...marks.slice(0, 1), ...latest];
}

/** What the guards of this monitor's routes have told; null: there are none. */
async function guardFor(
  { store }: EngineParts,
  { monitor, sinceAt }: { monitor: Monitor; sinceAt: number },
): Promise<GuardSight | null> {
  const routes = (await store.listGuardedRoutes(monitor.project))
    .filter((route) => route.monitor === monitor.slug && !route.isProbe)
    .map((route) => {
      // People who try a route are not its scheduler.
      const admittedAt = route.calls
        .filter((call) => call.isOk && call.principal !== "manual")
        .map(({ at }) => at);
      return { ...route, admittedAt, lastAdmittedAt: admittedAt.at(-1) ?? null };
    })
    // Whoever looks for addresses makes many routes, and lets no call in: they must not crowd out those of the job.
    .sort((one, two) => (two.lastAdmittedAt ?? 0) - (one.lastAdmittedAt ?? 0) || two.lastAt - one.lastAt)
    .slice(0, LIMITS.guardRoutesSeen)
    .map(({ route, listening, calls, admittedAt, lastAdmittedAt }) => ({
      route,
      listening,
      admittedAt: admittedAt.filter((at) => at >= sinceAt),
      lastAdmittedAt,
      isCut: calls.length >= LIMITS.guardCallsKept && (calls[0]?.at ?? sinceAt) > sinceAt,
      lastCallAt: calls.at(-1)?.at ?? null,
    }));
  return routes.length === 0 ? null : { routes };
}

/** The latest one that can have broken what went wrong then; clocks of two machines differ. */
function deployBefore(deploys: readonly Deploy[], brokenAt: number): Deploy | null {
  return deploys.findLast(({ at }) => at <= brokenAt + LIMITS.proofSkewMs) ?? null;
}

/** The opening of the first window of an incident about missing runs: its title counts refusals from there on. */
function missingSinceAt({ incident, latest }: MonitorState): number {
  if (incident?.kind !== "missing" || incident.firstWindowAt === null || latest === null)
    return Number.POSITIVE_INFINITY;
  return incident.firstWindowAt - (latest.expectedAt - latest.opensAt);
}
