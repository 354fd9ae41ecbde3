/** `/v1/blind-spots`: when Rollcall itself could not hear. */
import { z } from "@hono/zod-openapi";
import type { BlindSpotView } from "../engine/blind-spots.ts";
import { call, type Call } from "./call.ts";
import {
  instant,
  instantOrNull,
  instantOut,
  listOf,
  pageOf,
  pageOfWhole,
  pageQuery,
  shownPage,
} from "./schemas.ts";
import { shownSpot, spotOut } from "./windows.ts";

const blindSpotOut = spotOut
  .extend({
    windows: z.array(
      z.object({
        monitor: z.string(),
        from: instantOut,
        to: instantOut,
        count: z.int(),
        next_expected_at: instantOut.nullable(),
      }),
    ),
  })
  .openapi("BlindSpot");

function shownBlindSpot({ spot, unknowns }: BlindSpotView): z.input<typeof blindSpotOut> {
  return {
    ...shownSpot(spot),
    windows: unknowns.map((each) => ({
      monitor: each.slug,
      from: instant(each.fromAt),
      to: instant(each.toAt),
      count: each.count,
      next_expected_at: instantOrNull(each.nextExpectedAt),
    })),
  };
}

export const blindSpotCalls: readonly Call[] = [
  call({
    method: "get",
    path: "/v1/blind-spots",
    access: "read",
    about: "Intervals without hearing, newest first, with the windows that were left unknown for them.",
    query: pageQuery,
    answer: listOf(blindSpotOut),
    handle: async ({ parts, project, query }) =>
      shownPage(pageOfWhole(await parts.engine.listBlindSpots({ project }), pageOf(query)), shownBlindSpot),
  }),
];
