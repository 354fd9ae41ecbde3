/** Compressed bodies, read within bounds: a few kilobytes may stand for gigabytes. */
import { RollcallError } from "../domain/errors.ts";
import { joined } from "./read-body.ts";

/** `deflate` is the one with a zlib header, as RFC 9110 has it. */
const FORMATS = { gzip: "gzip", "x-gzip": "gzip", deflate: "deflate" } as const;
export type Encoding = keyof typeof FORMATS | "identity";

/** By the value of `Content-Encoding`; null for one that is not spoken here. */
export function encodingOf(header: string): Encoding | null {
  const name = header.trim().toLowerCase();
  if (name === "" || name === "identity") return "identity";
  return Object.hasOwn(FORMATS, name) ? (name as Encoding) : null;
}

/** Throws `too_large` above `limitBytes`, and `invalid_request` for what is not so compressed. */
export async function decompressed(
  bytes: Uint8Array,
  encoding: Encoding,
  limitBytes: number,
): Promise<Uint8Array> {
  if (encoding === "identity") return bytes;
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream(FORMATS[encoding]))
    .getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return joined(chunks, length);
      chunks.push(value);
      length += value.byteLength;
      if (length > limitBytes) break;
    }
  } catch (cause) {
    throw new RollcallError("invalid_request", `The body is not what Content-Encoding says: ${encoding}.`, {
      cause,
    });
  }
  await reader.cancel();
  throw new RollcallError(
    "too_large",
    `Decompressed, the body is larger than ${limitBytes} bytes: send less at once.`,
  );
}
