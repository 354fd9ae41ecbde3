/** `/v1/notifications`: messages with their attempts. */
import { z } from "@hono/zod-openapi";
import type { Notification } from "../domain/notification.ts";
import { call, type Call } from "./call.ts";
import { instant, instantOrNull, instantOut, listOf, pageOf, pageQuery, shownPage } from "./schemas.ts";

const notificationOut = z
  .object({
    id: z.string(),
    channel: z.string(),
    incident: z.string().nullable(),
    change: z.string(),
    title: z.string(),
    at: instantOut,
    status: z.string(),
    created_at: instantOut,
    not_before_at: instantOut,
    sent_at: instantOut.nullable(),
    digested: z.boolean(),
    attempts: z.array(z.object({ at: instantOut, sent: z.boolean(), code: z.string(), detail: z.string() })),
  })
  .openapi("Notification");

function shownNotification(notification: Notification): z.input<typeof notificationOut> {
  return {
    id: notification.id,
    channel: notification.channel,
    incident: notification.incidentId,
    change: notification.change,
    title: notification.title,
    at: instant(notification.at),
    status: notification.status,
    created_at: instant(notification.createdAt),
    not_before_at: instant(notification.notBeforeAt),
    sent_at: instantOrNull(notification.sentAt),
    digested: notification.isDigested,
    attempts: notification.attempts.map(({ at, isSent, code, detail }) => ({
      at: instant(at),
      sent: isSent,
      code,
      detail,
    })),
  };
}

export const notificationCalls: readonly Call[] = [
  call({
    method: "get",
    path: "/v1/notifications",
    access: "read",
    about: "Messages, oldest first; with `incident` those of that one.",
    query: pageQuery.extend({ incident: z.string().optional() }),
    answer: listOf(notificationOut),
    handle: async ({ parts, project, query }) =>
      shownPage(
        await parts.engine.listNotifications({
          project,
          incidentId: query.incident ?? null,
          page: pageOf(query),
        }),
        shownNotification,
      ),
  }),
];
