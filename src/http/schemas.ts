/** The pieces that the API's schemas are made of: instants, durations, pages. */
import { z } from "@hono/zod-openapi";
import { parseDuration } from "../domain/duration.ts";
import { instantText, parseInstant } from "../domain/instant.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Page, PageRequest } from "../ports/store.ts";

/** Coming in: `"90s"`, `"1h30m"` or a number of seconds; handed on in ms. */
export const durationIn = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const durationMs = parseDuration(value);
    if (durationMs !== null) return durationMs;
    context.addIssue({
      code: "custom",
      message: `${shown(value)} is not a duration: write 90s, 10m, 1h30m or a number of seconds`,
    });
    return z.NEVER;
  })
  .openapi({ example: "10m", description: '"90s", "10m", "1h30m" or a number of seconds.' });

/** Coming in: ISO 8601 with a zone; handed on as epoch ms. */
export const instantIn = z
  .string()
  .transform((value, context) => {
    const at = parseInstant(value);
    if (at !== null) return at;
    context.addIssue({
      code: "custom",
      message: `${shown(value)} is not an instant: write ISO 8601 with a zone, like 2026-03-08T07:00:00Z`,
    });
    return z.NEVER;
  })
  .openapi({ format: "date-time", example: "2026-03-08T07:00:00Z" });

/** Going out. */
export const instantOut = z.string().openapi({ format: "date-time", example: "2026-03-08T07:00:00Z" });
export const secondsOut = z.number().openapi({ description: "Seconds.", example: 600 });

/** Going out, of a monitor or channel. */
export const managedByOut = z
  .string()
  .nullable()
  .openapi({ description: "The configuration it is written in: edits elsewhere are refused. Else null." });

export const instant = instantText;

export function instantOrNull(at: number | null): string | null {
  return at === null ? null : instantText(at);
}

export function secondsOrNull(durationMs: number | null): number | null {
  return durationMs === null ? null : durationMs / 1_000;
}

const DEFAULT_LIMIT = 50;

/** What every list takes. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(LIMITS.pageItems).optional().openapi({ example: DEFAULT_LIMIT }),
  cursor: z
    .string()
    .max(LIMITS.cursorCharacters)
    .optional()
    .openapi({ description: "`next_cursor` of the page before." }),
});

export function pageOf(query: { limit?: number | undefined; cursor?: string | undefined }): PageRequest {
  return { limit: query.limit ?? DEFAULT_LIMIT, cursor: query.cursor ?? null };
}

export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() });
}

export function shownPage<From, To>(
  page: Page<From>,
  show: (item: From) => To,
): { items: To[]; next_cursor: string | null } {
  return { items: page.items.map(show), next_cursor: page.nextCursor };
}

/** A page of a list that is short by nature and therefore read whole; its cursor is a position. */
export function pageOfWhole<Item>(whole: readonly Item[], page: PageRequest): Page<Item> {
  const from = /^\d{1,9}$/.test(page.cursor ?? "") ? Number(page.cursor) : 0;
  const items = whole.slice(from, from + page.limit);
  return { items, nextCursor: from + items.length < whole.length ? String(from + items.length) : null };
}

/** A value as it was sent, short enough for a sentence. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
