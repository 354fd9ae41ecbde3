/** The HTML side of an email: the same words as the plain side, every one of them escaped, no links but our own. */
import { headline, type Mood, type Wording } from "./wording.ts";

const COLOURS: Record<Mood, string> = {
  bad: "#b3261e",
  waiting: "#8a6100",
  good: "#1b6e3c",
  plain: "#333333",
};

export function emailHtml(wording: Wording): string {
  const parts = [
    `<p style="font-weight:bold;color:${COLOURS[wording.mood]}">${escaped(headline(wording))}</p>`,
    ...wording.facts.map(({ label, text }) => `<p><b>${escaped(label)}:</b> ${escaped(text)}</p>`),
    listOf(wording.list),
    wording.changes.length > 1 ? `<p><b>What happened:</b></p>${listOf(wording.changes)}` : "",
    wording.url === null ? "" : `<p><a href="${escaped(wording.url)}">Open in Rollcall</a></p>`,
  ];
  return `<!doctype html>\n<html><body style="font-family:sans-serif">\n${parts.filter(Boolean).join("\n")}\n</body></html>`;
}

function listOf(items: readonly string[]): string {
  return items.length === 0 ? "" : `<ul>${items.map((item) => `<li>${escaped(item)}</li>`).join("")}</ul>`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
    .replaceAll("\n", "<br>");
}
