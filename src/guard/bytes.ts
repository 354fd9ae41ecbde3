/** Bodies come in pieces: what joins them, without a platform's own way to do it. */

export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

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
