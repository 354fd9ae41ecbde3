/** A stream that is read to its end, or given up: web standards only. */
import { joined } from "../trust/bytes.ts";

/** All of a stream; null where it is longer, or broke off. A longer one is left, not read to its end. */
export async function readWhole(
  stream: ReadableStream<Uint8Array> | null,
  atMostBytes: number,
): Promise<Uint8Array | null> {
  if (stream === null) return new Uint8Array();
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return joined(chunks);
      length += value.byteLength;
      if (length > atMostBytes) break;
      chunks.push(value);
    }
  } catch {
    // Nothing can be proven over half a body, whatever broke it off.
    return null;
  }
  // Not awaited: of a copy it ends only with the other one.
  reader.cancel().catch(() => undefined);
  return null;
}
