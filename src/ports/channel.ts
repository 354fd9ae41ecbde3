/** A destination for messages: Slack, email, a webhook. One file each in `channels`, one line in its `all.ts`. */
import type { Incident, IncidentChange } from "../domain/incident.ts";
import type { ResultNotice } from "../domain/monitor.ts";
import type { Outbound } from "./outbound.ts";
import type { SettingsSchema } from "./settings-schema.ts";

/** One change told by a message. */
export interface ToldChange {
  change: IncidentChange | "result" | "test";
  /** The sentence that was true then. */
  title: string;
  at: number;
  ordinal: number;
}

/**
 * What a person is to be told, before any medium: all text is from outside and unescaped; each channel
 * escapes for its medium.
 */
export interface Message {
  kind: "incident" | "result" | "digest" | "test";
  project: string;
  /** Names incident, change and channel; stable over retries. */
  deduplicationKey: string;
  /** The present state in one sentence. */
  title: string;
  /** Oldest first; several when pending changes collapsed into this message. */
  changes: readonly ToldChange[];
  /** Of a result: what kind of good run it is. Null for all others. */
  result: ResultNotice | null;
  /** Null for results, digests and tests. */
  incident: Incident | null;
  /** The monitor's slug, name and time zone, for showing times; null for service and channel incidents. */
  monitor: { slug: string; name: string; timezone: string } | null;
  digest: {
    count: number;
    titles: readonly string[];
    incidentIds: readonly string[];
    changes: string;
  } | null;
  /** Where to look: a page of this Rollcall. */
  url: string | null;
  createdAt: number;
}

export type SendResult =
  | {
      isSent: true;
      /** What to remember of this incident on this channel; null: nothing new. */ thread: string | null;
    }
  | {
      isSent: false;
      /** `http_500`, `timeout`, `invalid_auth`, `address_refused` … */
      code: string;
      /** For the reader; no secret, no more than 300 characters. */
      detail: string;
      /** Trying again cannot help: a person must change something. */
      isPermanent: boolean;
      retryAfterMs: number | null;
      /** Kept even so: part of the message may have been sent. */
      thread: string | null;
    };

export interface ChannelKind {
  /** `slack`, `email`, `webhook`: the `kind` of the API. */
  kind: string;
  title: string;
  settings: SettingsSchema;
  /**
   * Sends one message, once, within the outbound guard's bounds; never throws for a trouble of the world.
   * Called again after a crash with the same `deduplicationKey`: at least once is allowed, so say the key.
   */
  send(sending: {
    message: Message;
    /** Opened: secrets in clear. */
    settings: Readonly<Record<string, unknown>>;
    thread: string | null;
    outbound: Outbound;
    nowAt: number;
  }): Promise<SendResult>;
}
