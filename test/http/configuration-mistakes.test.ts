/** One mistake anywhere in a configuration changes nothing, and every one is named with its field. */
import { beforeEach, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { createFace, type Answer, type Face } from "./face.ts";

let face: Face;
beforeEach(async () => {
  face = await createFace();
});

const nightly = { schedule: { cron: "0 2 * * *", timezone: "Europe/Berlin" }, grace: "10m" };
const hourly = { schedule: { every: "1h" } };
const both = {
  channels: { "on-call": { kind: "webhook", settings: { url: "https://hooks.example.org/one" } } },
  monitors: { nightly, hourly },
};

const FILE = "file=rollcall.yaml";
const plan = (body: object, query = FILE) => face.api("POST", `/v1/configuration/plan?${query}`, { body });
const apply = (body: object) => face.api("POST", `/v1/configuration/apply?${FILE}`, { body });
const problems = ({ json }: Answer): string[] =>
  json.problems.map((each: { field: string; message: string }) => `${each.field}: ${each.message}`);

test("every field at fault is named, with what was meant", async () => {
  const refused = await apply({
    ...both,
    project: { default_channels: ["nobody"] },
    monitors: {
      nightly: { ...nightly, overlapp: "warn" },
      hourly: { ...hourly, grace: "soon" },
    },
    chanels: {},
  });
  expect(refused.status).toBe(400);
  expect(problems(refused)).toEqual(
    expect.arrayContaining([
      "chanels: is not a known field: did you mean channels?",
      "monitors.nightly.overlapp: is not a known field: did you mean overlap?",
      expect.stringContaining('monitors.hourly.grace: "soon" is not a duration'),
    ]),
  );
  expect((await face.api("GET", "/v1/channels")).json.items).toEqual([]);
});

test("what only the whole can tell: schedules, channels, slugs, UUIDs, kinds and their settings", async () => {
  const ping_uuid = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278";
  const refused = await apply({
    project: { default_channels: ["nobody"] },
    channels: {
      sms: { kind: "sms", settings: {} },
      hook: { kind: "webhook", settings: { url: "nowhere", colour: "red" } },
    },
    monitors: {
      Upper: nightly,
      bad: { schedule: { cron: "61 * * * *" } },
      lost: { ...nightly, channels: [{ name: "nobody" }] },
      one: { ...nightly, ping_uuid },
      two: { ...nightly, ping_uuid },
      none: { grace: "1m", schedule: {} },
    },
  });
  const told = problems(refused);
  for (const place of [
    "project.default_channels[0]",
    "channels.sms.kind",
    "channels.hook.settings.url",
    "channels.hook.settings.colour",
    "monitors.Upper",
    "monitors.bad.schedule.cron[0]",
    "monitors.lost.channels[0].name",
    "monitors.two.ping_uuid",
    "monitors.none.schedule",
  ]) {
    expect(
      told.some((each) => each.startsWith(`${place}: `) || each.startsWith(`${place}.`)),
      place,
    ).toBe(true);
  }
  expect((await face.api("GET", "/v1/monitors")).json.items).toEqual([]);
});

test.each([
  ["nothing", {}, "monitors: is missing"],
  ["monitors cut off", { monitors: null }, "monitors: null is not of the type object"],
  ["a list", { monitors: [] }, "monitors: a list is not of the type object"],
  [
    "a later field",
    { monitors: { a: { ...nightly, calendar: [] } } },
    "monitors.a.calendar: is not supported yet",
  ],
  ["maintenance", { monitors: {}, maintenance: [] }, "maintenance: is not supported yet"],
])("%s", async (_what, document, sentence) => {
  const refused = await apply(document);
  expect(refused.status).toBe(400);
  expect(problems(refused).join("\n")).toContain(sentence);
});

test("more monitors than one file may have", async () => {
  const slugs = Array.from({ length: LIMITS.configurationMonitors + 1 }, (_each, index) => `m${index}`);
  const monitors = (count: number) => Object.fromEntries(slugs.slice(0, count).map((slug) => [slug, hourly]));
  expect((await plan({ monitors: monitors(LIMITS.configurationMonitors) })).status).toBe(200);
  expect(problems(await plan({ monitors: monitors(slugs.length) }))).toEqual([
    "monitors: has 5001; 5000 are allowed in one file",
  ]);
});

test("a secret in the wrong place is not repeated", async () => {
  for (const channels of [{ ops: "xoxb-secret" }, { ops: { kind: "slack", settings: "xoxb-secret" } }]) {
    const refused = await apply({ channels, monitors: {} });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.json)).not.toContain("xoxb");
  }
});

test("a key that only reads, and a configuration without a name", async () => {
  const read = await face.api("POST", `/v1/configuration/plan?${FILE}`, {
    body: both,
    key: face.keys.read,
  });
  expect(read.status).toBe(403);
  expect(problems(await plan(both, ""))[0]).toContain("name the configuration");
});
