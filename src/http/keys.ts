/** `/v1/keys`: who may check in, look and change. */
import { z } from "@hono/zod-openapi";
import type { KeyView } from "../engine/keys.ts";
import { call, type Call } from "./call.ts";
import {
  durationIn,
  instant,
  instantOrNull,
  instantOut,
  listOf,
  pageOf,
  pageOfWhole,
  pageQuery,
  shownPage,
} from "./schemas.ts";

const kinds = z.enum(["admin", "read", "ping"]);

export const keyOut = z
  .object({
    id: z.string(),
    kind: kinds,
    label: z.string(),
    key: z
      .string()
      .optional()
      .openapi({ description: "The whole key: shown once; of ping keys to an admin always." }),
    monitors: z.array(z.string()).nullable(),
    created_at: instantOut,
    expires_at: instantOut.nullable(),
    revoked_at: instantOut.nullable(),
    replaced_by: z.string().nullable(),
  })
  .openapi("Key");

export function shownKey({ key, text }: KeyView): z.input<typeof keyOut> {
  return {
    id: key.id,
    kind: key.kind,
    label: key.label,
    ...(text === null ? {} : { key: text }),
    monitors: key.monitors === null ? null : [...key.monitors],
    created_at: instant(key.createdAt),
    expires_at: instantOrNull(key.expiresAt),
    revoked_at: instantOrNull(key.revokedAt),
    replaced_by: key.replacedBy,
  };
}

export const keyCalls: readonly Call[] = [
  call({
    method: "get",
    path: "/v1/keys",
    access: "read",
    about: "All keys, newest first. Ping keys are shown to an admin key.",
    query: pageQuery,
    answer: listOf(keyOut),
    async handle({ parts, project, query, identity }) {
      const keys = await parts.engine.listKeys({ project, isAdmin: identity.kind === "admin" });
      return shownPage(pageOfWhole(keys, pageOf(query)), shownKey);
    },
  }),

  call({
    method: "post",
    path: "/v1/keys",
    access: "admin",
    about: "Makes a key. `monitors` limits a ping key to these slugs.",
    body: z.strictObject({
      kind: kinds,
      label: z.string().optional(),
      monitors: z.array(z.string()).nullish(),
    }),
    answer: keyOut,
    async handle({ parts, project, body, created }) {
      const { kind, label = "", monitors = null } = body;
      const made = await parts.engine.createKey({ project, kind, label, monitors });
      created();
      return shownKey(made);
    },
  }),

  call({
    method: "post",
    path: "/v1/keys/{id}/rotate",
    access: "admin",
    about: "Makes a key in place of this one, which stays good for `overlap` (a day, if not said).",
    body: z.strictObject({ overlap: durationIn.nullish() }),
    answer: keyOut,
    async handle({ parts, project, path, body, created }) {
      const made = await parts.engine.rotateKey({ project, id: path("id"), overlapMs: body.overlap ?? null });
      created();
      return shownKey(made);
    },
  }),

  call({
    method: "post",
    path: "/v1/keys/{id}/revoke",
    access: "admin",
    about: "Ends a key at once and for good.",
    answer: keyOut,
    handle: async ({ parts, project, path }) =>
      shownKey(await parts.engine.revokeKey({ project, id: path("id") })),
  }),
];
