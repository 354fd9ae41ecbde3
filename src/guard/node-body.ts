/**
 * The raw body of a `node:http` request, put back after it was read: whatever comes after the guard, like `express.json()`,
 * finds it as if nobody had looked.
 */
import { LIMITS } from "../domain/limits.ts";
import { joined } from "../trust/bytes.ts";

/** What is needed of `IncomingMessage`. */
export interface NodeBody {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** All of it has come. */
  readonly complete?: boolean;
  /** Nothing more comes. */
  readonly destroyed?: boolean;
  /** Somebody has begun to read. */
  readonly readableDidRead?: boolean;
  /** Bytes that have come and were not read. */
  readonly readableLength?: number;
  read(): unknown;
  unshift(bytes: Uint8Array): void;
  on(event: string, act: () => void): unknown;
  off(event: string, act: () => void): unknown;
  /** Express' parsers; `express.raw` leaves the bytes here. */
  body?: unknown;
  /** Where a parser's `verify`, or the platform, keeps them. */
  rawBody?: unknown;
}

/** Null where a parser has read it and kept no bytes, where it is too long, or where the sender broke off. */
export async function readAndPutBack(request: NodeBody): Promise<Uint8Array | null> {
  const { headers } = request;
  if (headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0) {
    return new Uint8Array();
  }
  if (request.rawBody instanceof Uint8Array) return request.rawBody;
  if (request.readableDidRead !== true) return request.destroyed === true ? null : readAll(request);
  return request.body instanceof Uint8Array ? request.body : null;
}

const BREAKS = ["error", "aborted", "end", "close"];

/** An empty body is left alone: to read of it would bring on its end before anybody else listens for that. */
function isEmpty({ complete, readableLength }: NodeBody): boolean {
  return complete === true && readableLength === 0;
}

async function readAll(request: NodeBody): Promise<Uint8Array | null> {
  // What came in one packet with the headers is there when that packet was taken apart, right after this.
  await Promise.resolve();
  return isEmpty(request) ? new Uint8Array() : readPieces(request);
}

function readPieces(request: NodeBody): Promise<Uint8Array | null> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const stop = (): void => {
      request.off("readable", more);
      for (const event of BREAKS) request.off(event, brokenOff);
    };
    const finish = (isWhole: boolean): void => {
      stop();
      const bytes = joined(chunks);
      // In the same turn as the last read: one turn later the stream would have ended, and takes nothing back.
      if (length > 0) request.unshift(bytes);
      resolve(isWhole ? bytes : null);
    };
    const more = (): void => {
      if (length === 0 && isEmpty(request)) return finish(true);
      for (let chunk = request.read(); chunk !== null; chunk = request.read()) {
        // Nobody has asked this stream for text, so bytes are what comes.
        if (!(chunk instanceof Uint8Array)) return finish(false);
        chunks.push(chunk);
        length += chunk.byteLength;
        if (length > LIMITS.bodyReadBytes) return finish(false);
      }
      if (request.complete === true) finish(true);
    };
    const brokenOff = (): void => {
      stop();
      resolve(null);
    };
    for (const event of BREAKS) request.on(event, brokenOff);
    request.on("readable", more);
  });
}
