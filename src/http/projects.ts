/** `/v1/projects`: who runs Rollcall makes a project for each team, and sees which there are. For the instance key alone. */
import { z } from "@hono/zod-openapi";
import { LIMITS } from "../domain/limits.ts";
import type { Project } from "../domain/project.ts";
import type { MadeProject, ProjectSummary } from "../engine/projects.ts";
import { instanceCall, type Call } from "./call.ts";
import { keyOut, shownKey } from "./keys.ts";
import { instant, instantOut, listOf, pageOf, pageQuery, shownPage } from "./schemas.ts";

const projectIn = z.strictObject({
  name: z.string().describe("As its keys and the paths of its check-ins call it; never changed afterwards."),
  title: z.string().nullish().describe("For people; the name, if left out."),
  partitions: z
    .number()
    .nullish()
    .openapi({
      example: 1,
      description: `Parts that its monitors are spread over in the scaled edition, 1 to ${LIMITS.partitionsPerProject}; 1, if left out, and never changed afterwards.`,
    }),
});

const instanceProject = {
  name: z.string(),
  title: z.string(),
  partitions: z.int(),
  created_at: instantOut,
};

const madeOut = z
  .object({
    ...instanceProject,
    admin_key: keyOut.openapi({ description: "Shown once." }),
    ping_key: keyOut,
    next: z.array(z.string()).openapi({ description: "What to do with them, step by step." }),
  })
  .openapi("MadeProject");

const listedOut = z
  .object({
    ...instanceProject,
    channels: z.int(),
    failing_channels: z.int().openapi({ description: "Of them, those that do not deliver." }),
    keys: z.int().openapi({ description: "Those that are good now." }),
  })
  .openapi("ListedProject");

function shownProject({ name, title, partitions, createdAt }: Project) {
  return { name, title, partitions: partitions ?? 1, created_at: instant(createdAt) };
}

function shownMade({ project, admin, ping }: MadeProject, url: string): z.input<typeof madeOut> {
  const first = `${url}/checkin/${ping.text ?? ""}/first-job?create=1&every=5m&signals=finish`;
  return {
    ...shownProject(project),
    admin_key: shownKey(admin),
    ping_key: shownKey(ping),
    next: [
      "Keep the admin key: it is shown this once.",
      `Check in for a first job: curl '${first}'`,
      `Say who is told: PUT ${url}/v1/channels/<name> with the admin key.`,
      `See what is watched: ${url}/ asks for the admin key.`,
    ],
  };
}

function shownListed(summary: ProjectSummary): z.input<typeof listedOut> {
  const { project, channels, failingChannels, keys } = summary;
  return { ...shownProject(project), channels, failing_channels: failingChannels, keys };
}

export const instanceCalls: readonly Call[] = [
  instanceCall({
    method: "post",
    path: "/v1/projects",
    about: "Makes a project with its first admin key and ping key. A name that is taken is a conflict.",
    body: projectIn,
    answer: madeOut,
    async handle({ parts, body, created }) {
      const { name, title = null, partitions = null } = body;
      const made = await parts.engine.createProject({ name, title, partitions });
      created();
      return shownMade(made, parts.publicUrl);
    },
  }),

  instanceCall({
    method: "get",
    path: "/v1/projects",
    about: "All projects, by name.",
    query: pageQuery,
    answer: listOf(listedOut),
    handle: async ({ parts, query }) =>
      shownPage(await parts.engine.listProjects({ page: pageOf(query) }), shownListed),
  }),
];
