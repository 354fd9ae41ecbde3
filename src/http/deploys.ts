/** `/v1/deploys`: markers that something was deployed, told by CI with the ping key it has. */
import { z } from "@hono/zod-openapi";
import type { Deploy } from "../domain/trust/guarded-route.ts";
import { call, type Call } from "./call.ts";
import {
  instant,
  instantIn,
  instantOut,
  listOf,
  pageOf,
  pageOfWhole,
  pageQuery,
  shownPage,
} from "./schemas.ts";

const deployOut = z.object({ commit: z.string(), at: instantOut, by: z.string() }).openapi("Deploy");

function shownDeploy({ commit, at, by }: Deploy): z.input<typeof deployOut> {
  return { commit, at: instant(at), by };
}

export const deployCalls: readonly Call[] = [
  call({
    method: "get",
    path: "/v1/deploys",
    access: "read",
    about: "The latest deploys that were told, the last one first.",
    query: pageQuery,
    answer: listOf(deployOut),
    handle: async ({ parts, project, query }) =>
      shownPage(pageOfWhole(await parts.engine.listDeploys({ project }), pageOf(query)), shownDeploy),
  }),

  call({
    method: "post",
    path: "/v1/deploys",
    access: "ping",
    about: "Tells a deploy: what was verified before it is stale, and an incident after it names it.",
    body: z.strictObject({
      commit: z.string().openapi({ description: "What was deployed: a commit, a tag, a build." }),
      at: instantIn.nullish().openapi({ description: "When; now, if not said." }),
    }),
    answer: deployOut,
    async handle({ parts, project, body, by, created }) {
      const { commit, at = null } = body;
      created();
      return shownDeploy(await parts.engine.noteDeploy({ project, commit, at, by }));
    },
  }),
];
