/** `/v1/project`: the caller's own project. */
import { z } from "@hono/zod-openapi";
import type { Project } from "../domain/project.ts";
import { ACCEPTED_BY_DEFAULT } from "../domain/trust/contract.ts";
import type { ProjectPatch } from "../engine/project.ts";
import { call, type Call } from "./call.ts";
import { instant, instantOut } from "./schemas.ts";

export const projectIn = z.strictObject({
  name: z.string().optional().describe("For people."),
  operator_channels: z
    .array(z.string())
    .optional()
    .describe("Told about Rollcall itself: when it could not hear, and channels that fail."),
  default_channels: z
    .array(z.string())
    .optional()
    .describe("Told about monitors that name no channels of their own."),
  accepts: z
    .array(z.string())
    .nullish()
    .describe("Contracts that check-ins may meet where a monitor names none; key and ping_url if left out."),
  targets: z
    .array(z.string())
    .optional()
    .describe("Origins whose routes may be verified from here, like https://app.example.com."),
});

/** Fields that were not sent are left out: they stay as they were. */
export function projectPatchOf(sent: z.output<typeof projectIn>): ProjectPatch {
  return {
    ...(sent.name === undefined ? {} : { title: sent.name }),
    ...(sent.operator_channels === undefined ? {} : { operatorChannels: sent.operator_channels }),
    ...(sent.default_channels === undefined ? {} : { defaultChannels: sent.default_channels }),
    ...(sent.accepts === undefined ? {} : { accepts: sent.accepts }),
    ...(sent.targets === undefined ? {} : { targets: sent.targets }),
  };
}

const projectOut = z
  .object({
    slug: z.string(),
    name: z.string(),
    operator_channels: z.array(z.string()),
    default_channels: z.array(z.string()),
    accepts: z.array(z.string()),
    targets: z.array(z.string()),
    created_at: instantOut,
  })
  .openapi("Project");

function shownProject(project: Project): z.input<typeof projectOut> {
  return {
    slug: project.name,
    name: project.title,
    operator_channels: [...project.operatorChannels],
    default_channels: [...project.defaultChannels],
    accepts: [...(project.accepts ?? ACCEPTED_BY_DEFAULT)],
    targets: [...(project.targets ?? [])],
    created_at: instant(project.createdAt),
  };
}

export const projectCalls: readonly Call[] = [
  call({
    method: "get",
    path: "/v1/project",
    access: "read",
    about: "The project of this key.",
    answer: projectOut,
    handle: async ({ parts, project }) => shownProject(await parts.engine.getProject({ project })),
  }),

  call({
    method: "patch",
    path: "/v1/project",
    access: "admin",
    about: "Changes its name, who is told, what its check-ins may meet, and what may be verified from it.",
    body: projectIn,
    answer: projectOut,
    async handle({ parts, project, body }) {
      return shownProject(await parts.engine.patchProject({ project, patch: projectPatchOf(body) }));
    },
  }),
];
