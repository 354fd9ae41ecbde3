/** `remind_every` from the API to the channels, over the whole edition: as long as nobody cares, and no longer. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FastEdition, PING_KEY, startFastEdition } from "../dev/fast-edition.ts";
import { until } from "../e2e/waiting.ts";
import { answering, type HttpReceiver, startHttpReceiver } from "../stubs/http-receiver.ts";
import { type SlackApi, startSlackApi } from "../stubs/slack-api.ts";

const MINUTE = 60_000;
/** A machine that tests much lets the fast clock wait. */
const SLOW = { withinMs: 50_000 };

let edition: FastEdition;
let hook: HttpReceiver;
let slack: SlackApi;

beforeAll(async () => {
  hook = await startHttpReceiver(answering({ status: 204 }));
  slack = await startSlackApi({ token: "xoxb-reminders", channel: { id: "C0OPS", name: "ops" } });
  edition = await startFastEdition({ port: 0, speed: 100 });
  const { channels } = edition.client;
  await channels.put("hook", { kind: "webhook", settings: { url: hook.url } });
  await channels.put("slack", {
    kind: "slack",
    settings: { bot_token: "xoxb-reminders", channel: "#ops", api_url: slack.apiUrl },
  });
});
afterAll(async () => {
  await edition.stop();
  await Promise.all([hook.close(), slack.close()]);
});

/** Expected once a day, the first time in a minute; nobody runs it. */
async function putForgotten(slug: string): Promise<void> {
  const at = new Date(edition.clock.now() + 2 * MINUTE);
  await edition.client.monitors.put(slug, {
    schedule: { cron: `${at.getUTCMinutes()} ${at.getUTCHours()} * * *` },
    grace: "10s",
    channels: [
      { name: "hook", remind_every: "5m" },
      { name: "slack", remind_every: "10m" },
    ],
  });
}

/** What the webhook was told about it: `opened`, `reminder` … */
function toldOf(slug: string): string[] {
  return hook.received
    .map(({ body }) => JSON.parse(body) as { subject: string; data: { changes: { change: string }[] } })
    .filter(({ subject }) => subject === slug)
    .flatMap(({ data }) => data.changes.map(({ change }) => change));
}

async function passed(ms: number): Promise<void> {
  const endsAt = edition.clock.now() + ms;
  await until("the time on the fast clock", () => edition.clock.now() > endsAt, SLOW);
}

test.concurrent(
  "each channel is reminded in its own time until a good run ends it",
  { timeout: 120_000 },
  async () => {
    await putForgotten("forgotten");
    await until("two reminders", () => toldOf("forgotten").length === 3, SLOW);
    expect(toldOf("forgotten")).toEqual(["opened", "reminder", "reminder"]);
    const inThread = await until(
      "a reminder in Slack",
      () => slack.messages.find(({ threadTs, text }) => threadTs !== null && text.includes("Reminder 1")),
      SLOW,
    );
    const head = slack.messages.find(({ ts }) => ts === inThread.threadTs);
    expect(head?.text).toContain("forgotten: expected");

    await fetch(`${edition.url}/checkin/${PING_KEY}/forgotten`, { method: "POST" });
    await until("the end", () => toldOf("forgotten").includes("resolved"));
    const told = toldOf("forgotten");
    expect(told.at(-1)).toBe("resolved");
    await passed(12 * MINUTE);
    expect(toldOf("forgotten")).toEqual(told);
  },
);

test.concurrent("nobody is reminded of what somebody has taken", { timeout: 120_000 }, async () => {
  await putForgotten("taken");
  await until("an incident", () => toldOf("taken").includes("opened"));
  const [incident] = (await edition.client.incidents.list({ monitor: "taken" })).items;
  await edition.client.incidents.acknowledge(incident?.id ?? "", { note: "on it" });
  await until("a word of it", () => toldOf("taken").includes("acknowledged"));
  await passed(12 * MINUTE);
  expect(toldOf("taken").filter((change) => change === "reminder")).toEqual([]);
});
