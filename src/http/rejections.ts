/** `/v1/rejections`: check-ins refused at the boundary. */
import { z } from "@hono/zod-openapi";
import type { Rejection } from "../ports/records.ts";
import { call, type Call } from "./call.ts";
import { instant, instantOut, listOf, pageOf, pageQuery, shownPage } from "./schemas.ts";

export const rejectionOut = z
  .object({
    id: z.string(),
    monitor: z.string().nullable().openapi({ description: "The name as sent; null when there was none." }),
    monitor_known: z.boolean(),
    reason: z.string(),
    count: z.int(),
    first_at: instantOut,
    last_at: instantOut,
    address_prefix: z.string(),
    header_names: z.array(z.string()),
    expected: z.string(),
    seen: z.string(),
  })
  .openapi("Rejection");

export function shownRejection(rejection: Rejection): z.input<typeof rejectionOut> {
  return {
    id: rejection.id,
    monitor: rejection.slug,
    monitor_known: rejection.monitorId !== null,
    reason: rejection.reason,
    count: rejection.count,
    first_at: instant(rejection.firstAt),
    last_at: instant(rejection.lastAt),
    address_prefix: rejection.addressPrefix,
    header_names: [...rejection.headerNames],
    expected: rejection.expected,
    seen: rejection.seen,
  };
}

export const rejectionCalls: readonly Call[] = [
  call({
    method: "get",
    path: "/v1/rejections",
    access: "read",
    about: "Refused check-ins, folded by monitor, reason and address; the last seen first.",
    query: pageQuery,
    answer: listOf(rejectionOut),
    handle: async ({ parts, project, query }) =>
      shownPage(await parts.engine.listRejections({ project, page: pageOf(query) }), shownRejection),
  }),
];
