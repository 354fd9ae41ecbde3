/** What the outside face is handed by an edition: the engine, who may speak to it, and the small things around. */
import type { Context, Hono } from "hono";
import type { Engine } from "../engine/engine.ts";
import type { Dialect } from "../ports/dialect.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Clock, Log, Vault } from "../ports/outside.ts";
import type { TraceDialect } from "../ports/traces.ts";
import type { Trust } from "../ports/trust.ts";

/** Calls `act` once after `delayMs`, unless what is given back is called before. */
export type After = (delayMs: number, act: () => void) => () => void;

/** A request's headers and body, as the platform holds them or as the standard `Request` does. */
export interface Wire {
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  /** Null: there is none. */
  body: BodyReader | null;
}

/** The part of the standard `ReadableStreamDefaultReader` that reading a body needs. */
export interface BodyReader {
  /** The next piece; rejects when the sender broke off. */
  read(): Promise<{ done: false; value: Uint8Array } | { done: true; value?: undefined }>;
  /** Nothing more is wanted. */
  cancel(): Promise<void>;
}

/** What an edition knows of its own process, beside what the engine finds in the store. */
export interface Condition {
  /** One sentence for each thing that keeps it from doing its work. */
  problems: readonly string[];
  /** What whoever runs it should know, although it works. */
  notes: readonly string[];
}

export interface HttpParts {
  engine: Engine;
  dialects: readonly Dialect[];
  traces: TraceDialect;
  trust: Trust;
  /** The dashboard; null: none is served. */
  pages: ((parts: HttpParts) => Hono) | null;
  clock: Clock;
  log: Log;
  vault: Vault;
  metrics: Metrics;
  after: After;
  /** A check-in that is not decided by then is to come again. Absent: whoever sent it waits as long as it takes. */
  answersWithinMs?: number;
  /** Absent: nothing is known but what the engine finds. */
  condition?: () => Promise<Condition>;
  /** Where jobs and people reach this Rollcall, without a trailing slash. */
  publicUrl: string;
  /** The address of the socket's other end: each platform keeps it elsewhere. */
  peerOf: (context: Context) => string;
  /** Where the platform gives it with less work than a whole standard `Request` is. */
  wireOf?: (context: Context) => Wire;
}
