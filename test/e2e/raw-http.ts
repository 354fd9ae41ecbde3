/** HTTP as bytes, so that tests can send what no client library would: every answer comes back, and none is followed. */
import { connect } from "node:net";

export interface RawRequest {
  method: string;
  /** As it stands in the request line, whatever it is. */
  target: string;
  headers: readonly (readonly [string, string])[];
  body: Buffer;
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Everything, as it came. */
  whole: string;
}

const ANSWER_WITHIN_MS = 20_000;

/** Null: the connection was closed without an answer. */
export function exchange(port: number, request: RawRequest): Promise<RawAnswer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: "127.0.0.1", port });
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error("no answer in time")));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.once("connect", () => socket.write(bytesOf(request)));
    // The server may close before it has read a body that is too large: what it said before counts.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
    socket.once("close", () => resolve(answerIn(Buffer.concat(chunks))));
  });
}

function bytesOf({ method, target, headers, body }: RawRequest): Buffer {
  const isLengthSaid = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
  const isHostSaid = headers.some(([name]) => /^host$/i.test(name));
  const all = [
    ...(isHostSaid ? [] : [["host", "rollcall.test"]]),
    ["connection", "close"],
    ...headers,
    ...(isLengthSaid || body.length === 0 ? [] : [["content-length", String(body.length)]]),
  ];
  const head = [`${method} ${target} HTTP/1.1`, ...all.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), body]);
}

function answerIn(bytes: Buffer): RawAnswer | null {
  const whole = bytes.toString("latin1");
  const end = whole.indexOf("\r\n\r\n");
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(whole) ?? [];
  if (status === undefined || end === -1) return null;
  const lines = whole.slice(0, end).split("\r\n").slice(1);
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  const rest = bytes.subarray(end + 4).toString("utf8");
  const body = headers["transfer-encoding"] === "chunked" ? withoutChunks(rest) : rest;
  return { status: Number(status), headers, body, whole: bytes.toString("utf8") };
}

function withoutChunks(text: string): string {
  return text.replace(/(^|\r\n)[0-9a-f]+\r\n/g, "").replace(/\r\n$/, "");
}
