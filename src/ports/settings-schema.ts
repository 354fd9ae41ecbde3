/**
 * Settings schemas as plain data, a small subset of JSON Schema: from one of them come validation, form,
 * redaction of secrets and documentation.
 */
export interface SettingsField {
  type: "string" | "integer" | "boolean" | "strings";
  title: string;
  description: string;
  isRequired?: boolean;
  /** Sealed in the store, never read back. */
  isSecret?: boolean;
  /** Regular expression the text must match, and how to say so. */
  pattern?: { source: string; hint: string };
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  default?: string | number | boolean;
}

export interface SettingsSchema {
  fields: Readonly<Record<string, SettingsField>>;
  /** Groups of which exactly one must be present (a token with its channel, or a webhook URL). */
  oneOf?: readonly (readonly string[])[];
}
