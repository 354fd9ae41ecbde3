/**
 * Slack's Web API as far as Rollcall uses it, on loopback. It is strict where Slack is: token, channel, thread and
 * the message to edit must be right, or the answer is Slack's own error.
 */
import type { ServerResponse } from "node:http";
import { answering, startHttpReceiver, type Answer, type Received } from "./http-receiver.ts";

export interface SlackMessage {
  channel: string;
  ts: string;
  threadTs: string | null;
  text: string;
  blocks: string;
  metadata: string;
  /** Texts before each edit, oldest first. */
  edits: string[];
}

export interface SlackApi {
  apiUrl: string;
  messages: SlackMessage[];
  calls: string[];
  /** The next call of the method gets this instead; null ends it. */
  interfere: { method: string; answer: Answer } | null;
  close(): Promise<void>;
}

export async function startSlackApi(options: {
  token: string;
  channel: { id: string; name: string };
}): Promise<SlackApi> {
  const receiver = await startHttpReceiver((received, response) => {
    const method = received.path.replace(/^\/api\//, "");
    api.calls.push(method);
    if (api.interfere?.method === method) return api.interfere.answer(received, response);
    reply(response, answerOf(method, received));
  });
  const api: SlackApi = {
    apiUrl: `${receiver.url}/api/`,
    messages: [],
    calls: [],
    interfere: null,
    close: () => receiver.close(),
  };

  function answerOf(method: string, received: Received): Record<string, unknown> {
    if (received.headers["authorization"] !== `Bearer ${options.token}`) return refused("invalid_auth");
    const given = new URLSearchParams(received.body);
    if (method === "auth.test") return { ok: true, team: "Stub", user: "rollcall" };
    const channel = given.get("channel") ?? "";
    if (channel !== options.channel.id && channel !== `#${options.channel.name}`)
      return refused("channel_not_found");
    if (method === "chat.postMessage") return post(given);
    return method === "chat.update" ? update(given) : refused("unknown_method");
  }

  function post(given: URLSearchParams): Record<string, unknown> {
    const threadTs = given.get("thread_ts");
    if (threadTs !== null && !api.messages.some(({ ts }) => ts === threadTs))
      return refused("thread_not_found");
    const ts = `1700000000.${String(api.messages.length + 1).padStart(6, "0")}`;
    api.messages.push({ channel: options.channel.id, ts, threadTs, ...contentOf(given), edits: [] });
    return { ok: true, channel: options.channel.id, ts };
  }

  function update(given: URLSearchParams): Record<string, unknown> {
    const found = api.messages.find(({ ts }) => ts === given.get("ts"));
    // Slack edits by the channel's id only; a name is not found.
    if (found === undefined || given.get("channel") !== found.channel) return refused("message_not_found");
    found.edits.push(found.text);
    Object.assign(found, contentOf(given));
    return { ok: true, channel: found.channel, ts: found.ts };
  }

  return api;
}

export const slackError = (error: string): Answer =>
  answering({
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(refused(error)),
  });

function contentOf(given: URLSearchParams): Pick<SlackMessage, "text" | "blocks" | "metadata"> {
  return {
    text: given.get("text") ?? "",
    blocks: given.get("blocks") ?? "",
    metadata: given.get("metadata") ?? "",
  };
}

function refused(error: string): Record<string, unknown> {
  return { ok: false, error };
}

function reply(response: ServerResponse, body: Record<string, unknown>): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
