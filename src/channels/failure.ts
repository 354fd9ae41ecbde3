/**
 * What it means when a message could not be sent: whether trying again can help, when, and a sentence that holds no
 * secret. All channels judge answers by this one table.
 */
import { LIMITS } from "../domain/limits.ts";
import type { SendResult } from "../ports/channel.ts";
import type { OutboundError, OutboundResponse } from "../ports/outbound.ts";

export type Failure = Extract<SendResult, { isSent: false }>;

/** What a failure may not repeat, and what is remembered in spite of it. */
export interface Aftermath {
  secrets: readonly string[];
  thread: string | null;
}

const DETAIL_CHARACTERS = 300;
/** Answers that stay as they are until a person changes something. */
const PERMANENT_STATUSES: ReadonlySet<number> = new Set([401, 403, 404, 410]);

export function failure(
  what: { code: string; detail: string; isPermanent: boolean; retryAfterMs?: number | null },
  aftermath: Aftermath,
): Failure {
  return {
    isSent: false,
    code: what.code,
    detail: withoutSecrets(what.detail, aftermath.secrets).slice(0, DETAIL_CHARACTERS),
    isPermanent: what.isPermanent,
    retryAfterMs: what.retryAfterMs ?? null,
    thread: aftermath.thread,
  };
}

/** A trouble on the way: only a refused address needs a person, everything else may pass. */
export function outboundFailure(error: OutboundError, aftermath: Aftermath): Failure {
  const isPermanent = error.code === "address_refused";
  return failure({ code: error.code, detail: error.message, isPermanent }, aftermath);
}

/** An answer that is not 2xx. */
export function statusFailure(response: OutboundResponse, nowAt: number, aftermath: Aftermath): Failure {
  const { status, body } = response;
  const isRedirect = status >= 300 && status < 400;
  const said = isRedirect ? "redirects are not followed" : body.replace(/\s+/g, " ").trim();
  return failure(
    {
      code: `http_${status}`,
      detail: said === "" ? `The receiver answered ${status}.` : `The receiver answered ${status}: ${said}`,
      isPermanent: PERMANENT_STATUSES.has(status),
      retryAfterMs: retryAfterMs(response.headers["retry-after"], nowAt),
    },
    aftermath,
  );
}

/** `Retry-After` is a number of seconds or an HTTP date (RFC 9110, 10.2.3). Null when it is neither. */
export function retryAfterMs(header: string | undefined, nowAt: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return bounded(Number(text) * 1_000);
  const at = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : bounded(at - nowAt);
}

function bounded(delayMs: number): number {
  return Math.min(Math.max(0, delayMs), LIMITS.retryAfterLongestMs);
}

/** Receivers like to repeat what they were sent; a secret in their answer must not reach our log. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  let rest = text;
  for (const secret of secrets.flatMap(formsOf)) rest = rest.replaceAll(secret, "[secret]");
  return rest;
}

/** As it is, and as logins and URLs write it. Very short ones are no secrets and would only garble the sentence. */
function formsOf(secret: string): string[] {
  if (secret.length < 4) return [];
  const base64 = Buffer.from(secret, "utf8").toString("base64");
  const path = URL.canParse(secret)
    ? [new URL(secret).pathname + new URL(secret).search, new URL(secret).pathname]
    : [];
  const forms = [secret, ...path, base64, base64.replace(/=+$/, ""), encodeURIComponent(secret)];
  return forms.filter((form) => form.length >= 4);
}
