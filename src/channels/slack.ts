/**
 * Slack: with a bot token, one message an incident that is edited to the present state, and a reply in its thread on
 * every change; with an incoming-webhook URL, one message a change.
 */
import { type FetchFunction, type Logger, LogLevel, WebClient } from "@slack/web-api";
import { LIMITS } from "../domain/limits.ts";
import type { ChannelKind, Message, SendResult } from "../ports/channel.ts";
import { type Outbound, OutboundError, type OutboundResponse } from "../ports/outbound.ts";
import { type Aftermath, type Failure, failure, outboundFailure, statusFailure } from "./failure.ts";
import { textSetting } from "./settings.ts";
import { headText, replyText } from "./slack-text.ts";

export const slack: ChannelKind = {
  kind: "slack",
  title: "Slack",
  settings: {
    fields: {
      bot_token: {
        type: "string",
        title: "Bot token",
        description: "Of a Slack app with the scope chat:write; the bot must be a member of the channel.",
        isSecret: true,
        pattern: { source: "^xox[a-z.]+-[A-Za-z0-9-]+$", hint: "a token that begins with xoxb-" },
        maxLength: 500,
      },
      channel: {
        type: "string",
        title: "Channel",
        description: "The channel's id (better, it survives renaming) or its name.",
        pattern: {
          source: "^[#A-Za-z0-9][^\\s<>]*$",
          hint: "a channel id like C0123456789, or a name like #alerts",
        },
        maxLength: 100,
      },
      api_url: {
        type: "string",
        title: "API address",
        description: "Only where Slack's API is reached under another address than https://slack.com/api/.",
        pattern: { source: "^https?://[^\\s]+$", hint: "a URL that begins with https:// or http://" },
        maxLength: 500,
      },
      webhook_url: {
        type: "string",
        title: "Incoming-webhook URL",
        description: "Instead of token and channel: simpler, but without threads and edits.",
        isSecret: true,
        pattern: { source: "^https?://[^\\s]+$", hint: "a URL like https://hooks.slack.com/services/…" },
        maxLength: 2_000,
      },
    },
    oneOf: [["bot_token", "channel"], ["webhook_url"]],
  },

  send(sending): Promise<SendResult> {
    const webhookUrl = textSetting(sending.settings, "webhook_url");
    return webhookUrl === null ? sendAsBot(sending) : sendByWebhook({ ...sending, webhookUrl });
  },
};

interface Thread {
  channel: string;
  ts: string;
}

interface Sending {
  message: Message;
  settings: Readonly<Record<string, unknown>>;
  thread: string | null;
  outbound: Outbound;
  nowAt: number;
}

async function sendAsBot({ message, settings, thread, outbound, nowAt }: Sending): Promise<SendResult> {
  const token = textSetting(settings, "bot_token") ?? "";
  const channel = textSetting(settings, "channel") ?? "";
  const client = clientOf({ token, apiUrl: textSetting(settings, "api_url"), outbound });
  const known = message.kind === "incident" ? readThread(thread) : null;
  try {
    if (known === null) return await postHead(client, channel, message);
    // The edit first: done twice it is harmless, so whatever fails here, a retry never replies twice.
    await editHead(client, known, message);
    const place = { channel: known.channel, thread_ts: known.ts };
    await client.apiCall("chat.postMessage", { ...place, ...replyText(message), ...common(message) });
    return { isSent: true, thread: null };
  } catch (error) {
    return botFailure(error, nowAt, { secrets: [token], thread });
  }
}

async function postHead(client: WebClient, channel: string, message: Message): Promise<SendResult> {
  const posted = await client.apiCall("chat.postMessage", {
    channel,
    ...headText(message),
    ...common(message),
  });
  const isRemembered = message.kind === "incident" && "channel" in posted && "ts" in posted;
  const thread = isRemembered ? JSON.stringify({ channel: posted.channel, ts: posted.ts }) : null;
  return { isSent: true, thread };
}

/** Without these the reply still says all there is to say. */
const EDIT_IMPOSSIBLE: ReadonlySet<string> = new Set([
  "message_not_found",
  "cant_update_message",
  "edit_window_closed",
  "thread_not_found",
]);

async function editHead(client: WebClient, head: Thread, message: Message): Promise<void> {
  try {
    await client.apiCall("chat.update", { channel: head.channel, ts: head.ts, ...headText(message) });
  } catch (error) {
    // Somebody deleted the head, or the workspace forbids edits.
    if (!EDIT_IMPOSSIBLE.has(platformCode(error) ?? "")) throw error;
  }
}

function common(message: Message) {
  return {
    unfurl_links: false,
    unfurl_media: false,
    metadata: {
      event_type: "rollcall_message",
      event_payload: { deduplication_key: message.deduplicationKey },
    },
  };
}

async function sendByWebhook(sending: Sending & { webhookUrl: string }): Promise<SendResult> {
  const { message, webhookUrl, thread, outbound, nowAt } = sending;
  const aftermath = { secrets: [webhookUrl], thread };
  try {
    const response = await outbound.request({
      url: webhookUrl,
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8", "user-agent": "Rollcall" },
      body: JSON.stringify({ ...headText(message), unfurl_links: false, unfurl_media: false }),
    });
    const isSent = response.status >= 200 && response.status < 300;
    return isSent ? { isSent, thread: null } : statusFailure(response, nowAt, aftermath);
  } catch (error) {
    if (error instanceof OutboundError) return outboundFailure(error, aftermath);
    throw error;
  }
}

/** Retries are the outbox's; the client's own would hide the time they take. */
function clientOf(options: { token: string; apiUrl: string | null; outbound: Outbound }): WebClient {
  return new WebClient(options.token, {
    ...(options.apiUrl === null ? {} : { slackApiUrl: options.apiUrl.replace(/\/*$/, "/") }),
    fetch: options.outbound.fetch as FetchFunction,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger: SILENT,
  });
}

const nothing = (): void => undefined;
const SILENT: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  setName: nothing,
  getLevel: () => LogLevel.ERROR,
};

function readThread(thread: string | null): Thread | null {
  if (thread === null || !thread.startsWith("{")) return null;
  const read: unknown = JSON.parse(thread);
  const { channel, ts } = read as Partial<Record<keyof Thread, unknown>>;
  return typeof channel === "string" && typeof ts === "string" ? { channel, ts } : null;
}

/** Errors of https://docs.slack.dev/reference/methods/chat.postMessage that stay until a person acts. */
const PERMANENT: ReadonlySet<string> = new Set([
  "invalid_auth",
  "not_authed",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "no_permission",
  "missing_scope",
  "not_allowed_token_type",
  "access_denied",
  "ekm_access_denied",
  "enterprise_is_restricted",
  "team_access_not_granted",
  "org_login_required",
  "two_factor_setup_required",
  "not_in_channel",
  "channel_not_found",
  "is_archived",
  "restricted_action",
  "restricted_action_read_only_channel",
  "restricted_action_non_threadable_channel",
  "restricted_action_thread_only_channel",
  "invalid_arguments",
  "invalid_blocks",
  "msg_too_long",
  "no_text",
]);

function botFailure(error: unknown, nowAt: number, aftermath: Aftermath): Failure {
  const original = error instanceof Error && "original" in error ? error.original : null;
  if (original instanceof OutboundError) return outboundFailure(original, aftermath);
  if (error instanceof Error && "retryAfter" in error && typeof error.retryAfter === "number") {
    return rateLimited(Math.min(error.retryAfter * 1_000, LIMITS.retryAfterLongestMs), aftermath);
  }
  const code = platformCode(error);
  if (code === "ratelimited" || code === "rate_limited") return rateLimited(null, aftermath);
  if (code !== null) {
    return failure({ code, detail: `Slack answered: ${code}.`, isPermanent: PERMANENT.has(code) }, aftermath);
  }
  const answer = httpAnswer(error);
  if (answer !== null) return statusFailure(answer, nowAt, aftermath);
  const said = error instanceof Error ? error.message : String(error);
  return failure(
    { code: "unexpected_answer", detail: `Slack's answer was not understood: ${said}`, isPermanent: false },
    aftermath,
  );
}

function rateLimited(retryAfterMs: number | null, aftermath: Aftermath): Failure {
  const detail = "Slack takes no more messages for a while.";
  return failure({ code: "rate_limited", detail, isPermanent: false, retryAfterMs }, aftermath);
}

/** An answer that did not come from Slack's API itself but from what stands before it. */
function httpAnswer(error: unknown): OutboundResponse | null {
  if (!(error instanceof Error) || !("statusCode" in error) || !("headers" in error)) return null;
  return { status: Number(error.statusCode), headers: error.headers as Record<string, string>, body: "" };
}

/** `{"ok": false, "error": "…"}` comes back with status 200. Text that is no error name is no answer of Slack's. */
function platformCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("data" in error)) return null;
  const { data } = error as { data: { error?: unknown } | null };
  return typeof data?.error === "string" && /^[a-z0-9_]{1,80}$/.test(data.error) ? data.error : null;
}
