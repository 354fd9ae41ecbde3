/** `/v1/rejections`: check-ins and calls refused at the boundary; those of no monitor are the project's inbox. */
import { z } from "@hono/zod-openapi";
import { invalid } from "../domain/errors.ts";
import type { RejectionsOf, RejectionView } from "../engine/list-rejections.ts";
import { call, type Call } from "./call.ts";
import { instant, instantOut, listOf, pageOf, pageQuery, shownPage } from "./schemas.ts";

export const rejectionOut = z
  .object({
    id: z.string(),
    monitor: z.string().nullable().openapi({ description: "The name as sent; null when there was none." }),
    monitor_known: z.boolean(),
    did_you_mean: z
      .string()
      .nullable()
      .openapi({ description: "The monitor whose name is nearest to one that no monitor has." }),
    route: z
      .string()
      .nullable()
      .openapi({ description: "Your own route whose guard refused the call; null: a check-in was refused." }),
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

export function shownRejection({ rejection, didYouMean }: RejectionView): z.input<typeof rejectionOut> {
  return {
    id: rejection.id,
    monitor: rejection.slug,
    monitor_known: rejection.monitorId !== null,
    did_you_mean: didYouMean,
    route: rejection.route ?? null,
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

const query = pageQuery.extend({
  monitor: z.string().optional().openapi({ description: "Only those of this monitor." }),
  inbox: z.enum(["true"]).optional().openapi({ description: "Only those of no monitor." }),
});

export const rejectionCalls: readonly Call[] = [
  call({
    method: "get",
    path: "/v1/rejections",
    access: "read",
    about: "Refused check-ins and calls, folded by monitor, reason, address and route; the last seen first.",
    query,
    answer: listOf(rejectionOut),
    handle: async ({ parts, project, query: asked }) =>
      shownPage(
        await parts.engine.listRejections({ project, of: wantedOf(asked), page: pageOf(asked) }),
        shownRejection,
      ),
  }),

  call({
    method: "post",
    path: "/v1/rejections/{id}/claim",
    access: "admin",
    about:
      "Binds an entry of the inbox to the monitor it was meant for; an open incident of it learns of that.",
    body: z.strictObject({ monitor: z.string() }),
    answer: rejectionOut,
    async handle({ parts, project, path, body }) {
      const rejection = await parts.engine.claimRejection({ project, id: path("id"), slug: body.monitor });
      return shownRejection({ rejection, didYouMean: null });
    },
  }),
];

function wantedOf({ monitor, inbox }: z.output<typeof query>): RejectionsOf | null {
  if (monitor === undefined) return inbox === undefined ? null : "inbox";
  if (inbox === undefined) return { monitor };
  throw invalid([{ field: "inbox", message: "holds what belongs to no monitor: leave it or `monitor` out" }]);
}
