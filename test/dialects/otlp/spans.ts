/** Spans as the official SDK holds them when it hands them to an exporter, and what is read of batches of them. */
import { SpanKind, SpanStatusCode, type Attributes } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { expect } from "vitest";
import { otlp } from "../../../src/dialects/otlp/otlp.ts";
import type { TracedRun, TraceReading } from "../../../src/ports/traces.ts";
import { START } from "../../makers.ts";

export const TRACE = "5b8efff798038103d269b633813fc60c";
export const ROOT = "eee19b7ec3c1b174";

export interface Told {
  traceId?: string;
  spanId?: string;
  parentId?: string;
  isParentRemote?: boolean;
  name?: string;
  kind?: SpanKind;
  startedAt?: number;
  endedAt?: number;
  attributes?: Attributes;
  events?: readonly { name: string; attributes: Attributes }[];
  status?: { code: SpanStatusCode; message?: string };
  resource?: Attributes;
  scope?: string;
}

export function readableSpan(told: Told = {}): ReadableSpan {
  const {
    traceId = TRACE,
    spanId = ROOT,
    parentId,
    isParentRemote,
    startedAt = 0,
    endedAt = startedAt,
  } = told;
  const context = (id: string) => ({ traceId, spanId: id, traceFlags: 1 });
  return {
    name: told.name ?? "span",
    kind: told.kind ?? SpanKind.INTERNAL,
    spanContext: () => context(spanId),
    ...(parentId === undefined
      ? {}
      : { parentSpanContext: { ...context(parentId), isRemote: isParentRemote ?? false } }),
    startTime: hrTime(startedAt),
    endTime: hrTime(endedAt),
    status: told.status ?? { code: SpanStatusCode.UNSET },
    attributes: told.attributes ?? {},
    links: [],
    events: (told.events ?? []).map((event) => ({ ...event, time: hrTime(endedAt) })),
    duration: hrTime(endedAt - startedAt),
    ended: true,
    resource: resourceFromAttributes(told.resource ?? { "service.name": "lead-agent" }),
    instrumentationScope: { name: told.scope ?? "test" },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(at: number): [number, number] {
  return [Math.floor(at / 1_000), (at % 1_000) * 1_000_000];
}

export const ERROR = { code: SpanStatusCode.ERROR, message: "it broke" };

export function read(...spans: Told[]): TraceReading {
  return otlp.read("json", JsonTraceSerializer.serializeRequest(spans.map(readableSpan)) ?? new Uint8Array());
}
export function runOf(...spans: Told[]): TracedRun {
  const { runs } = read(...spans);
  expect(runs).toHaveLength(1);
  return runs[0] as TracedRun;
}
/** A span inside the root, which is `id` seconds behind the beginning and one second long. */
export function child(id: number, more: Told = {}): Told {
  const startedAt = START + id * 1_000;
  const spanId = id.toString(16).padStart(16, "0");
  return { spanId, parentId: ROOT, name: `step-${id}`, startedAt, endedAt: startedAt + 1_000, ...more };
}
export function root(more: Told = {}): Told {
  return { spanId: ROOT, name: "run", startedAt: START, endedAt: START + 60_000, ...more };
}
