/**
 * What an exporter sent, whatever its wire form: spans with what Rollcall looks at, within the limits. Each reader
 * hands its raw spans to `gather`, so that both forms mean the same.
 */
import { LIMITS } from "../../domain/limits.ts";
import { cut } from "./attributes.ts";

/** Null: bytes, an empty value, or one that lies too deep. */
export type AnyValue = null | string | number | boolean | readonly AnyValue[] | ReadonlyMap<string, AnyValue>;
export type Attributes = ReadonlyMap<string, AnyValue>;

export interface SpanEvent {
  name: string;
  attributes: Attributes;
}

export interface Span {
  /** Lower-case hex. */
  traceId: string;
  spanId: string;
  /** Null: the trace begins with it. */
  parentId: string | null;
  /** Its parent is known to be in another process. */
  isParentRemote: boolean;
  traceState: string;
  name: string;
  /** As the protocol numbers them: 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  startedAt: number | null;
  endedAt: number | null;
  attributes: Attributes;
  events: readonly SpanEvent[];
  /** 0 unset, 1 ok, 2 error. */
  statusCode: number;
  statusMessage: string;
  /** What is said of the whole process. */
  resource: Attributes;
  /** The library that made the span. */
  scope: string;
}

/** As read: ids unchecked, instants in nanoseconds. */
export interface RawSpan extends Omit<
  Span,
  "parentId" | "isParentRemote" | "startedAt" | "endedAt" | "resource" | "scope"
> {
  parentSpanId: string;
  flags: number;
  startNano: bigint;
  endNano: bigint;
}

export interface TraceBatch {
  spans: Span[];
  /** How many could not be taken, by the reason. */
  refused: Map<string, number>;
}

const PARENT_IS_REMOTE = 0x300;
const NANOS_A_MS = 1_000_000n;

export function emptyBatch(): TraceBatch {
  return { spans: [], refused: new Map() };
}

/** Asked before a span is read: what lies beyond the limit is counted and costs nothing more. */
export function hasRoom(batch: TraceBatch): boolean {
  if (batch.spans.length < LIMITS.spansPerBatch) return true;
  refuse(batch, `a batch has at most ${LIMITS.spansPerBatch} spans: send smaller ones`);
  return false;
}

export function refuse(batch: Pick<TraceBatch, "refused">, reason: string, spans = 1): void {
  batch.refused.set(reason, (batch.refused.get(reason) ?? 0) + spans);
}

export function gather(batch: TraceBatch, raw: RawSpan, of: { resource: Attributes; scope: string }): void {
  const traceId = raw.traceId.toLowerCase();
  const spanId = raw.spanId.toLowerCase();
  const parentSpanId = raw.parentSpanId.toLowerCase();
  if (!isId(traceId, 32)) return refuse(batch, "traceId is not 32 hexadecimal digits, or all of them are 0");
  if (!isId(spanId, 16)) return refuse(batch, "spanId is not 16 hexadecimal digits, or all of them are 0");
  batch.spans.push({
    traceId,
    spanId,
    parentId: isId(parentSpanId, 16) ? parentSpanId : null,
    isParentRemote: (raw.flags & PARENT_IS_REMOTE) === PARENT_IS_REMOTE,
    traceState: cut(raw.traceState),
    name: cut(raw.name),
    kind: raw.kind,
    startedAt: instantOf(raw.startNano),
    endedAt: instantOf(raw.endNano),
    attributes: raw.attributes,
    events: raw.events,
    statusCode: raw.statusCode,
    statusMessage: cut(raw.statusMessage),
    ...of,
  });
}

function isId(text: string, digits: number): boolean {
  return text.length === digits && /^[0-9a-f]+$/.test(text) && !/^0+$/.test(text);
}

/** Null where nothing was said, or no instant that a calendar knows. */
function instantOf(nanos: bigint): number | null {
  const at = Number(nanos / NANOS_A_MS);
  return at > 0 && at <= 8.64e15 ? at : null;
}
