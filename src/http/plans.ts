/** `/v1/maintenance`, which excuses windows, and `/v1/silences`, which only mute sending. */
import { z } from "@hono/zod-openapi";
import type { Plan } from "../domain/hearing.ts";
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

const planOut = z
  .object({
    id: z.string(),
    monitors: z.array(z.string()).nullable(),
    tags: z.array(z.string()).nullable(),
    from: instantOut,
    until: instantOut,
    reason: z.string(),
    created_at: instantOut,
  })
  .openapi("Plan");

const planIn = z.strictObject({
  monitors: z.array(z.string()).nullish(),
  tags: z.array(z.string()).nullish(),
  from: instantIn,
  until: instantIn,
  reason: z.string(),
});

function shownPlan(plan: Plan): z.input<typeof planOut> {
  return {
    id: plan.id,
    monitors: plan.monitors === null ? null : [...plan.monitors],
    tags: plan.tags === null ? null : [...plan.tags],
    from: instant(plan.fromAt),
    until: instant(plan.untilAt),
    reason: plan.reason,
    created_at: instant(plan.createdAt),
  };
}

function callsFor(kind: Plan["kind"], path: string, about: string): readonly Call[] {
  return [
    call({
      method: "get",
      path,
      access: "read",
      about: `${about}: those going on and to come.`,
      query: pageQuery,
      answer: listOf(planOut),
      handle: async ({ parts, project, query }) =>
        shownPage(pageOfWhole(await parts.engine.listPlans({ project, kind }), pageOf(query)), shownPlan),
    }),

    call({
      method: "post",
      path,
      access: "admin",
      about: `${about}: plans one, for monitors by slug or by tag.`,
      body: planIn,
      answer: planOut,
      async handle({ parts, project, body, created }) {
        const plan = await parts.engine.createPlan({
          project,
          kind,
          monitors: body.monitors ?? null,
          tags: body.tags ?? null,
          fromAt: body.from,
          untilAt: body.until,
          reason: body.reason,
        });
        created();
        return shownPlan(plan);
      },
    }),

    call({
      method: "delete",
      path: `${path}/{id}`,
      access: "admin",
      about: `${about}: calls one off. What was judged under it stays.`,
      answer: null,
      handle: async ({ parts, project, path: value }) => {
        await parts.engine.deletePlan({ project, kind, id: value("id") });
      },
    }),
  ];
}

export const planCalls: readonly Call[] = [
  ...callsFor("maintenance", "/v1/maintenance", "Maintenance, which excuses windows"),
  ...callsFor("silence", "/v1/silences", "Silences, which mute sending and judge as ever"),
];
