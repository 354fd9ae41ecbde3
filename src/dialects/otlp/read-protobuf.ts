/**
 * `ExportTraceServiceRequest` in its binary form, read by hand: a few messages of few fields, each of which may come
 * from anyone. https://github.com/open-telemetry/opentelemetry-proto, `trace/v1/trace.proto` and `common.proto`.
 */
import { RollcallError } from "../../domain/errors.ts";
import { LIMITS } from "../../domain/limits.ts";
import { keepAttribute } from "./attributes.ts";
import {
  emptyBatch,
  gather,
  hasRoom,
  type AnyValue,
  type Attributes,
  type RawSpan,
  type SpanEvent,
  type TraceBatch,
} from "./trace-batch.ts";
import { eachField, WireError, type Field } from "./wire.ts";

/** Throws `invalid_request` for what is no such message. */
export function readProtobuf(body: Uint8Array): TraceBatch {
  const batch = emptyBatch();
  try {
    eachField(body, (field) => {
      if (field.number === 1 && field.type === "bytes") readResourceSpans(batch, field.value);
    });
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const sentence = `The body is no ExportTraceServiceRequest in Protocol Buffers: ${error.message}.`;
    throw new RollcallError("invalid_request", sentence, { cause: error });
  }
  return batch;
}

function readResourceSpans(batch: TraceBatch, bytes: Uint8Array): void {
  let resource: Attributes = new Map();
  const scopes: Uint8Array[] = [];
  eachField(bytes, (field) => {
    if (field.type !== "bytes") return;
    if (field.number === 1) resource = readResource(field.value);
    // The resource may come after its spans.
    if (field.number === 2) scopes.push(field.value);
  });
  for (const scope of scopes) readScopeSpans(batch, scope, resource);
}

function readResource(bytes: Uint8Array): Attributes {
  const attributes = new Map<string, AnyValue>();
  eachField(bytes, (field) => {
    if (field.number === 1 && field.type === "bytes") readKeyValue(attributes, field.value);
  });
  return attributes;
}

function readScopeSpans(batch: TraceBatch, bytes: Uint8Array, resource: Attributes): void {
  let scope = "";
  const spans: Uint8Array[] = [];
  eachField(bytes, (field) => {
    if (field.type !== "bytes") return;
    if (field.number === 1) scope = readScopeName(field.value);
    if (field.number === 2) spans.push(field.value);
  });
  for (const span of spans) if (hasRoom(batch)) gather(batch, readSpan(span), { resource, scope });
}

function readScopeName(bytes: Uint8Array): string {
  let name = "";
  eachField(bytes, (field) => {
    if (field.number === 1 && field.type === "bytes") name = textOf(field.value);
  });
  return name;
}

function readSpan(bytes: Uint8Array): RawSpan {
  const attributes = new Map<string, AnyValue>();
  const events: SpanEvent[] = [];
  const span: RawSpan = {
    traceId: "",
    spanId: "",
    parentSpanId: "",
    traceState: "",
    name: "",
    kind: 0,
    startNano: 0n,
    endNano: 0n,
    flags: 0,
    statusCode: 0,
    statusMessage: "",
    attributes,
    events,
  };
  eachField(bytes, (field) => {
    if (field.type === "bytes") {
      if (field.number === 9) readKeyValue(attributes, field.value);
      else if (field.number === 11 && events.length < LIMITS.eventsPerSpan)
        events.push(readEvent(field.value));
      else if (field.number === 15) Object.assign(span, readStatus(field.value));
      else readSpanText(span, field);
    } else if (field.type === "fixed64") {
      if (field.number === 7) span.startNano = field.value;
      if (field.number === 8) span.endNano = field.value;
    } else if (field.type === "varint" && field.number === 6) span.kind = field.value;
    else if (field.type === "fixed32" && field.number === 16) span.flags = field.value;
  });
  return span;
}

function readSpanText(span: RawSpan, field: Extract<Field, { type: "bytes" }>): void {
  if (field.number === 1) span.traceId = hexOf(field.value);
  if (field.number === 2) span.spanId = hexOf(field.value);
  if (field.number === 3) span.traceState = textOf(field.value);
  if (field.number === 4) span.parentSpanId = hexOf(field.value);
  if (field.number === 5) span.name = textOf(field.value);
}

function readEvent(bytes: Uint8Array): SpanEvent {
  const attributes = new Map<string, AnyValue>();
  let name = "";
  eachField(bytes, (field) => {
    if (field.type !== "bytes") return;
    if (field.number === 2) name = textOf(field.value);
    if (field.number === 3) readKeyValue(attributes, field.value);
  });
  return { name, attributes };
}

function readStatus(bytes: Uint8Array): Pick<RawSpan, "statusCode" | "statusMessage"> {
  const status = { statusCode: 0, statusMessage: "" };
  eachField(bytes, (field) => {
    if (field.number === 2 && field.type === "bytes") status.statusMessage = textOf(field.value);
    if (field.number === 3 && field.type === "varint") status.statusCode = field.value;
  });
  return status;
}

function readKeyValue(into: Map<string, AnyValue>, bytes: Uint8Array): void {
  const { key, value } = keyValueOf(bytes, 0);
  keepAttribute(into, key, value);
}

function keyValueOf(bytes: Uint8Array, depth: number): { key: string; value: AnyValue } {
  const read: { key: string; value: AnyValue } = { key: "", value: null };
  eachField(bytes, (field) => {
    if (field.type !== "bytes") return;
    if (field.number === 1) read.key = textOf(field.value);
    if (field.number === 2) read.value = valueOf(field.value, depth);
  });
  return read;
}

/** Of a value that says several things the last one counts, as the encoding has it. */
function valueOf(bytes: Uint8Array, depth: number): AnyValue {
  if (depth >= LIMITS.attributeDepth) return null;
  let value: AnyValue = null;
  eachField(bytes, (field) => {
    if (field.type === "varint") {
      if (field.number === 2) value = field.value !== 0;
      if (field.number === 3) value = field.value;
    } else if (field.type === "fixed64" && field.number === 4) value = doubleOf(field.value);
    else if (field.type === "bytes") {
      if (field.number === 1) value = textOf(field.value);
      if (field.number === 5) value = listOf(field.value, depth + 1);
      if (field.number === 6) value = mapOf(field.value, depth + 1);
      if (field.number === 7) value = null;
    }
  });
  return value;
}

function listOf(bytes: Uint8Array, depth: number): AnyValue[] {
  const list: AnyValue[] = [];
  eachField(bytes, (field) => {
    if (field.number === 1 && field.type === "bytes") list.push(valueOf(field.value, depth));
  });
  return list;
}

function mapOf(bytes: Uint8Array, depth: number): Map<string, AnyValue> {
  const map = new Map<string, AnyValue>();
  eachField(bytes, (field) => {
    if (field.number !== 1 || field.type !== "bytes") return;
    const { key, value } = keyValueOf(field.value, depth);
    map.set(key, value);
  });
  return map;
}

function doubleOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

function textOf(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}

/** An id is 8 or 16 bytes; one of any other length is refused, whatever it is. */
function hexOf(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes.subarray(0, 17)) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
