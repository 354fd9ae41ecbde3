/**
 * `ExportTraceServiceRequest` in its JSON form: lower camel case, ids in hex, 64-bit numbers as text or number.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import { RollcallError } from "../../domain/errors.ts";
import { LIMITS } from "../../domain/limits.ts";
import { keepAttribute } from "./attributes.ts";
import {
  emptyBatch,
  gather,
  hasRoom,
  refuse,
  type AnyValue,
  type Attributes,
  type RawSpan,
  type SpanEvent,
  type TraceBatch,
} from "./trace-batch.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** Some exporters write names where the protocol has numbers. */
const STATUS_CODES: Readonly<Record<string, number>> = { STATUS_CODE_OK: 1, STATUS_CODE_ERROR: 2 };
const SPAN_KINDS: Readonly<Record<string, number>> = {
  SPAN_KIND_INTERNAL: 1,
  SPAN_KIND_SERVER: 2,
  SPAN_KIND_CLIENT: 3,
  SPAN_KIND_PRODUCER: 4,
  SPAN_KIND_CONSUMER: 5,
};
const LARGEST_NANO = 2n ** 64n - 1n;

/** Throws `invalid_request` for what is no such message; a single span that is none is counted as refused. */
export function readJson(body: Uint8Array): TraceBatch {
  const request = parsed(body);
  if (!isObject(request)) throw undecodable("it is JSON, but no object");
  const { resourceSpans = [] } = request;
  if (!Array.isArray(resourceSpans)) throw undecodable("resourceSpans is no list");
  if (request["resourceSpans"] === undefined && request["resource_spans"] !== undefined) {
    throw undecodable("resource_spans is to be written resourceSpans, and so are all names");
  }
  const batch = emptyBatch();
  for (const each of objects(resourceSpans)) {
    const resource = attributesOf(objectOf(each["resource"])["attributes"]);
    for (const scopeSpans of objects(each["scopeSpans"])) {
      const scope = textOf(objectOf(scopeSpans["scope"])["name"]);
      readSpans(batch, scopeSpans["spans"], { resource, scope });
    }
  }
  return batch;
}

function readSpans(batch: TraceBatch, spans: unknown, of: { resource: Attributes; scope: string }): void {
  if (!Array.isArray(spans)) return;
  for (const span of spans as readonly unknown[]) {
    if (!hasRoom(batch)) continue;
    if (isObject(span)) gather(batch, readSpan(span), of);
    else refuse(batch, "a span is no object");
  }
}

function readSpan(span: JsonObject): RawSpan {
  const status = objectOf(span["status"]);
  return {
    traceId: textOf(span["traceId"]),
    spanId: textOf(span["spanId"]),
    parentSpanId: textOf(span["parentSpanId"]),
    traceState: textOf(span["traceState"]),
    name: textOf(span["name"]),
    kind: enumOf(span["kind"], SPAN_KINDS),
    startNano: nanosOf(span["startTimeUnixNano"]),
    endNano: nanosOf(span["endTimeUnixNano"]),
    flags: enumOf(span["flags"], {}),
    statusCode: enumOf(status["code"], STATUS_CODES),
    statusMessage: textOf(status["message"]),
    attributes: attributesOf(span["attributes"]),
    events: objects(span["events"])
      .slice(0, LIMITS.eventsPerSpan)
      .map((event): SpanEvent => ({
        name: textOf(event["name"]),
        attributes: attributesOf(event["attributes"]),
      })),
  };
}

function attributesOf(list: unknown): Attributes {
  const attributes = new Map<string, AnyValue>();
  for (const { key, value } of objects(list)) keepAttribute(attributes, textOf(key), valueOf(value, 0));
  return attributes;
}

function valueOf(value: unknown, depth: number): AnyValue {
  if (!isObject(value) || depth >= LIMITS.attributeDepth) return null;
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue } = value;
  if (typeof stringValue === "string") return stringValue;
  if (typeof boolValue === "boolean") return boolValue;
  if (intValue !== undefined) return numberOf(intValue);
  if (doubleValue !== undefined) return numberOf(doubleValue);
  if (isObject(arrayValue)) return listed(arrayValue["values"]).map((each) => valueOf(each, depth + 1));
  if (!isObject(kvlistValue)) return null;
  const entries = objects(kvlistValue["values"]);
  return new Map(entries.map((each) => [textOf(each["key"]), valueOf(each["value"], depth + 1)]));
}

/** 64-bit numbers come as text, and so do the doubles that JSON has no number for. */
function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return null;
  const number = Number(value);
  return Number.isNaN(number) && value !== "NaN" ? null : number;
}

function nanosOf(value: unknown): bigint {
  if (typeof value === "number") return value >= 0 && value < 2 ** 64 ? BigInt(Math.floor(value)) : 0n;
  if (typeof value !== "string" || !/^\d{1,20}$/.test(value)) return 0n;
  const nanos = BigInt(value);
  return nanos > LARGEST_NANO ? 0n : nanos;
}

function enumOf(value: unknown, names: Readonly<Record<string, number>>): number {
  if (typeof value === "string" && Object.hasOwn(names, value)) return names[value] ?? 0;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) ? number : 0;
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8").decode(body));
  } catch (error) {
    // The rest of the message repeats what was sent.
    const where = / at position \d+/.exec(String(error))?.[0] ?? "";
    throw undecodable(`it is no JSON${where}`);
  }
}

function undecodable(why: string): RollcallError {
  return new RollcallError("invalid_request", `The body is no ExportTraceServiceRequest in JSON: ${why}.`);
}

function objects(list: unknown): readonly JsonObject[] {
  return listed(list).filter(isObject);
}

function listed(list: unknown): readonly unknown[] {
  return Array.isArray(list) ? (list as readonly unknown[]) : [];
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
