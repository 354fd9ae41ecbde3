/**
 * `badges/`: addresses of small pictures and texts that say how the monitors of a tag are, and what is to be seen
 * there. An address holds what it is for, sealed: nobody can guess one, and none is kept.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { RollcallError } from "../../domain/errors.ts";
import type { MonitorView } from "../../engine/view-monitor.ts";
import type { HttpParts } from "../parts.ts";
import { answered, ok, type Asked, type HealthchecksCall } from "./call.ts";
import { allChecks } from "./find-check.ts";

interface Badge {
  project: string;
  /** Null: all monitors. */
  tag: string | null;
  /** With two, what is late counts as up. */
  states: 2 | 3;
}

type Health = "up" | "late" | "down";

const FORMATS = ["svg", "json", "shields"] as const;
type Format = (typeof FORMATS)[number];
const ALL = "*";

export const badgeCalls: readonly HealthchecksCall[] = [
  {
    method: "GET",
    path: "/badges",
    access: "read",
    async handle(asked) {
      const views = await allChecks(asked.parts, asked.project);
      const tags = [...new Set(views.flatMap(({ monitor }) => monitor.settings.tags))].sort();
      const entries = [...tags, null].map((tag) => [tag ?? ALL, addressesOf(asked, tag)]);
      return ok({ badges: Object.fromEntries(entries) });
    },
  },
];

export function mountBadges(app: OpenAPIHono, parts: HttpParts): void {
  app.get("/badge/:sealed", (context) =>
    answered(parts, async () => {
      const { badge, format } = badgeOf(parts, context.req.param("sealed"));
      const views = (await allChecks(parts, badge.project)).filter(
        ({ monitor }) => badge.tag === null || monitor.settings.tags.includes(badge.tag),
      );
      return new Response(shownBadge(badge, views, format), {
        headers: {
          "content-type": format === "svg" ? "image/svg+xml" : "application/json",
          "cache-control": "no-cache, no-store, must-revalidate",
          "access-control-allow-origin": "*",
        },
      });
    }),
  );
}

function addressesOf({ parts, project }: Asked, tag: string | null): Record<string, string> {
  const addresses: Record<string, string> = {};
  for (const states of [2, 3] as const) {
    const badge: Badge = { project, tag, states };
    const sealed = parts.vault.seal(JSON.stringify(badge));
    for (const format of FORMATS) {
      addresses[states === 2 ? format : `${format}3`] = `${parts.publicUrl}/badge/${sealed}.${format}`;
    }
  }
  return addresses;
}

function badgeOf({ vault }: HttpParts, name: string): { badge: Badge; format: Format } {
  const dotAt = name.lastIndexOf(".");
  const format = FORMATS.find((each) => each === name.slice(dotAt + 1));
  try {
    if (format !== undefined) return { badge: JSON.parse(vault.open(name.slice(0, dotAt))) as Badge, format };
  } catch {
    // Made up, damaged, or sealed with another key file: no badge.
  }
  throw new RollcallError("not_found", "There is no badge at this address.");
}

function shownBadge(badge: Badge, views: readonly MonitorView[], format: Format): string {
  const label = badge.tag ?? "rollcall";
  const down = views.filter(({ status }) => status === "down").length;
  const late = views.filter(({ status }) => status === "late" || status === "unknown").length;
  const health: Health = down > 0 ? "down" : late > 0 && badge.states === 3 ? "late" : "up";
  switch (format) {
    case "svg":
      return picture(label, health);
    case "json":
      return JSON.stringify({ status: health, total: views.length, grace: late, down });
    case "shields":
      return JSON.stringify({ schemaVersion: 1, label, message: health, color: SHIELDS_COLORS[health] });
  }
}

const SHIELDS_COLORS: Readonly<Record<Health, string>> = {
  up: "success",
  late: "important",
  down: "critical",
};
const COLORS: Readonly<Record<Health, string>> = { up: "#2e7d32", late: "#b26a00", down: "#c62828" };
/** What a character of this type takes at most; a label that is a little wide harms nobody. */
const CHARACTER_WIDTH = 7.5;
const PADDING = 12;

function picture(label: string, health: Health): string {
  const labelWidth = Math.ceil(label.length * CHARACTER_WIDTH) + PADDING;
  const width = labelWidth + Math.ceil(health.length * CHARACTER_WIDTH) + PADDING;
  const text = (at: number, words: string) => `<text x="${at}" y="14">${escaped(words)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${escaped(label)}: ${health}">`,
    `<rect width="${width}" height="20" rx="3" fill="#444"/>`,
    `<rect x="${labelWidth}" width="${width - labelWidth}" height="20" rx="3" fill="${COLORS[health]}"/>`,
    `<g fill="#fff" text-anchor="middle" font-family="Verdana,sans-serif" font-size="11">`,
    text(labelWidth / 2, label),
    text((labelWidth + width) / 2, health),
    "</g></svg>",
  ].join("");
}

/** Tags are anybody's text. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
