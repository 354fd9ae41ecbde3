/**
 * A configuration file as a document: the same channels, monitors and project settings that the API takes one by
 * one, from the same definitions, read and published as JSON Schema.
 */
import { z } from "@hono/zod-openapi";
import type { Applying } from "../domain/configuration-plan.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Configured } from "../engine/configuration.ts";
import type { ChannelKind } from "../ports/channel.ts";
import type { SettingsField, SettingsSchema } from "../ports/settings-schema.ts";
import { readAs } from "./call.ts";
import { channelGivenOf, channelIn } from "./channels.ts";
import { contractIn, contractSaidOf } from "./contracts.ts";
import { LATER_FIELDS, monitorEditOf, monitorIn } from "./monitor-schema.ts";
import { projectIn, projectPatchOf } from "./project.ts";

export const configurationName = z.string().min(1).max(LIMITS.nameCharacters);

export const configurationIn = z
  .strictObject({
    $schema: z.string().optional().describe("Where this schema is, for editors."),
    name: configurationName
      .optional()
      .describe("What this configuration is called, wherever its file lies. Default: the file's own name."),
    project: projectIn.optional().describe("Settings of the project; what is left out stays as it is."),
    contracts: z
      .record(z.string(), contractIn)
      .optional()
      .describe("What check-ins may meet, by name. One that leaves the file stays."),
    channels: z.record(z.string(), channelIn).optional().describe("Where messages go, by name."),
    monitors: z
      .record(z.string(), monitorIn)
      .describe("The jobs that are watched, by slug. {} for none: a file that says nothing is refused."),
  })
  .openapi("Configuration");

export const LATER_CONFIGURATION_FIELDS = [
  "maintenance",
  "silences",
  ...LATER_FIELDS.map((field) => `monitors.*.${field}`),
];

/** The document as a whole; throws `invalid_request` naming every field at fault. */
export function readConfiguration(
  document: unknown,
  file: string,
): Pick<Applying, "configuration"> & { configured: Configured } {
  const root = "the configuration";
  const read = readAs(configurationIn, document, { root, later: LATER_CONFIGURATION_FIELDS });
  return { configuration: read.name ?? file, configured: configuredOf(read) };
}

export function configuredOf(read: z.output<typeof configurationIn>): Configured {
  return {
    project: read.project === undefined ? null : projectPatchOf(read.project),
    contracts: new Map(
      Object.entries(read.contracts ?? {}).map(([name, said]) => [name, contractSaidOf(said)] as const),
    ),
    channels: new Map(
      Object.entries(read.channels ?? {}).map(([name, channel]) => [name, channelGivenOf(channel)] as const),
    ),
    monitors: new Map(
      Object.entries(read.monitors).map(([slug, monitor]) => [slug, monitorEditOf(monitor)] as const),
    ),
  };
}

/** For editors: what the file may say, with the settings of each kind of channel. */
export function configurationJsonSchema(kinds: readonly ChannelKind[]): Record<string, unknown> {
  const schema = z.toJSONSchema(configurationIn, { io: "input", target: "draft-7" });
  const { properties } = schema as { properties: Record<string, object> };
  const { self_test_every } = z.toJSONSchema(channelIn, { io: "input", target: "draft-7" }).properties ?? {};
  const names = { propertyNames: { pattern: "^[a-z0-9][a-z0-9_-]{0,99}$" } };
  const channels = {
    ...properties["channels"],
    ...names,
    additionalProperties: { oneOf: kinds.map((kind) => channelOf(kind, { self_test_every })) },
  };
  return {
    ...schema,
    title: "Rollcall configuration",
    properties: {
      ...properties,
      contracts: { ...properties["contracts"], ...names },
      channels,
      monitors: { ...properties["monitors"], ...names },
    },
  };
}

function channelOf({ kind, title, settings }: ChannelKind, ofEveryKind: object) {
  return {
    title,
    type: "object",
    properties: { kind: { const: kind }, settings: settingsOf(settings), ...ofEveryKind },
    required: ["kind", "settings"],
    additionalProperties: false,
  };
}

function settingsOf({ fields, oneOf }: SettingsSchema) {
  const required = Object.keys(fields).filter((name) => fields[name]?.isRequired === true);
  const entries = Object.entries(fields).map(([name, field]) => [name, valueOf(field)] as const);
  return {
    type: "object",
    properties: Object.fromEntries(entries),
    required,
    additionalProperties: false,
    ...(oneOf === undefined ? {} : { oneOf: oneOf.map((group) => ({ required: group })) }),
  };
}

/** Texts may be taken from the environment, so what they must look like holds for the others only. */
function valueOf(field: SettingsField): object {
  const { title, description, enum: allowed, pattern, minimum, maximum, maxLength } = field;
  const about = { title, description, ...(field.default === undefined ? {} : { default: field.default }) };
  if (field.type === "boolean") return { ...about, type: "boolean" };
  if (field.type === "integer") return { ...about, type: "integer", minimum, maximum };
  const text = {
    type: "string",
    ...(allowed === undefined ? {} : { enum: allowed }),
    ...(pattern === undefined ? {} : { pattern: pattern.source }),
    ...(maxLength === undefined ? {} : { maxLength }),
  };
  const given = { anyOf: [text, { type: "string", pattern: "\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}" }] };
  if (field.type === "strings") {
    return { ...about, type: "array", items: given, minItems: 1, maxItems: LIMITS.listedTexts };
  }
  const hint =
    field.isSecret === true ? " A secret: refer to a variable of the environment, as ${NAME}." : "";
  return { ...about, description: `${description}${hint}`, ...given };
}
