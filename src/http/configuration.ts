/** `/v1/configuration`: a configuration file is planned and applied as one thing. */
import { z } from "@hono/zod-openapi";
import type { ChannelValue, HiddenChange, Step } from "../domain/configuration-plan.ts";
import { durationText } from "../domain/duration.ts";
import { invalid } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import { defaultSettings } from "../domain/monitor-settings.ts";
import type { MonitorSettings } from "../domain/monitor.ts";
import type { ConfigurationInput, PlannedConfiguration } from "../engine/configuration.ts";
import type { ProjectPatch } from "../engine/project.ts";
import { call, type Call } from "./call.ts";
import {
  configurationIn,
  configurationName,
  configuredOf,
  LATER_CONFIGURATION_FIELDS,
} from "./configuration-schema.ts";
import { shownSettings } from "./monitor-schema.ts";

const fileQuery = {
  file: configurationName
    .optional()
    .openapi({ description: "The name of its file: what it is called unless it names itself." }),
  prune: z
    .enum(["true", "false"])
    .optional()
    .openapi({ description: "Delete what is in the file no longer, instead of pausing and keeping it." }),
};

const stepOut = z.object({
  what: z.enum(["project", "contract", "channel", "monitor"]),
  name: z.string(),
  act: z.enum(["add", "change", "adopt", "return", "leave", "remove"]).openapi({
    description:
      "adopt: it was made by hand; return: it had left the file; leave: it is in the file no longer, so a monitor is paused and a channel kept.",
  }),
  changes: z
    .array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() }))
    .openapi({ description: "Of what is added: what differs from the defaults. Durations are text." }),
});

const planOut = z
  .object({
    configuration: z.string(),
    fingerprint: z
      .string()
      .openapi({ description: "Hand it in as `expect` to apply this plan and no other." }),
    steps: z.array(stepOut),
    unchanged: z.int(),
    kept: z
      .array(z.object({ what: z.string(), name: z.string() }))
      .openapi({ description: "What left the file earlier and is still there." }),
    warnings: z.array(z.object({ field: z.string(), message: z.string() })),
  })
  .openapi("ConfigurationPlan");

export const configurationCalls: readonly Call[] = [
  call({
    method: "post",
    path: "/v1/configuration/plan",
    access: "admin",
    about: "Says what applying this configuration would do, and changes nothing.",
    query: z.strictObject(fileQuery),
    body: configurationIn,
    later: LATER_CONFIGURATION_FIELDS,
    answer: planOut,
    handle: async ({ parts, project, query, body }) =>
      shownPlan(await parts.engine.planOfConfiguration({ project, ...givenOf(query, body) })),
  }),

  call({
    method: "post",
    path: "/v1/configuration/apply",
    access: "admin",
    about:
      "Applies this configuration and says what was done. With `expect`, only if that is still the plan; without, only if most of its monitors stay. Twice is harmless; one that stopped in the middle is finished by applying it again.",
    query: z.strictObject({ ...fileQuery, expect: z.string().optional() }),
    body: configurationIn,
    later: LATER_CONFIGURATION_FIELDS,
    answer: planOut,
    async handle({ parts, project, query, body, by }) {
      const expected = query.expect ?? null;
      const input = { project, ...givenOf(query, body), by, expected };
      return shownPlan(await parts.engine.applyConfiguration(input));
    },
  }),
];

function givenOf(
  query: { file?: string | undefined; prune?: "true" | "false" | undefined },
  body: z.output<typeof configurationIn>,
): Omit<ConfigurationInput, "project"> {
  const configuration = body.name ?? query.file;
  if (configuration === undefined) {
    throw invalid([{ field: "name", message: "is missing: name the configuration, or its file as ?file=" }]);
  }
  return { configuration, isPruning: query.prune === "true", configured: configuredOf(body) };
}

function shownPlan(plan: PlannedConfiguration): z.input<typeof planOut> {
  return {
    configuration: plan.configuration,
    fingerprint: plan.fingerprint,
    steps: plan.steps.map((step) => ({
      what: step.what,
      name: step.name,
      act: step.act,
      changes: changesOf(step),
    })),
    unchanged: plan.unchanged,
    kept: [...plan.kept],
    warnings: [...plan.warnings],
  };
}

interface FieldChange {
  field: string;
  from: unknown;
  to: unknown;
}

function changesOf(step: Step): FieldChange[] {
  if (step.after === null) return [];
  const [before, after] = shownSides(step);
  return [...differences(before, after), ...step.hidden.map(shownHidden)];
}

function shownSides(step: Step): [unknown, unknown] {
  switch (step.what) {
    case "project":
      return [shownProject(step.before), shownProject(step.after)];
    case "contract":
      return [step.before ?? {}, step.after ?? {}];
    case "channel":
      return [
        step.before === null
          ? { self_test_every: durationText(LIMITS.selfTestEveryMs) }
          : shownChannel(step.before),
        step.after === null ? {} : shownChannel(step.after),
      ];
    case "monitor":
      return [
        step.before === null ? shownDefaults(step.name) : shownMonitor(step.before),
        step.after === null ? {} : shownMonitor(step.after),
      ];
  }
}

function shownMonitor(settings: MonitorSettings) {
  return shownSettings(settings, durationText);
}

function shownDefaults(slug: string) {
  // Any schedule will do: there is no default one.
  const schedule = { kind: "every", everyMs: 0, from: "start" } as const;
  return { ...shownMonitor({ ...defaultSettings(slug), schedule }), schedule: {} };
}

function shownChannel({ kind, settings, selfTestEveryMs }: ChannelValue) {
  return {
    kind,
    settings,
    self_test_every: selfTestEveryMs === null ? null : durationText(selfTestEveryMs),
  };
}

function shownProject(patch: ProjectPatch | null) {
  const { title, operatorChannels, defaultChannels, accepts, targets } = patch ?? {};
  return {
    name: title,
    operator_channels: operatorChannels,
    default_channels: defaultChannels,
    accepts,
    targets,
  };
}

/** What is never shown is told of only as being there. */
function shownHidden({ field, wasSet, isSet }: HiddenChange): FieldChange {
  const to = wasSet ? "another" : "set";
  return { field, from: wasSet ? "set" : null, to: isSet ? to : null };
}

/** Field by field, `schedule.cron`; lists are compared as one value. */
function differences(before: unknown, after: unknown): FieldChange[] {
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  const names = [...new Set([...now.keys(), ...old.keys()])];
  return names
    .map((field) => ({ field, from: old.get(field) ?? null, to: now.get(field) ?? null }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
}

function fieldsOf(value: unknown, place = ""): Map<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return new Map([[place, value]]);
  return new Map(
    Object.entries(value).flatMap(([name, each]) => [
      ...fieldsOf(each, place === "" ? name : `${place}.${name}`),
    ]),
  );
}
