/** The Slack channel: the channel contract as bot and by webhook, one message an incident, its thread and its edits. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { slack } from "../../src/channels/slack.ts";
import type { Message } from "../../src/ports/channel.ts";
import { createOutbound } from "../../src/system/outbound.ts";
import { channelContract, type ChannelReceiver } from "../contracts/channel.ts";
import { AT, incident, message, told } from "../makers-message.ts";
import { answering, hanging, startHttpReceiver, type Answer } from "../stubs/http-receiver.ts";
import { slackError, startSlackApi, type SlackApi, type SlackMessage } from "../stubs/slack-api.ts";

const TOKEN = ["xoxb", "0001", "verysecrettoken"].join("-");
const CHANNEL = { id: "C0123456789", name: "alerts" };
const WEBHOOK_PATH = "/services/T0/B0/webhooksecret";
const outbound = createOutbound({ allow: ["127.0.0.1"], timeoutMs: 2_000 });

/** As a reader sees it: escapes undone, mentions and links only where Slack would make them. */
function read(markup: string): string {
  const unescaped = JSON.parse(`"${markup.replace(/^.*?"text":"|"\}\}\]$/g, "")}"`) as string;
  return unescaped.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function textOf(blocks: string): string {
  const sections = JSON.parse(blocks) as { text: { text: string } }[];
  expect(sections.length).toBeLessThanOrEqual(50);
  return sections
    .map(({ text: { text } }) => {
      expect(text.length).toBeLessThanOrEqual(3_000);
      expectHarmless(text);
      return read(JSON.stringify(text).slice(1, -1));
    })
    .join("\n");
}

/** The only markup left is the link of our own. */
function expectHarmless(markup: string): void {
  expect(markup.replace(/^<https:\/\/rollcall\.example\.org\/\|Open in Rollcall>$/, "")).not.toMatch(/[<>]/);
  expect(markup).not.toMatch(/@(here|channel|everyone)/i);
  expect(markup).not.toMatch(/&(?!amp;|lt;|gt;)/);
}

function seenOf(sent: SlackMessage[]) {
  return sent.map(({ text, blocks, metadata }) => {
    expect(text.length).toBeLessThanOrEqual(4_000);
    expectHarmless(text.replace("https://rollcall.example.org/", ""));
    const { event_payload: payload } = JSON.parse(metadata) as {
      event_payload: { deduplication_key: string };
    };
    return { text: textOf(blocks), raw: blocks, key: payload.deduplication_key };
  });
}

const API_TROUBLES: Record<string, Answer> = {
  ...Object.fromEntries(
    [
      "invalid_auth",
      "account_inactive",
      "token_revoked",
      "not_in_channel",
      "channel_not_found",
      "is_archived",
    ]
      .concat(["internal_error", "service_unavailable", "a_new_error"])
      .map((error) => [error, slackError(error)]),
  ),
  "429 with seconds": answering({ status: 429, headers: { "retry-after": "30" } }),
  "429 without": answering({ status: 429 }),
  "200 ratelimited": slackError("ratelimited"),
  "503 before the API": answering({ status: 503, headers: { "retry-after": "7" }, body: TOKEN }),
  "302": answering({ status: 302, headers: { location: `/${TOKEN}` } }),
  "no JSON": answering({ status: 200, body: `<html>${TOKEN}</html>` }),
  hang: hanging,
};

describe("as bot", () => {
  channelContract({
    kind: slack,
    async start(): Promise<ChannelReceiver> {
      const api = await startSlackApi({ token: TOKEN, channel: CHANNEL });
      return {
        settings: { bot_token: TOKEN, channel: CHANNEL.id, api_url: api.apiUrl },
        secrets: [TOKEN],
        seen: () => seenOf(api.messages),
        trouble(name) {
          api.interfere = { method: "chat.postMessage", answer: API_TROUBLES[name] ?? hanging };
        },
        close: () => api.close(),
      };
    },
    troubles: {
      invalid_auth: { code: "invalid_auth", isPermanent: true },
      account_inactive: { code: "account_inactive", isPermanent: true },
      token_revoked: { code: "token_revoked", isPermanent: true },
      not_in_channel: { code: "not_in_channel", isPermanent: true },
      channel_not_found: { code: "channel_not_found", isPermanent: true },
      is_archived: { code: "is_archived", isPermanent: true },
      internal_error: { code: "internal_error", isPermanent: false },
      service_unavailable: { code: "service_unavailable", isPermanent: false },
      a_new_error: { code: "a_new_error", isPermanent: false },
      "429 with seconds": { code: "rate_limited", isPermanent: false, retryAfterMs: 30_000 },
      "429 without": { isPermanent: false },
      "200 ratelimited": { code: "rate_limited", isPermanent: false },
      "503 before the API": { code: "http_503", isPermanent: false, retryAfterMs: 7_000 },
      "302": { isPermanent: false },
      "no JSON": { isPermanent: false },
    },
  });
});

const WEBHOOK_TROUBLES: Record<string, Answer> = {
  ...Object.fromEntries(
    [400, 403, 404, 410, 500].map((status) => [String(status), answering({ status, body: WEBHOOK_PATH })]),
  ),
  "429": answering({ status: 429, headers: { "retry-after": "5" } }),
  hang: hanging,
};

describe("by incoming webhook", () => {
  channelContract({
    kind: slack,
    async start(): Promise<ChannelReceiver> {
      const receiver = await startHttpReceiver(answering({ status: 200, body: "ok" }));
      return {
        settings: { webhook_url: `${receiver.url}${WEBHOOK_PATH}` },
        secrets: ["webhooksecret", WEBHOOK_PATH],
        seen: () =>
          receiver.received.map(({ body }) => {
            const { text, blocks } = JSON.parse(body) as { text: string; blocks: unknown };
            expectHarmless(text.replace("https://rollcall.example.org/", ""));
            // An incoming webhook takes no metadata: the sentence is all a reader can tell a repetition by.
            return { text: textOf(JSON.stringify(blocks)), raw: body, key: text };
          }),
        trouble(name) {
          receiver.answer = WEBHOOK_TROUBLES[name] ?? hanging;
        },
        close: () => receiver.close(),
      };
    },
    troubles: {
      "400": { code: "http_400", isPermanent: false },
      "403": { code: "http_403", isPermanent: true },
      "404": { code: "http_404", isPermanent: true },
      "410": { code: "http_410", isPermanent: true },
      "429": { code: "http_429", isPermanent: false, retryAfterMs: 5_000 },
      "500": { code: "http_500", isPermanent: false },
    },
  });
});

describe("one message an incident", () => {
  let api: SlackApi;
  beforeEach(async () => {
    api = await startSlackApi({ token: TOKEN, channel: CHANNEL });
  });
  afterEach(() => api.close());

  const send = (given: Message, thread: string | null, channel = CHANNEL.id) => {
    const settings = { bot_token: TOKEN, channel, api_url: api.apiUrl };
    return slack.send({ message: given, settings, thread, outbound, nowAt: AT });
  };
  const acknowledged = message({
    incident: incident({ status: "acknowledged", owner: "mira" }),
    changes: [told("acknowledged", { title: "acknowledged by mira" })],
  });
  const resolved = message({
    incident: incident({ status: "resolved", resolvedAt: AT + 60_000, resolvedBy: "evidence" }),
    changes: [told("resolved", { title: "nightly-backup ran well" })],
  });

  test("the first change posts a message and remembers channel id and time stamp, also of a channel named", async () => {
    const result = await send(message(), null, "#alerts");
    expect(result).toEqual({
      isSent: true,
      thread: JSON.stringify({ channel: CHANNEL.id, ts: api.messages[0]?.ts }),
    });
    expect(api.messages).toMatchObject([{ threadTs: null, edits: [] }]);
  });

  test("each later change edits that message to the present state and replies in its thread", async () => {
    const first = await send(message(), null);
    const thread = first.isSent ? first.thread : null;
    expect(await send(acknowledged, thread)).toEqual({ isSent: true, thread: null });
    expect(await send(resolved, thread)).toEqual({ isSent: true, thread: null });
    const [head, ...replies] = api.messages;
    expect(head?.text).toMatch(/^Resolved: /);
    expect(head?.edits).toHaveLength(2);
    expect(head?.edits[1]).toMatch(/^Acknowledged: /);
    expect(replies.map(({ threadTs }) => threadTs)).toEqual([head?.ts, head?.ts]);
    expect(replies[0]?.blocks).toContain("acknowledged by mira");
    expect(replies[1]?.blocks).toContain("nightly-backup ran well");
  });

  test("a reply that fails after the edit is sent once by the retry", async () => {
    const first = await send(message(), null);
    const thread = first.isSent ? first.thread : null;
    api.interfere = { method: "chat.postMessage", answer: slackError("internal_error") };
    expect(await send(resolved, thread)).toMatchObject({ isSent: false, isPermanent: false, thread });
    api.interfere = null;
    expect(await send(resolved, thread)).toMatchObject({ isSent: true });
    expect(api.messages).toHaveLength(2);
  });

  test("an edit that fails for now fails the message before anything was posted", async () => {
    const first = await send(message(), null);
    api.interfere = { method: "chat.update", answer: slackError("internal_error") };
    expect(await send(resolved, first.isSent ? first.thread : null)).toMatchObject({
      code: "internal_error",
    });
    expect(api.messages).toHaveLength(1);
  });

  test("a head that may not be edited any more does not keep the reply from being posted", async () => {
    const first = await send(message(), null);
    api.interfere = { method: "chat.update", answer: slackError("edit_window_closed") };
    expect(await send(resolved, first.isSent ? first.thread : null)).toMatchObject({ isSent: true });
    expect(api.messages).toHaveLength(2);
  });

  test("a wrong token is told as Slack tells it, and the token is not", async () => {
    const settings = { bot_token: "xoxb-wrong", channel: CHANNEL.id, api_url: api.apiUrl };
    const result = await slack.send({ message: message(), settings, thread: null, outbound, nowAt: AT });
    expect(result).toMatchObject({
      isSent: false,
      code: "invalid_auth",
      detail: "Slack answered: invalid_auth.",
    });
  });
});
