/**
 * Drops what nobody wants any more: `after:` of an incident that was closed or acknowledged before anything can have
 * been said, and the end of an incident whose beginning was never told.
 */
import type { Incident } from "../../domain/incident.ts";
import type { NotificationBatch } from "../../ports/store.ts";
import type { EngineParts } from "../parts.ts";
import type { Delivery } from "./deliver.ts";
import { settleWithoutSending } from "./record.ts";

export interface WantedBatch {
  batch: NotificationBatch;
  /** Null for results and tests. */
  incident: Incident | null;
}

export async function mute(
  parts: EngineParts,
  delivery: Delivery,
  batches: readonly NotificationBatch[],
): Promise<WantedBatch[]> {
  const wanted: WantedBatch[] = [];
  for (const batch of batches) {
    const incident = batch.incidentId === null ? null : await parts.store.getIncident(batch.incidentId);
    const reason = whyUnwanted(batch, incident);
    if (reason === null) wanted.push({ batch, incident });
    else await settleWithoutSending(parts, delivery, { batch, status: "dropped", ...reason });
  }
  return wanted;
}

function whyUnwanted(
  batch: NotificationBatch,
  incident: Incident | null,
): { code: string; detail: string } | null {
  if (batch.incidentId === null) return null;
  if (incident === null) return { code: "incident_gone", detail: "The incident is past its retention." };
  // What was tried may have arrived, whatever the sender was told: who was alarmed must hear the end of it.
  if (batch.hasSent || batch.notifications.some(({ attempts }) => attempts.length > 0)) return null;
  const isStillOpen = incident.status === "open";
  if (batch.notifications[0]?.isOnlyIfOpen === true && !isStillOpen && !mayBeSent(batch, incident)) {
    return {
      code: "no_longer_open",
      detail: `The incident was ${incident.status} before its time to be told came.`,
    };
  }
  const isOnlyItsEnd = batch.notifications.every(
    ({ change }) => change === "acknowledged" || change === "resolved",
  );
  return isOnlyItsEnd ? { code: "never_told", detail: "Its opening was never told on this channel." } : null;
}

/** A sender that died, or could not write down what came of it, sent it if the incident was open at its time. */
function mayBeSent({ isLeftUnsettled, notifications }: NotificationBatch, { timeline }: Incident): boolean {
  const ended = timeline.find(({ what }) => what === "acknowledged" || what === "resolved");
  const dueAt = notifications[0]?.notBeforeAt ?? 0;
  return isLeftUnsettled && (ended === undefined || ended.at >= dueAt);
}
