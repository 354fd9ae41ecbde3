/**
 * Posts a message as JSON to a URL: a CloudEvent in structured form (https://cloudevents.io, 1.0), signed as
 * Standard Webhooks 1.0.0 says (https://www.standardwebhooks.com) where a secret is set.
 */
import { createHmac } from "node:crypto";
import type { Incident } from "../domain/incident.ts";
import { instantText } from "../domain/instant.ts";
import type { ChannelKind, Message, SendResult } from "../ports/channel.ts";
import { OutboundError } from "../ports/outbound.ts";
import { outboundFailure, statusFailure } from "./failure.ts";
import { textSetting } from "./settings.ts";

export const webhook: ChannelKind = {
  kind: "webhook",
  title: "Webhook",
  settings: {
    fields: {
      url: {
        type: "string",
        title: "URL",
        description: "Where messages are posted. Kept like a secret, because receivers put tokens into URLs.",
        isRequired: true,
        isSecret: true,
        pattern: { source: "^https?://[^\\s]+$", hint: "a URL that begins with https:// or http://" },
        maxLength: 2_000,
      },
      secret: {
        type: "string",
        title: "Signing secret",
        description: "Signs each message; without it messages are unsigned.",
        isSecret: true,
        pattern: {
          source: "^whsec_[A-Za-z0-9+/]{32,}={0,2}$",
          hint: "whsec_ and at least 24 bytes in base64, as made by: echo whsec_$(openssl rand -base64 32)",
        },
        maxLength: 200,
      },
    },
  },

  async send({ message, settings, thread, outbound, nowAt }): Promise<SendResult> {
    const url = textSetting(settings, "url") ?? "";
    const secret = textSetting(settings, "secret");
    const aftermath = { secrets: [url, ...(secret === null ? [] : [secret, secret.slice(6)])], thread };
    const body = JSON.stringify(eventOf(message));
    const timestamp = String(Math.floor(nowAt / 1_000));
    const headers: Record<string, string> = {
      // Not application/cloudevents+json: many a receiver's parser takes only this name for JSON.
      "content-type": "application/json",
      "user-agent": "Rollcall",
      "webhook-id": message.deduplicationKey,
      "webhook-timestamp": timestamp,
    };
    if (secret !== null) {
      headers["webhook-signature"] = signature(secret, `${message.deduplicationKey}.${timestamp}.${body}`);
    }
    try {
      const response = await outbound.request({ url, method: "POST", headers, body });
      const isSent = response.status >= 200 && response.status < 300;
      return isSent ? { isSent, thread: null } : statusFailure(response, nowAt, aftermath);
    } catch (error) {
      if (error instanceof OutboundError) return outboundFailure(error, aftermath);
      throw error;
    }
  },
};

/** `v1` is HMAC-SHA256 over id, time and body; the key is the base64 after `whsec_`. */
function signature(secret: string, signed: string): string {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  return `v1,${createHmac("sha256", key).update(signed, "utf8").digest("base64")}`;
}

function eventOf(message: Message): Record<string, unknown> {
  const latest = message.changes.at(-1);
  return {
    specversion: "1.0",
    id: message.deduplicationKey,
    source: `urn:rollcall:${message.project}`,
    type: `com.rollcall.incident.${message.kind === "incident" ? (latest?.change ?? "changed") : message.kind}`,
    subject: subjectOf(message),
    time: instantText(latest?.at ?? message.createdAt),
    datacontenttype: "application/json",
    data: {
      project: message.project,
      title: message.title,
      url: message.url,
      changes: message.changes.map(({ at, ...change }) => ({ ...change, at: instantText(at) })),
      result: message.result,
      monitor: message.monitor,
      incident: message.incident === null ? null : incidentBody(message.incident),
      digest:
        message.digest === null
          ? null
          : {
              count: message.digest.count,
              changes: message.digest.changes,
              titles: message.digest.titles,
              incident_ids: message.digest.incidentIds,
            },
    },
  };
}

function subjectOf(message: Message): string {
  if (message.monitor !== null) return message.monitor.slug;
  const subject = message.incident?.subject;
  if (subject?.type === "channel") return `channel/${subject.channel}`;
  if (subject?.type === "monitor") return subject.slug;
  return subject?.type === "service" ? "rollcall" : message.project;
}

/** As the management API names things; the timeline stays there. */
function incidentBody(incident: Incident): Record<string, unknown> {
  const instant = (at: number | null): string | null => (at === null ? null : instantText(at));
  return {
    id: incident.id,
    monitor: incident.subject.type === "monitor" ? incident.subject.slug : null,
    kind: incident.kind,
    phase: incident.phase,
    title: incident.title,
    status: incident.status,
    opened_at: instantText(incident.openedAt),
    detected_at: instantText(incident.detectedAt),
    resolved_at: instant(incident.resolvedAt),
    resolved_by: incident.resolvedBy,
    first_window: instant(incident.firstWindowAt),
    windows_lost: incident.windowsLost,
    last_good_at: instant(incident.lastGoodAt),
    last_verified_at: instant(incident.lastVerifiedAt),
    owner: incident.owner,
    evidence: incident.evidence,
  };
}
