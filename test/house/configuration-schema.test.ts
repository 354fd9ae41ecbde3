/** The published JSON Schema is what the server reads configurations with, and says of files what the server says. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { allChannels } from "../../src/channels/all.ts";
import { configurationJsonSchema, readConfiguration } from "../../src/http/configuration-schema.ts";
import { readConfigurationText } from "../../src/system/configuration-file.ts";

const fileOf = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../config/${name}`, import.meta.url)), "utf8");
const published = JSON.parse(fileOf("rollcall.schema.json")) as object;
const validate = new Ajv({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  strictRequired: false,
}).compile(published);
const environment = { SLACK_BOT_TOKEN: "xoxb-1", SMTP_PASSWORD: "secret" };

/** As an editor sees it: references to the environment are not filled in. */
const documentOf = (text: string): unknown =>
  readConfigurationText(`${text.replaceAll("${", () => "$${")}\n`, { path: "rollcall.yaml", environment: {} })
    .document;

test("config/rollcall.schema.json is not stale: if this fails, run npm run schema", () => {
  expect(published).toEqual(JSON.parse(JSON.stringify(configurationJsonSchema(allChannels))));
});

test("the example is right by the schema and by the server", () => {
  const example = fileOf("rollcall.example.yaml");
  validate(documentOf(example));
  expect(validate.errors).toBeNull();
  const { document } = readConfigurationText(example, { path: "rollcall.yaml", environment });
  expect(readConfiguration(document, "rollcall.yaml").configured.monitors.size).toBe(3);
});

test.each([
  ["an unknown field", 'monitors: {a: {schedule: {cron: "0 2 * * *"}, gracee: 10m}}'],
  ["an unknown word", 'monitors: {a: {schedule: {cron: "0 2 * * *"}, overlap: never}}'],
  ["no monitors", "channels: {}"],
  ["a monitor without schedule", "monitors: {a: {grace: 10m}}"],
  ["a slug that is none", 'monitors: {Upper Case: {schedule: {cron: "0 2 * * *"}}}'],
  ["a field of another kind of channel", "{monitors: {}, channels: {a: {kind: slack, settings: {host: x}}}}"],
  ["a channel that is half there", "{monitors: {}, channels: {a: {kind: slack, settings: {channel: C1}}}}"],
])("%s is marked in the editor", (_what, text) => {
  expect(validate(documentOf(text))).toBe(false);
});
