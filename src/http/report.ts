/** `/v1/report`: reconciliation of what was expected with what came. */
import { z } from "@hono/zod-openapi";
import type { Counts } from "../engine/report.ts";
import { call, type Call } from "./call.ts";
import { instant, instantIn, instantOut, pageOf, pageQuery } from "./schemas.ts";

const countsOut = z.object({
  expected: z.int(),
  on_time: z.int(),
  late: z.int(),
  verified: z.int().openapi({ description: "Of those on time or late: their checks bear them out." }),
  reported_only: z.int().openapi({
    description: "Of those on time or late: that they did their work is their own word.",
  }),
  missing: z.int(),
  incomplete: z.int(),
  failed: z.int(),
  unverified: z.int(),
  unknown: z.int(),
  excused: z.int(),
  open: z.int().openapi({ description: "Expected and not judged yet." }),
  unaccounted: z
    .int()
    .openapi({ description: "Expected, and the ledger has no row: a hole. It should be 0." }),
  extra: z.int(),
  rejected: z.int(),
  revised: z.int(),
});

const reportOut = z
  .object({
    from: instantOut,
    to: instantOut,
    items: z.array(
      countsOut.extend({
        monitor: z.string(),
        unaccounted_at: z.array(instantOut),
        by_day: z
          .boolean()
          .openapi({ description: "Counts of whole days, for what lies beyond the history kept." }),
      }),
    ),
    total: countsOut,
    next_cursor: z.string().nullable(),
  })
  .openapi("Report");

export const reportCalls: readonly Call[] = [
  call({
    method: "get",
    path: "/v1/report",
    access: "read",
    about: "Expected against actual, by monitor; the last seven days, if not said otherwise.",
    query: pageQuery.extend({ from: instantIn.optional(), to: instantIn.optional() }),
    answer: reportOut,
    async handle({ parts, project, query }) {
      const report = await parts.engine.report({
        project,
        fromAt: query.from ?? null,
        toAt: query.to ?? null,
        page: pageOf({ limit: 200, ...query }),
      });
      return {
        from: instant(report.fromAt),
        to: instant(report.toAt),
        items: report.lines.map(({ monitor, counts, unaccountedAt, isByDay }) => ({
          monitor,
          ...shownCounts(counts),
          unaccounted_at: unaccountedAt.map(instant),
          by_day: isByDay,
        })),
        total: shownCounts(report.total),
        next_cursor: report.nextCursor,
      };
    },
  }),
];

function shownCounts(counts: Counts): z.input<typeof countsOut> {
  return { ...counts };
}
