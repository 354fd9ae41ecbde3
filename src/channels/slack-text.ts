/** A message in Slack's own markup, escaped so that nothing from outside can mention, link or notify anyone. */
import type { Message } from "../ports/channel.ts";
import { headline, type Mood, plainText, type Wording, wordingOf } from "./wording.ts";

export interface SlackText {
  /** What notifications show, and clients without blocks. */
  text: string;
  blocks: { type: "section"; text: { type: "mrkdwn"; text: string } }[];
}

/** A section holds 3 000 characters, a message 50 blocks: https://docs.slack.dev/reference/block-kit/blocks */
const SECTION_CHARACTERS = 2_900;
const TEXT_CHARACTERS = 3_500;

const DOTS: Record<Mood, string> = {
  bad: ":red_circle: ",
  waiting: ":large_yellow_circle: ",
  good: ":large_green_circle: ",
  plain: "",
};

/** The present state with all its facts: the one message of an incident, edited as it goes on. */
export function headText(message: Message): SlackText {
  const wording = wordingOf(message);
  return textOf(wording, [
    titleOf(wording),
    ...factsOf(wording),
    wording.list.map((title) => `• ${escaped(title)}`).join("\n"),
    wording.changes.length > 1 ? changesOf(wording) : "",
    linkOf(wording),
  ]);
}

/** What is new, for the thread: the changes, and the facts where they may be new too. */
export function replyText(message: Message): SlackText {
  const wording = wordingOf(message);
  const isNews = message.changes.some(({ change }) => change !== "acknowledged" && change !== "reminder");
  return textOf(wording, [
    titleOf(wording),
    changesOf(wording),
    ...(isNews ? factsOf(wording) : []),
    linkOf(wording),
  ]);
}

function textOf(wording: Wording, sections: readonly string[]): SlackText {
  const filled = sections.filter((section) => section !== "");
  return {
    text: bounded(escaped(plainText(wording)), TEXT_CHARACTERS),
    blocks: filled.map((text) => ({
      type: "section",
      text: { type: "mrkdwn", text: bounded(text, SECTION_CHARACTERS) },
    })),
  };
}

function titleOf(wording: Wording): string {
  return `${DOTS[wording.mood]}${escaped(headline(wording))}`;
}

/** As many to a section as it holds, so that a long one cuts itself and not those behind it. */
function factsOf(wording: Wording): readonly string[] {
  const sections: string[] = [];
  for (const { label, text } of wording.facts) {
    const fact = bounded(`*${label}:* ${escaped(text)}`, SECTION_CHARACTERS);
    const last = sections.at(-1);
    if (last !== undefined && last.length + fact.length < SECTION_CHARACTERS) {
      sections[sections.length - 1] = `${last}\n${fact}`;
    } else sections.push(fact);
  }
  return sections;
}

function changesOf(wording: Wording): string {
  return wording.changes.map(escaped).join("\n");
}

function linkOf(wording: Wording): string {
  return wording.url === null ? "" : `<${escaped(wording.url).replaceAll("|", "%7C")}|Open in Rollcall>`;
}

/**
 * The three characters that Slack's markup begins with (https://docs.slack.dev/messaging/formatting-message-text),
 * and the bare mentions that some clients link by themselves: a word joiner keeps them plain.
 */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/@(?=here|channel|everyone)/gi, "@\u2060");
}

/** Cuts without leaving half an entity behind. */
function bounded(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/&[a-z]{0,4}$/, "")}…`;
}
