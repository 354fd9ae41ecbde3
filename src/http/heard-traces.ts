/**
 * A batch of traces as it was heard: whole or not at all, in a form that is spoken here, before anybody knows who sent it.
 * The way in and its read-only twin hear alike.
 */
import type { Context } from "hono";
import { LIMITS } from "../domain/limits.ts";
import type { TracedRun, TraceForm, TraceReading } from "../ports/traces.ts";
import { addressPrefixOf, shownSlug, type Knock } from "./boundary.ts";
import { decompressed, encodingOf, type Encoding } from "./decompress.ts";
import { addressedAs } from "./heard-check-in.ts";
import type { HttpParts, Wire } from "./parts.ts";
import { readWholeBody, wireOf } from "./read-body.ts";

/** Of what is told of a batch as a whole. */
export const MESSAGE_CHARACTERS = 1_000;

export const BATCH_EXPECTED = "a batch of spans as OTLP has it";

const METHODS = "POST, OPTIONS";

export interface TraceCall {
  context: Context;
  wire: Wire;
  form: TraceForm;
  encoding: Encoding;
}

/** By its method and headers alone it is no batch of traces. `form`: what it was to be in, as far as that is known. */
export interface NoTraceCall {
  form: TraceForm | null;
  status: 405 | 415;
  message: string;
  headers: Readonly<Record<string, string>>;
}

export function traceCallOf(parts: HttpParts, context: Context): TraceCall | NoTraceCall {
  const wire = wireOf(parts, context);
  const form = parts.traces.formOf(wire.headers["content-type"] ?? "");
  const encoding = encodingOf(wire.headers["content-encoding"] ?? "");
  const none = (status: 405 | 415, message: string, headers: Record<string, string> = {}): NoTraceCall => ({
    form,
    status,
    message,
    headers,
  });
  if (context.req.method !== "POST") return none(405, "Traces are sent by POST.", { allow: METHODS });
  if (form === null) return none(415, "The Content-Type must be application/json or application/x-protobuf.");
  if (encoding === null) return none(415, "The Content-Encoding must be gzip, deflate or none.");
  return { context, wire, form, encoding };
}

/** Throws where it did not come whole. */
export async function bodyOf(parts: HttpParts, { wire }: TraceCall): Promise<Uint8Array> {
  return readWholeBody(wire.body, { after: parts.after, readBytes: LIMITS.traceBodyBytes });
}

/** For no monitor yet: which ones it is of is known when it is decoded. */
export function knockOf(
  parts: HttpParts,
  { context, wire }: TraceCall,
  { body, receivedAt }: { body: Uint8Array; receivedAt: number },
): Knock {
  const { headers } = wire;
  return {
    presented: { credential: credentialIn(headers), project: null, slug: null, uuid: null },
    request: { method: "POST", url: addressedAs(parts, context.req.url), headers, body },
    use: null,
    headers,
    addressPrefix: addressPrefixOf(parts, context),
    receivedAt,
  };
}

/** Throws `invalid_request` or `too_large` for what cannot be decoded. */
export async function decoded(
  { traces }: HttpParts,
  { form, encoding }: TraceCall,
  body: Uint8Array,
): Promise<TraceReading> {
  return traces.read(form, await decompressed(body, encoding, LIMITS.traceBatchBytes));
}

/** Each monitor that the batch names, with its runs; the knock that they make there. */
export function runsByMonitor(
  { runs }: TraceReading,
  knock: Knock,
): readonly { slug: string; knock: Knock; runs: readonly TracedRun[]; spans: number }[] {
  return [...Map.groupBy(runs, ({ slug }) => slug)].map(([slug, ofOne]) => ({
    slug,
    knock: { ...knock, presented: { ...knock.presented, slug } },
    runs: ofOne,
    spans: ofOne.reduce((sum, { spans }) => sum + spans, 0),
  }));
}

/** Why spans of that name are nobody's. */
export function namesNoMonitor(slug: string): { seen: string; message: string } {
  if (slug === "") {
    return {
      seen: "spans that name no monitor",
      message: "These spans name no monitor: set OTEL_RESOURCE_ATTRIBUTES=monitor.slug=<monitor>",
    };
  }
  return {
    seen: "spans of a name that no monitor has",
    message: `There is no monitor ${shownSlug(slug)} in this project: create it, or name another one with OTEL_RESOURCE_ATTRIBUTES=monitor.slug=<monitor>`,
  };
}

/** `refused`: spans counted by why they were not taken. Null: all were, and nothing is worth saying. */
export function notTaken(
  refused: ReadonlyMap<string, number>,
  warnings: readonly string[],
): { rejectedSpans: number; message: string } | null {
  if (refused.size === 0 && warnings.length === 0) return null;
  const rejectedSpans = [...refused.values()].reduce((sum, spans) => sum + spans, 0);
  const reasons = [...refused].map(([reason, spans]) => `${spans} not taken: ${reason}`);
  return { rejectedSpans, message: [...reasons, ...warnings].join("; ").slice(0, MESSAGE_CHARACTERS) };
}

/** A browser asks before it sends more than a plain request. */
export function tracePreflight(): Response {
  const headers = {
    allow: METHODS,
    "access-control-allow-origin": "*",
    "access-control-allow-methods": METHODS,
    "access-control-allow-headers": "Authorization, Content-Type, Content-Encoding",
  };
  return new Response(null, { status: 204, headers });
}

/** Values in `OTEL_EXPORTER_OTLP_HEADERS` are URL-encoded, and not every exporter decodes them. */
function credentialIn(headers: Readonly<Record<string, string>>): Knock["presented"]["credential"] {
  const text = (headers["authorization"] ?? "")
    .replace(/%20/g, " ")
    .trim()
    .replace(/^Bearer\s+/i, "");
  return text === "" ? null : { text, where: "authorization" };
}
