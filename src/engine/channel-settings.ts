/**
 * A channel's settings against its schema: what a person sends is checked field by field, secrets are sealed for the
 * store, opened for sending, and never shown.
 */
import { type FieldProblem, invalid } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Vault } from "../ports/outside.ts";
import type { SettingsField, SettingsSchema } from "../ports/settings-schema.ts";

export type Settings = Readonly<Record<string, unknown>>;

/** What views show in place of a secret; written back it means "as it was". */
const SHOWN_SECRET = "set";

/**
 * The settings to keep, in clear. A secret that is left out is taken from `previous`; null removes it. Throws
 * `invalid_request` naming `settings.<field>`.
 */
export function readSettings(schema: SettingsSchema, input: Settings, previous: Settings | null): Settings {
  const problems: FieldProblem[] = [];
  for (const name of Object.keys(input)) {
    if (Object.hasOwn(schema.fields, name)) continue;
    const allowed = Object.keys(schema.fields).join(", ");
    problems.push({
      field: `settings.${name.slice(0, 120)}`,
      message: `is not a setting of this kind (${allowed})`,
    });
  }
  const settings: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema.fields)) {
    const value = valueOf({ name, field, schema, input, previous });
    if (value === null) {
      if (field.isRequired === true) problems.push({ field: `settings.${name}`, message: "is missing" });
      continue;
    }
    const message = problemOf(field, value);
    if (message === null) settings[name] = value;
    else problems.push({ field: `settings.${name}`, message });
  }
  problems.push(...groupProblems(schema, settings, problems));
  if (problems.length > 0) throw invalid(problems);
  return settings;
}

/** Left-out fields that have a default. */
export function withDefaults(schema: SettingsSchema, settings: Settings): Settings {
  const defaults = Object.entries(schema.fields).flatMap(([name, field]) =>
    field.default === undefined ? [] : [[name, field.default] as const],
  );
  return { ...Object.fromEntries(defaults), ...settings };
}

export function sealSettings(schema: SettingsSchema, settings: Settings, vault: Vault): Settings {
  return mapSecrets(schema, settings, (secret) => vault.seal(secret));
}

/** Null when a secret was sealed with another key file. */
export function openSettings(schema: SettingsSchema, sealed: Settings, vault: Vault): Settings | null {
  try {
    return mapSecrets(schema, sealed, (secret) => vault.open(secret));
  } catch {
    // The vault's error says no more than that, and callers say what to do about it.
    return null;
  }
}

/** For people: every field of the schema, secrets only as "set" or null. */
export function showSettings(schema: SettingsSchema, sealed: Settings): Settings {
  const shown = Object.keys(schema.fields).map((name) => [name, sealed[name] ?? null] as const);
  return mapSecrets(schema, Object.fromEntries(shown), () => SHOWN_SECRET);
}

function mapSecrets(schema: SettingsSchema, settings: Settings, map: (secret: string) => string): Settings {
  const entries = Object.entries(settings).map(([name, value]) => {
    const isSecret = schema.fields[name]?.isSecret === true && typeof value === "string";
    return [name, isSecret ? map(value) : value] as const;
  });
  return Object.fromEntries(entries);
}

interface Asked {
  name: string;
  field: SettingsField;
  schema: SettingsSchema;
  input: Settings;
  previous: Settings | null;
}

function valueOf({ name, field, schema, input, previous }: Asked): unknown {
  const given = Object.hasOwn(input, name) ? input[name] : undefined;
  const old = previous?.[name] ?? null;
  const isAsItWas = given === undefined || (given === SHOWN_SECRET && old !== null);
  if (field.isSecret !== true || !isAsItWas) return given === undefined || given === "" ? null : given;
  return given === undefined && isOutvoted(name, schema, input) ? null : old;
}

/** Somebody who now names the fields of another group means that one: the old secret goes. */
function isOutvoted(name: string, schema: SettingsSchema, input: Settings): boolean {
  const groups = schema.oneOf ?? [];
  const isNamed = (group: readonly string[]): boolean => group.some((each) => (input[each] ?? null) !== null);
  const own = groups.find((group) => group.includes(name));
  return own !== undefined && !isNamed(own) && groups.some((group) => group !== own && isNamed(group));
}

function problemOf(field: SettingsField, value: unknown): string | null {
  switch (field.type) {
    case "boolean":
      return typeof value === "boolean" ? null : "must be true or false";
    case "integer":
      return integerProblem(field, value);
    case "strings":
      return listProblem(field, value);
    case "string":
      return typeof value === "string" ? textProblem(field, value) : "must be text";
  }
}

function integerProblem(
  { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER }: SettingsField,
  value: unknown,
) {
  const isIn = Number.isSafeInteger(value) && Number(value) >= minimum && Number(value) <= maximum;
  return isIn ? null : `must be a whole number from ${minimum} to ${maximum}`;
}

function listProblem(field: SettingsField, value: unknown): string | null {
  const isList = Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string");
  if (!isList) return "must be a list of texts with at least one in it";
  if (value.length > LIMITS.listedTexts) return `must list at most ${LIMITS.listedTexts}`;
  for (const [index, each] of value.entries()) {
    const message = textProblem(field, each);
    if (message !== null) return `entry ${index + 1} ${message}`;
  }
  return null;
}

/** Values are not repeated in the message: they may be secrets. */
function textProblem({ maxLength, pattern, enum: allowed }: SettingsField, value: string): string | null {
  if (maxLength !== undefined && value.length > maxLength) return `must have at most ${maxLength} characters`;
  if (/\p{Cc}/u.test(value)) return "must have no line breaks or other control characters";
  if (allowed !== undefined && !allowed.includes(value)) return `must be one of ${allowed.join(", ")}`;
  if (pattern !== undefined && !new RegExp(pattern.source, "u").test(value)) return `must be ${pattern.hint}`;
  return null;
}

function groupProblems(
  schema: SettingsSchema,
  settings: Settings,
  found: readonly FieldProblem[],
): FieldProblem[] {
  const groups = schema.oneOf ?? [];
  if (groups.length === 0 || found.length > 0) return [];
  const begun = groups.filter((group) => group.some((name) => settings[name] !== undefined));
  const words = groups.map((group) => group.join(" and ")).join(", or ");
  const [only] = begun;
  if (only === undefined || begun.length > 1) {
    return [{ field: `settings.${groups[0]?.[0] ?? ""}`, message: `give either ${words}` }];
  }
  const missing = only.filter((name) => settings[name] === undefined);
  return missing.map((name) => ({ field: `settings.${name}`, message: `is missing: give either ${words}` }));
}
