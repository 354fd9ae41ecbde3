/** `/v1/incidents`: what a person is told, and what a person does about it. */
import { z } from "@hono/zod-openapi";
import type { Incident } from "../domain/incident.ts";
import { call, type Call } from "./call.ts";
import { instant, instantOrNull, instantOut, listOf, pageOf, pageQuery, shownPage } from "./schemas.ts";

const incidentOut = z
  .object({
    id: z.string(),
    subject: z.string().openapi({ description: "monitor, channel or service" }),
    monitor: z.string().nullable(),
    channel: z.string().nullable(),
    kind: z.string(),
    phase: z.string().nullable(),
    title: z.string(),
    status: z.enum(["open", "acknowledged", "resolved"]),
    opened_at: instantOut,
    detected_at: instantOut,
    resolved_at: instantOut.nullable(),
    resolved_by: z.string().nullable().openapi({ description: "evidence, person or deletion" }),
    first_window: instantOut.nullable(),
    latest_window: instantOut.nullable(),
    windows_lost: z.int(),
    last_success_at: instantOut.nullable(),
    last_verified_at: instantOut.nullable(),
    owner: z.string().nullable(),
    rejections: z.int(),
    evidence: z.object({
      expected: z.string(),
      came: z.string(),
      known: z.array(z.string()),
      unknown: z.array(z.string()),
      next: z.string(),
    }),
    timeline: z.array(
      z.object({ at: instantOut, what: z.string(), text: z.string(), by: z.string().nullable() }),
    ),
    timeline_cut: z.int(),
  })
  .openapi("Incident");

function shownIncident(incident: Incident): z.input<typeof incidentOut> {
  const { subject, evidence } = incident;
  return {
    id: incident.id,
    subject: subject.type,
    monitor: subject.type === "monitor" ? subject.slug : null,
    channel: subject.type === "channel" ? subject.channel : null,
    kind: incident.kind,
    phase: incident.phase,
    title: incident.title,
    status: incident.status,
    opened_at: instant(incident.openedAt),
    detected_at: instant(incident.detectedAt),
    resolved_at: instantOrNull(incident.resolvedAt),
    resolved_by: incident.resolvedBy,
    first_window: instantOrNull(incident.firstWindowAt),
    latest_window: instantOrNull(incident.latestWindowAt),
    windows_lost: incident.windowsLost,
    last_success_at: instantOrNull(incident.lastGoodAt),
    last_verified_at: instantOrNull(incident.lastVerifiedAt),
    owner: incident.owner,
    rejections: incident.rejections,
    evidence: { ...evidence, known: [...evidence.known], unknown: [...evidence.unknown] },
    timeline: incident.timeline.map(({ at, what, text, by }) => ({ at: instant(at), what, text, by })),
    timeline_cut: incident.timelineCut,
  };
}

const noteIn = z.strictObject({ note: z.string().max(2_000).nullish() });

export const incidentCalls: readonly Call[] = [
  call({
    method: "get",
    path: "/v1/incidents",
    access: "read",
    about: "Incidents, newest first.",
    query: pageQuery.extend({
      status: z.enum(["open", "acknowledged", "resolved"]).optional(),
      monitor: z.string().optional(),
    }),
    answer: listOf(incidentOut),
    async handle({ parts, project, query }) {
      const { status = null, monitor = null } = query;
      return shownPage(
        await parts.engine.listIncidents({ project, status, monitor, page: pageOf(query) }),
        shownIncident,
      );
    },
  }),

  call({
    method: "get",
    path: "/v1/incidents/{id}",
    access: "read",
    about: "One incident with its timeline.",
    answer: incidentOut,
    handle: async ({ parts, project, path }) =>
      shownIncident(await parts.engine.getIncident({ project, incidentId: path("id") })),
  }),

  call({
    method: "post",
    path: "/v1/incidents/{id}/acknowledge",
    access: "admin",
    about: "Says that somebody has it in hand.",
    body: noteIn,
    answer: incidentOut,
    async handle({ parts, project, path, body, by }) {
      const incidentId = path("id");
      await parts.engine.acknowledgeIncident({ project, incidentId, by, note: body.note ?? null });
      return shownIncident(await parts.engine.getIncident({ project, incidentId }));
    },
  }),

  call({
    method: "post",
    path: "/v1/incidents/{id}/resolve",
    access: "admin",
    about: "Closes it by hand, marked so. The next bad result opens a new one.",
    body: noteIn,
    answer: incidentOut,
    async handle({ parts, project, path, body, by }) {
      const incidentId = path("id");
      await parts.engine.resolveIncident({ project, incidentId, by, note: body.note ?? null });
      return shownIncident(await parts.engine.getIncident({ project, incidentId }));
    },
  }),

  call({
    method: "post",
    path: "/v1/incidents/{id}/comments",
    access: "admin",
    about: "Adds a remark to the timeline.",
    body: z.strictObject({ text: z.string().min(1).max(2_000) }),
    answer: incidentOut,
    async handle({ parts, project, path, body, by }) {
      const incidentId = path("id");
      await parts.engine.commentIncident({ project, incidentId, by, text: body.text });
      return shownIncident(await parts.engine.getIncident({ project, incidentId }));
    },
  }),
];
