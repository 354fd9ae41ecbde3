/** What an exporter is answered, in the form in which it asked: all taken, taken in part, or an error. */
import type { TraceAnswer, TraceForm } from "../../ports/traces.ts";
import { bytesField, varintField } from "./wire.ts";

/** `google.rpc.Code` by HTTP status: exporters print it. */
const RPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  408: 4,
  410: 5,
  413: 8,
  415: 3,
  429: 8,
  500: 13,
  503: 14,
};
const UNKNOWN = 2;
const CONTENT_TYPES: Readonly<Record<TraceForm, string>> = {
  json: "application/json",
  protobuf: "application/x-protobuf",
};

/** `ExportTraceServiceResponse`. */
export function acceptedAnswer(
  form: TraceForm,
  told: { rejectedSpans: number; message: string } | null,
): TraceAnswer {
  if (form === "json") {
    const partialSuccess =
      told === null
        ? {}
        : { partialSuccess: { rejectedSpans: String(told.rejectedSpans), errorMessage: told.message } };
    return jsonAnswer(partialSuccess);
  }
  if (told === null) return protobufAnswer([]);
  // A field that is 0 is not written.
  const rejected = told.rejectedSpans === 0 ? [] : varintField(1, told.rejectedSpans);
  return protobufAnswer(bytesField(1, [...rejected, ...bytesField(2, utf8(told.message))]));
}

/** `google.rpc.Status`. */
export function refusedAnswer(form: TraceForm, error: { status: number; message: string }): TraceAnswer {
  const code = RPC_CODES[error.status] ?? UNKNOWN;
  if (form === "json") return jsonAnswer({ code, message: error.message });
  return protobufAnswer([...varintField(1, code), ...bytesField(2, utf8(error.message))]);
}

function jsonAnswer(value: unknown): TraceAnswer {
  return { contentType: CONTENT_TYPES.json, body: utf8(JSON.stringify(value)) };
}

function protobufAnswer(bytes: readonly number[]): TraceAnswer {
  return { contentType: CONTENT_TYPES.protobuf, body: Uint8Array.from(bytes) };
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
