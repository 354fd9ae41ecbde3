/**
 * Reads a request's body within bounds: so far, so long. What is beyond is left, never refused, because a check-in
 * with an endless log is still a check-in.
 */
import type { Context } from "hono";
import { RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import type { After, BodyReader, HttpParts, Wire } from "./parts.ts";

export interface BodyRead {
  /** The kept tail, as text; invalid UTF-8 replaced. */
  text: string;
  /** False when something was left out. */
  isWhole: boolean;
  /** Every byte made sense as UTF-8. */
  isUtf8: boolean;
  /** For the receipt. */
  notes: readonly string[];
  /** As they came; null where something was left out. */
  bytes: Uint8Array | null;
}

const NO_BODY: BodyRead = { text: "", isWhole: true, isUtf8: true, notes: [], bytes: new Uint8Array() };

/** Headers and body of the request, in the way that costs least here. */
export function wireOf(parts: Pick<HttpParts, "wireOf">, context: Context): Wire {
  if (parts.wireOf !== undefined) return parts.wireOf(context);
  const { headers, body } = context.req.raw;
  return { headers: Object.fromEntries(headers), body: body?.getReader() ?? null };
}

/** Throws `invalid_request` when the sender broke off. `keptBytes`: how much of the end is wanted. */
export async function readBody(
  body: BodyReader | null,
  bounds: { after: After; keptBytes: number },
): Promise<BodyRead> {
  if (body === null) return NO_BODY;
  const read = await readBytes(body, { after: bounds.after, readBytes: LIMITS.bodyReadBytes });
  const notes = read.stopped === null ? [] : [STOPPED[read.stopped]];
  const tail = tailOf(read.bytes, bounds.keptBytes);
  const cutBytes = read.bytes.byteLength - tail.byteLength;
  if (cutBytes > 0)
    notes.push(`the first ${cutBytes} bytes of the body were cut, the last ${tail.byteLength} kept`);
  const { text, isUtf8 } = decode(tail);
  if (!isUtf8) notes.push("the body is not valid UTF-8: what could not be read was replaced");
  const bytes = read.stopped === null ? read.bytes : null;
  return { text, isUtf8, isWhole: cutBytes === 0 && bytes !== null, notes, bytes };
}

/**
 * All of it, as it was sent. Throws `too_large` above `readBytes`, `unavailable` when it did not come in time, and
 * `invalid_request` when the sender broke off: half of such a body means nothing.
 */
export async function readWholeBody(
  body: BodyReader | null,
  bounds: { after: After; readBytes: number },
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const { bytes, stopped } = await readBytes(body, bounds);
  if (stopped === "large") {
    const sentence = `The body is larger than ${bounds.readBytes} bytes: send less at once.`;
    throw new RollcallError("too_large", sentence);
  }
  if (stopped === "late") {
    const sentence = `The body had not been sent within ${LIMITS.checkInReadMs / 1_000} s: send it again.`;
    throw new RollcallError("unavailable", sentence);
  }
  return bytes;
}

const STOPPED = {
  late: `the body had not been sent within ${LIMITS.checkInReadMs / 1_000} s: the rest was not waited for`,
  large: `the body was read to ${LIMITS.bodyReadBytes} bytes: what lies beyond was left`,
};

/** `stopped`: why it is not whole. */
async function readBytes(
  reader: BodyReader,
  bounds: { after: After; readBytes: number },
): Promise<{ bytes: Uint8Array; stopped: keyof typeof STOPPED | null }> {
  const late = Promise.withResolvers<"late">();
  const cancelTimer = bounds.after(LIMITS.checkInReadMs, () => late.resolve("late"));
  const chunks: Uint8Array[] = [];
  let length = 0;
  const done = (stopped: keyof typeof STOPPED | null) => ({ bytes: joined(chunks, length), stopped });
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), late.promise]);
      if (next === "late") return done("late");
      if (next.done) return done(null);
      const room = bounds.readBytes - length;
      chunks.push(next.value.subarray(0, room));
      length += Math.min(next.value.byteLength, room);
      if (next.value.byteLength > room) {
        void discard(reader);
        return done("large");
      }
    }
  } catch (cause) {
    throw new RollcallError("invalid_request", "The request broke off before all of its body had come.", {
      cause,
    });
  } finally {
    cancelTimer();
  }
}

/**
 * Lets the rest flow by while the answer is on its way: a sender that is cut off in the middle may never read that
 * answer, and the connection could not be used again.
 */
async function discard(reader: BodyReader): Promise<void> {
  try {
    let length = 0;
    while (length < LIMITS.bodyDiscardedBytes) {
      const next = await reader.read();
      if (next.done) return;
      length += next.value.byteLength;
    }
    await reader.cancel();
  } catch {
    // The sender broke off: there is nothing left to discard.
  }
}

/** At most `keptBytes` from the end, beginning at the first byte of a character. */
export function tailOf(bytes: Uint8Array, keptBytes: number): Uint8Array {
  if (bytes.byteLength <= keptBytes) return bytes;
  let start = bytes.byteLength - keptBytes;
  // UTF-8 continuation bytes read 10xxxxxx; a character has at most three of them.
  for (let skipped = 0; skipped < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80; skipped += 1) start += 1;
  return bytes.subarray(start);
}

const STRICT = new TextDecoder("utf-8", { fatal: true });
const LENIENT = new TextDecoder("utf-8");

function decode(bytes: Uint8Array): { text: string; isUtf8: boolean } {
  try {
    return { text: STRICT.decode(bytes), isUtf8: true };
  } catch {
    // Not UTF-8: shown as well as it can be, and said so.
    return { text: LENIENT.decode(bytes), isUtf8: false };
  }
}

export function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
