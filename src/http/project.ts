/** `/v1/project`: the caller's own project. */
import { z } from "@hono/zod-openapi";
import type { Project } from "../domain/project.ts";
import { call, type Call } from "./call.ts";
import { instant, instantOut } from "./schemas.ts";

const projectOut = z
  .object({
    slug: z.string(),
    name: z.string(),
    operator_channels: z.array(z.string()),
    default_channels: z.array(z.string()),
    created_at: instantOut,
  })
  .openapi("Project");

function shownProject(project: Project): z.input<typeof projectOut> {
  return {
    slug: project.name,
    name: project.title,
    operator_channels: [...project.operatorChannels],
    default_channels: [...project.defaultChannels],
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
    about: "Changes its name, the channels told about Rollcall itself, and those of monitors that name none.",
    body: z.strictObject({
      name: z.string().optional(),
      operator_channels: z.array(z.string()).optional(),
      default_channels: z.array(z.string()).optional(),
    }),
    answer: projectOut,
    async handle({ parts, project, body }) {
      const patch = {
        ...(body.name === undefined ? {} : { title: body.name }),
        ...(body.operator_channels === undefined ? {} : { operatorChannels: body.operator_channels }),
        ...(body.default_channels === undefined ? {} : { defaultChannels: body.default_channels }),
      };
      return shownProject(await parts.engine.patchProject({ project, patch }));
    },
  }),
];
