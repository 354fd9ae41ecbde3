/**
 * The wire format of Protocol Buffers, as far as OTLP has it: four of its six types, for the other two went out of use
 * before OTLP began. https://protobuf.dev/programming-guides/encoding/
 */

/** Thrown for bytes that are no message; the sentence is for the sender. */
export class WireError extends Error {}

export type Field =
  | { number: number; type: "varint"; value: number }
  | { number: number; type: "fixed64"; value: bigint }
  | { number: number; type: "bytes"; value: Uint8Array }
  | { number: number; type: "fixed32"; value: number };

interface Cursor {
  bytes: Uint8Array;
  view: DataView;
  at: number;
}

/** Calls `take` with every field in the order sent. What it does not know it leaves: later versions add fields. */
export function eachField(bytes: Uint8Array, take: (field: Field) => void): void {
  const cursor: Cursor = {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    at: 0,
  };
  while (cursor.at < bytes.length) take(nextField(cursor));
}

function nextField(cursor: Cursor): Field {
  const tag = varint(cursor);
  const number = Math.floor(tag / 8);
  if (number < 1 || number > 0x1fffffff) throw new WireError(`a field has the number ${number}`);
  switch (tag % 8) {
    case 0:
      return { number, type: "varint", value: varint(cursor) };
    case 1:
      return { number, type: "fixed64", value: cursor.view.getBigUint64(advance(cursor, 8), true) };
    case 2: {
      const length = varint(cursor);
      const from = advance(cursor, length);
      return { number, type: "bytes", value: cursor.bytes.subarray(from, from + length) };
    }
    case 5:
      return { number, type: "fixed32", value: cursor.view.getUint32(advance(cursor, 4), true) };
    default:
      throw new WireError(`field ${number} has the wire type ${tag % 8}, which OTLP does not use`);
  }
}

/** Where the next `length` bytes begin. */
function advance(cursor: Cursor, length: number): number {
  const from = cursor.at;
  const left = cursor.bytes.length - from;
  if (length < 0 || length > left)
    throw new WireError(`${length} bytes are announced where ${left} are left`);
  cursor.at += length;
  return from;
}

/**
 * A whole number of up to 64 bits in two's complement, as int64 has it. What a double cannot hold exactly is rounded:
 * nothing that Rollcall counts is that large.
 */
function varint(cursor: Cursor): number {
  let low = 0;
  let high = 0;
  for (let index = 0; index < 10; index += 1) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) throw new WireError("the body ends in the middle of a number");
    cursor.at += 1;
    const bits = byte & 0x7f;
    // Seven bits at a time: the fifth group lies across the two halves.
    if (index < 4) low |= bits << (7 * index);
    else if (index === 4) {
      low |= bits << 28;
      high |= bits >> 4;
    } else high |= bits << (7 * index - 32);
    if (byte < 0x80) return high * 0x1_0000_0000 + (low >>> 0);
  }
  throw new WireError("a number is longer than 64 bits");
}

/** What is written: the small messages of answers. */
export function varintField(number: number, value: number): number[] {
  return [...varintBytes(number * 8), ...varintBytes(value)];
}

export function bytesField(number: number, value: Uint8Array | readonly number[]): number[] {
  return [...varintBytes(number * 8 + 2), ...varintBytes(value.length), ...value];
}

function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return [...bytes, left];
}
