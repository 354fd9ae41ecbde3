/** What the simulation has seen by its own eyes: of each monitor what reached it, and when Rollcall could hear. */
import type { Acceleration } from "../../src/domain/acceleration.ts";
import type { Change } from "../../src/domain/change.ts";
import type { CheckIn } from "../../src/domain/check-in.ts";
import type { BlindSpot, Plan } from "../../src/domain/hearing.ts";
import type { RejectionSighting } from "../../src/ports/records.ts";
import type { HistoryEvent, Judged } from "./history.ts";
import type { Observer } from "./process-store.ts";
import type { Spec } from "./specs.ts";
import type { Processes } from "./world.ts";

export interface Watched {
  /** As it was created, and as it stands now. */
  spec: Spec;
  current: Spec;
  monitorId: string;
  createdAt: number;
  creation: Change;
  history: HistoryEvent[];
  /** Of what was decided, how far had been judged by then; null: one process judges everything before each event. */
  judged: Map<HistoryEvent, Judged> | null;
  judgedLast: Judged;
  isDeleted: boolean;
  /** By when it began: how each acceleration stood after every commit, where that was new. */
  accelerations: Map<number, Acceleration[]>;
}

export interface Seen {
  /** By monitor id, in the order of their creation. */
  watched: Map<string, Watched>;
  plans: Map<string, Plan>;
  spots: { spot: BlindSpot; recordedAt: number }[];
  signs: number[];
  /** The settings meant by a configuration, by the name it gives the monitor. */
  meant: Map<string, Spec>;
}

export function nothingSeen(): Seen {
  return { watched: new Map(), plans: new Map(), spots: [], signs: [], meant: new Map() };
}

/** The monitor that has this name now; null while there is none. */
export function living(seen: Seen, slug: string): Watched | null {
  return [...seen.watched.values()].find((one) => one.spec.slug === slug && !one.isDeleted) ?? null;
}

export function observerOf(seen: Seen, processes: Processes): Observer {
  let keptAt = 0;
  const tell = (slugs: readonly string[] | null, event: HistoryEvent): void => {
    for (const one of seen.watched.values())
      if (slugs === null || slugs.includes(one.spec.slug)) one.history.push(event);
  };
  return {
    created(change) {
      const spec = seen.meant.get(change.monitor.settings.name);
      if (spec === undefined) throw new Error(`nobody asked for ${change.monitor.settings.name}`);
      const { id: monitorId, createdAt } = change.monitor;
      const plans = [...seen.plans.values()].filter((plan) => plan.monitors?.includes(spec.slug));
      // A spot that has just ended meets the first window of a monitor that is made right after it.
      const history = [
        ...plans.map((plan): HistoryEvent => ({ what: "planned", plan })),
        ...seen.spots.map(({ spot }): HistoryEvent => ({ what: "blind", spot, heardUntilAt: spot.fromAt })),
      ];
      const creation = structuredClone(change);
      seen.watched.set(monitorId, {
        spec,
        current: spec,
        monitorId,
        createdAt,
        creation,
        history,
        judged: processes === "one" ? null : new Map(),
        judgedLast: { absenceAt: 0, endsAt: 0 },
        isDeleted: false,
        accelerations: new Map(),
      });
    },
    committed(change) {
      keptAt = Math.max(keptAt, change.journal?.at ?? 0);
      const watched = seen.watched.get(change.monitor.id);
      if (watched === undefined) return;
      if (change.journal !== null) {
        const known = watched.history.length;
        remember(seen, watched, change.journal);
        rememberJudged(watched, watched.history[known] ?? null, change.journal);
      }
      rememberAcceleration(watched, change.state.acceleration);
    },
    planned(plan) {
      seen.plans.set(plan.id, plan);
      tell(plan.monitors, { what: "planned", plan });
    },
    planGone(id) {
      seen.plans.delete(id);
      tell(null, { what: "plan_gone", id });
    },
    rejected({ monitorId, at }: RejectionSighting) {
      seen.watched.get(monitorId ?? "")?.history.push({ what: "rejected", at });
    },
    blindSpot(spot, at) {
      if (seen.spots.some((one) => one.spot.id === spot.id)) return;
      seen.spots.push({ spot, recordedAt: at });
      // Of several none judges later than the latest sign of all.
      const heardUntilAt = processes === "one" ? Math.max(keptAt, spot.fromAt) : spot.fromAt;
      tell(null, { what: "blind", spot, heardUntilAt });
    },
    signOfLife(at) {
      keptAt = Math.max(keptAt, at);
      seen.signs.push(at);
    },
  };
}

function rememberJudged(
  watched: Watched,
  told: HistoryEvent | null,
  { at, event, context }: NonNullable<Change["journal"]>,
): void {
  const { judged, judgedLast } = watched;
  if (judged === null) return;
  const endsAt = event.type === "check_in" ? event.checkIn.receivedAt : at;
  const absenceAt = Math.min(endsAt, context.settledAt ?? endsAt);
  watched.judgedLast = {
    absenceAt: Math.max(absenceAt, judgedLast.absenceAt),
    endsAt: Math.max(endsAt, judgedLast.endsAt),
  };
  if (told !== null) judged.set(told, watched.judgedLast);
}

function rememberAcceleration({ accelerations }: Watched, now: Acceleration | undefined): void {
  if (now === undefined) return;
  const before = accelerations.get(now.beganAt) ?? [];
  if (before.at(-1)?.timeline.length === now.timeline.length) return;
  accelerations.set(now.beganAt, [...before, structuredClone(now)]);
}

function remember(seen: Seen, watched: Watched, { at, event }: NonNullable<Change["journal"]>): void {
  const { history } = watched;
  switch (event.type) {
    case "check_in":
      history.push({ what: "check_in", checkIn: event.checkIn });
      return;
    case "configured":
      watched.current = seen.meant.get(event.settings.name) ?? watched.current;
      history.push({ what: "edited", at, spec: watched.current });
      return;
    case "paused":
      history.push({ what: "paused", at, untilAt: event.untilAt });
      return;
    case "resolved":
      history.push({ what: "resolved_by_hand", at });
      return;
    case "accelerated":
      history.push({ what: "accelerated", at, schedule: event.schedule, untilAt: at + event.expiresInMs });
      return;
    case "decelerated":
      history.push({ what: "taken_back", at });
      return;
    case "deleted":
      watched.isDeleted = true;
      history.push({ what: "deleted", at });
      return;
    case "resumed":
    case "acknowledged":
    case "commented":
      history.push({ what: event.type, at });
      return;
    // A refusal is seen where it is kept; time alone brings what the oracle finds by itself; here no file owns a
    // monitor, and nothing is probed.
    case "rejected":
    case "called":
    case "clock":
    case "gone":
    case "probed":
  }
}

/** A duplicate that changed nothing left no trace; it stands where it was answered. */
export function answerRecorder(seen: Seen): (answered: { monitorId: string; checkIn: CheckIn }) => void {
  return ({ monitorId, checkIn }) => {
    const history = seen.watched.get(monitorId)?.history ?? [];
    const isKnown = history.some(
      (event) => event.what === "check_in" && event.checkIn.principal === checkIn.principal,
    );
    if (!isKnown) history.push({ what: "check_in", checkIn });
  };
}
