/** A person acknowledges, resolves or comments on an incident. */
import type { MonitorEvent } from "../domain/change.ts";
import { actOnChannelIncident } from "../domain/decide-project.ts";
import { invalid, RollcallError } from "../domain/errors.ts";
import type { Incident } from "../domain/incident.ts";
import { LIMITS } from "../domain/limits.ts";
import { channelNames } from "./announce-blind-spot.ts";
import { judgeableNow } from "./arrivals.ts";
import { commitProject } from "./commit-project.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import type { LiveParts } from "./live-parts.ts";

interface Acting {
  project: string;
  incidentId: string;
  by: string;
}

/** Takes it on: reminders stop. Twice is harmless. Throws `not_found`, or `conflict` when it is resolved. */
export async function acknowledgeIncident(
  parts: LiveParts,
  input: Acting & { note: string | null },
): Promise<Incident> {
  const { by, note } = input;
  const text = note ?? `Acknowledged by ${by}`;
  return act(parts, input, { event: { type: "acknowledged", by, note }, what: "acknowledged", text });
}

/** Closes it and marks it as closed by hand; the next bad result opens a new one. */
export async function resolveIncident(
  parts: LiveParts,
  input: Acting & { note: string | null },
): Promise<Incident> {
  const { by, note } = input;
  return act(parts, input, {
    event: { type: "resolved", by, note },
    what: "resolved",
    text: note ?? `Resolved by ${by}`,
  });
}

/** Adds a remark to the timeline; nobody is notified. */
export async function commentIncident(parts: LiveParts, input: Acting & { text: string }): Promise<Incident> {
  const { by } = input;
  const text = input.text.trim();
  if (text === "" || text.length > LIMITS.reasonCharacters) {
    throw invalid([{ field: "text", message: `must have 1 to ${LIMITS.reasonCharacters} characters` }]);
  }
  return act(parts, input, { event: { type: "commented", by, text }, what: "comment", text });
}

interface Act {
  event: MonitorEvent;
  what: "acknowledged" | "resolved" | "comment";
  text: string;
}

async function act(parts: LiveParts, acting: Acting, how: Act): Promise<Incident> {
  const incident = await openIncidentOf(parts, acting);
  const { subject } = incident;
  if (subject.type === "monitor") {
    await decideAndCommit(parts, {
      monitorId: subject.monitorId,
      wanted: {},
      judgedAt: () => judgeableNow(parts),
      // Judging what was due meanwhile may have closed it; then this act comes too late and changes nothing.
      eventOf: ({ state }) => (state.incident?.id === incident.id ? how.event : null),
    });
  } else if (subject.type === "channel") {
    const channels = await channelNames(parts, acting.project);
    const one = { channel: subject.channel, what: how.what, by: acting.by, text: how.text, channels };
    await commitProject(parts, acting.project, (snapshot) =>
      actOnChannelIncident(snapshot, one, parts.clock.now()),
    );
  }
  return (await parts.store.getIncident(incident.id)) ?? incident;
}

async function openIncidentOf(parts: LiveParts, acting: Acting): Promise<Incident> {
  const incident = await parts.store.getIncident(acting.incidentId);
  if (incident === null || incident.project !== acting.project) {
    throw new RollcallError(
      "not_found",
      `There is no incident ${JSON.stringify(acting.incidentId.slice(0, 120))}.`,
    );
  }
  if (incident.status === "resolved")
    throw new RollcallError("conflict", "This incident is resolved already.");
  return incident;
}
