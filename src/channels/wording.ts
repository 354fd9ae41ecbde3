/**
 * The plain words of a message, before any medium: every channel tells the same facts in the same order. The text
 * is cleaned here (no control characters, bounded length) and escaped by the channel for its medium.
 */
import { durationInWords } from "../domain/duration.ts";
import type { Incident } from "../domain/incident.ts";
import { cleanText, oneLine } from "../domain/clean-text.ts";
import type { Message, ToldChange } from "../ports/channel.ts";

export type Mood = "bad" | "waiting" | "good" | "plain";

export interface Wording {
  /** One or two words for the present state: "Open", "Resolved by hand", "Reminder 2". */
  state: string;
  mood: Mood;
  /** The sentence, on one line. */
  title: string;
  /** What was expected, what came instead, how we know …: only those there is something to say about. */
  facts: readonly { label: string; text: string }[];
  /** What happened, one line each, oldest first. */
  changes: readonly string[];
  /** Titles of a digest, and how many more there are. */
  list: readonly string[];
  url: string | null;
}

const TITLE_CHARACTERS = 500;
const FACT_CHARACTERS = 2_000;
const LIST_ITEMS = 20;

export function wordingOf(message: Message): Wording {
  const timezone = message.monitor?.timezone ?? "UTC";
  return {
    ...stateOf(message),
    title: oneLine(message.title, TITLE_CHARACTERS),
    facts: message.incident === null ? digestFacts(message) : incidentFacts(message.incident, timezone),
    changes: message.changes.slice(-LIST_ITEMS).map((change) => changeLine(change, timezone)),
    list: digestList(message),
    url: message.url,
  };
}

/** The state with the title, as subject or first line: "Open: nightly-backup: expected 02:00 …". */
export function headline(wording: Wording): string {
  return `${wording.state}: ${wording.title}`;
}

/** The whole message as plain text, as mail readers without HTML and Slack's notifications show it. */
export function plainText(wording: Wording): string {
  const parts = [headline(wording), ...wording.facts.map(({ label, text }) => `${label}: ${text}`)];
  if (wording.list.length > 0) parts.push(wording.list.map((title) => `- ${title}`).join("\n"));
  if (wording.changes.length > 1) parts.push(["What happened:", ...wording.changes].join("\n"));
  if (wording.url !== null) parts.push(wording.url);
  return parts.join("\n\n");
}

function stateOf(message: Message): { state: string; mood: Mood } {
  if (message.kind === "digest") return { state: "Digest", mood: "bad" };
  if (message.kind === "test") return { state: "Test", mood: "plain" };
  if (message.kind === "result" || message.incident === null) {
    return message.result === "degraded"
      ? { state: "Degraded", mood: "waiting" }
      : { state: "Result", mood: "plain" };
  }
  const { status, resolvedBy } = message.incident;
  if (status === "resolved") {
    return { state: resolvedBy === "person" ? "Resolved by hand" : "Resolved", mood: "good" };
  }
  if (status === "acknowledged") return { state: "Acknowledged", mood: "waiting" };
  const last = message.changes.at(-1);
  if (last?.change === "reminder") return { state: `Reminder ${last.ordinal}`, mood: "bad" };
  return { state: last?.change === "changed" ? "Changed" : "Open", mood: "bad" };
}

function incidentFacts(incident: Incident, timezone: string): Wording["facts"] {
  const { evidence, resolvedAt, lastGoodAt } = incident;
  const isTelling = incident.subject.type === "monitor";
  return [
    { label: "Expected", text: evidence.expected },
    { label: "What came instead", text: evidence.came },
    { label: "How we know", text: evidence.known.slice(0, LIST_ITEMS).join("\n") },
    { label: "What we do not know", text: evidence.unknown.slice(0, LIST_ITEMS).join("\n") },
    { label: "Look at next", text: evidence.next },
    { label: "Since", text: instantIn(incident.openedAt, timezone) },
    {
      label: "Resolved",
      text: resolvedAt === null ? "" : `${instantIn(resolvedAt, timezone)}, ${lasted(incident, resolvedAt)}`,
    },
    {
      label: "Windows without a good run",
      text: isTelling && incident.windowsLost > 0 ? String(incident.windowsLost) : "",
    },
    { label: "Last good run", text: isTelling ? instantOrNever(lastGoodAt, timezone) : "" },
    { label: "Acknowledged by", text: incident.owner ?? "" },
  ].flatMap(({ label, text }) => {
    const cleaned = cleanText(text, FACT_CHARACTERS);
    return cleaned === "" ? [] : [{ label, text: cleaned }];
  });
}

function lasted(incident: Incident, resolvedAt: number): string {
  const how = { evidence: "by evidence", person: "by a person", deletion: "because the monitor was deleted" };
  const by = incident.resolvedBy === null ? "" : ` ${how[incident.resolvedBy]}`;
  return `after ${durationInWords(Math.max(0, resolvedAt - incident.openedAt))}${by}`;
}

function digestFacts(message: Message): Wording["facts"] {
  if (message.digest === null) return [];
  return [
    {
      label: "Incidents",
      text: cleanText(`${message.digest.count} (${message.digest.changes})`, FACT_CHARACTERS),
    },
  ];
}

function digestList(message: Message): readonly string[] {
  if (message.digest === null) return [];
  const titles = message.digest.titles.slice(0, LIST_ITEMS).map((title) => oneLine(title, TITLE_CHARACTERS));
  const more = message.digest.count - titles.length;
  return more > 0 ? [...titles, `and ${more} more`] : titles;
}

const CHANGE_WORDS: Record<ToldChange["change"], string> = {
  opened: "opened",
  changed: "changed",
  reminder: "reminder",
  acknowledged: "acknowledged",
  resolved: "resolved",
  follow_up: "follow-up",
  result: "result",
  test: "test",
};

function changeLine(change: ToldChange, timezone: string): string {
  const number = change.change === "reminder" ? ` ${change.ordinal}` : "";
  const what = `${CHANGE_WORDS[change.change]}${number}`;
  return `${instantIn(change.at, timezone)} ${what}: ${oneLine(change.title, TITLE_CHARACTERS)}`;
}

function instantOrNever(at: number | null, timezone: string): string {
  return at === null ? "none yet" : instantIn(at, timezone);
}

/** "2026-11-21 02:10 Europe/Berlin"; seconds only where there are any. */
function instantIn(at: number, timezone: string): string {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(at);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? "";
  const seconds = part("second") === "00" ? "" : `:${part("second")}`;
  return `${part("year")}-${part("month")}-${part("day")} ${part("hour")}:${part("minute")}${seconds} ${timezone}`;
}
