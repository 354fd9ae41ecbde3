/** The end of a command's output, however much there was: bounded in memory, never cut inside a character. */

export interface OutputTail {
  add(chunk: Uint8Array): void;
  /** As text of at most `limit` bytes; says in its first line how much was left out. */
  text(): string;
}

/** Room for the line that tells how much is missing. */
const NOTE_BYTES = 100;

export function outputTail(limit: number): OutputTail {
  let chunks: Uint8Array[] = [];
  let keptBytes = 0;
  let allBytes = 0;
  const compact = (): void => {
    const kept = Buffer.concat(chunks).subarray(-limit);
    // A copy, so that the large one can be freed.
    chunks = [Buffer.from(kept)];
    keptBytes = kept.length;
  };
  return {
    add(chunk) {
      chunks.push(chunk);
      keptBytes += chunk.length;
      allBytes += chunk.length;
      if (keptBytes > 2 * limit) compact();
    },
    text() {
      compact();
      const kept = chunks[0] ?? new Uint8Array();
      // Bytes that are no UTF-8 become replacement characters of three bytes each, so measure after decoding.
      const whole = Buffer.from(new TextDecoder("utf-8", { ignoreBOM: true }).decode(kept), "utf8");
      if (allBytes <= limit && whole.length <= limit) return whole.toString("utf8");
      const tail = fromCharacterStart(whole.subarray(-(limit - NOTE_BYTES)));
      const cutBytes = Math.max(0, allBytes - tail.length);
      return `[the first ${cutBytes} bytes of the output are left out]\n${tail.toString("utf8")}`;
    },
  };
}

/** Drops what is left of a character whose beginning was cut off. */
function fromCharacterStart(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 4 && start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start);
}
