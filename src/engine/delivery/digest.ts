/** Many incidents opened at once on one channel become one message with their number and the first titles. */
import { LIMITS } from "../../domain/limits.ts";
import type { Message } from "../../ports/channel.ts";
import type { EngineParts } from "../parts.ts";
import { pageUrl, type Parcel } from "./collapse.ts";

const MINUTE_MS = 60_000;

/** All parcels are of one channel. Those that open nothing go their own way: an end belongs to its own thread. */
export async function digest(
  parts: EngineParts,
  nowAt: number,
  parcels: readonly Parcel[],
): Promise<readonly Parcel[]> {
  const opening = parcels.filter(isOpening);
  const first = opening[0];
  if (first === undefined || opening.length === 1) return parcels;
  const { project, channel } = first;
  const sentLately = await parts.store.countOpenedSent(project, channel, nowAt - MINUTE_MS);
  if (sentLately + opening.length <= LIMITS.digestOver) return parcels;
  const others = parcels.filter((parcel) => !isOpening(parcel));
  const bundle: Parcel = {
    project,
    channel,
    message: digestOf(parts, opening),
    thread: null,
    batches: opening.flatMap(({ batches }) => batches),
    isDigest: true,
  };
  return [bundle, ...others];
}

function isOpening({ message }: Parcel): boolean {
  return message.kind === "incident" && message.changes.some(({ change }) => change === "opened");
}

/** Its end is told with its beginning. */
function isOver({ changes }: Message): boolean {
  return changes.some(({ change }) => change === "resolved");
}

function digestOf(parts: EngineParts, opening: readonly Parcel[]): Message {
  const messages = opening.map(({ message }) => message);
  const createdAt = Math.max(...messages.map((message) => message.createdAt));
  const over = messages.filter(isOver);
  const opened = `${messages.length} incidents opened`;
  const title = over.length === 0 ? opened : `${opened}, ${over.length} of them closed since`;
  // What is still open comes first: of the rest there may be no room for titles.
  const shown = [...messages.filter((message) => !isOver(message)), ...over].slice(0, LIMITS.digestTitles);
  const project = opening[0]?.project ?? "";
  return {
    kind: "digest",
    project,
    deduplicationKey: `digest/${messages.at(-1)?.deduplicationKey ?? ""}`,
    title,
    changes: [{ change: "opened", title, at: createdAt, ordinal: 0 }],
    result: null,
    incident: null,
    monitor: null,
    digest: {
      count: messages.length,
      titles: shown.map((message) => (isOver(message) ? `closed: ${message.title}` : message.title)),
      incidentIds: messages.flatMap(({ incident }) => (incident === null ? [] : [incident.id])),
      changes: kindsInWords(messages),
    },
    url: pageUrl(parts),
    createdAt,
  };
}

/** "22 missing, 3 failed". */
function kindsInWords(messages: readonly Message[]): string {
  const counts = new Map<string, number>();
  for (const { incident } of messages) {
    if (incident !== null) counts.set(incident.kind, (counts.get(incident.kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
}
