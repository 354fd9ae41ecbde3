/** OpenTelemetry traces as a way to check in: what a batch of spans says of runs, and how an exporter is answered. */
import type { CheckInKind } from "../domain/check-in.ts";
import type { OutcomePart } from "../domain/outcome/outcome.ts";

/** A wire form; the answer has the form of the request. */
export type TraceForm = "json" | "protobuf";

/** One check-in that spans of a run amount to. */
export interface TracedCheckIn {
  kind: Extract<CheckInKind, "step" | "progress" | "success" | "fail">;
  /** When the spans say that it happened. */
  occurredAt: number | null;
  durationMs: number | null;
  /** Why the run failed, in the words of its root span; empty where nothing was said. */
  body: string;
  outcome: OutcomePart;
  notes: readonly string[];
  /** Only a share of such traces is sent. */
  isSampled: boolean;
  /** The same spans told again give the same text: exporters repeat a batch whose answer was lost. */
  sameAs: string;
}

/** All that a batch says of one run of one monitor. */
export interface TracedRun {
  /** The monitor named, as a slug; empty where none is named. */
  slug: string;
  /** The trace's id in lower-case hex. */
  runId: string;
  spans: number;
  /** In the order in which they happened; at least one. */
  checkIns: readonly TracedCheckIn[];
}

export interface TraceReading {
  runs: readonly TracedRun[];
  /** Spans that could not be taken, counted by the reason, in words. */
  refused: ReadonlyMap<string, number>;
  /** What the sender should know though nothing was refused. */
  warnings: readonly string[];
}

export interface TraceAnswer {
  contentType: string;
  body: Uint8Array<ArrayBuffer>;
}

export interface TraceDialect {
  name: string;
  paths: readonly string[];
  /** By the value of `Content-Type`; null for anything else. */
  formOf(contentType: string): TraceForm | null;
  /** Throws `invalid_request` that says why for what cannot be decoded. */
  read(form: TraceForm, body: Uint8Array): TraceReading;
  /** `told`: what was refused of it, or a warning; null when all was taken. */
  accepted(form: TraceForm, told: { rejectedSpans: number; message: string } | null): TraceAnswer;
  /** `status`: that of the HTTP answer. */
  refused(form: TraceForm, error: { status: number; message: string }): TraceAnswer;
}
