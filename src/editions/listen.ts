/** The HTTP server of Node around the application: bound first, so that a taken port is told before anything runs. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener, RequestError } from "@hono/node-server";
import { RollcallError } from "../domain/errors.ts";
import type { App } from "../http/app.ts";
import { after } from "../system/timers.ts";

export interface Listening {
  /** `http://127.0.0.1:8377` */
  url: string;
  /** From now on requests are carried; before, they are told to come again. */
  carry(app: App): void;
  /** Accepts nothing more and resolves when the requests under way have been answered, or have had their time. */
  close(): Promise<void>;
}

/** A slow sender may take this long for the head of a request, and for all of it. */
const HEAD_MS = 10_000;
const WHOLE_MS = 30_000;
const CLOSING_MS = 10_000;
/** What is still sent after an early refusal is read for so long. */
const LINGER_MS = 2_000;

type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

export async function listen(address: { host: string; port: number }): Promise<Listening> {
  let handle: Handle = (_incoming, outgoing) => outgoing.writeHead(503, { "retry-after": "1" }).end();
  const server = createServer((incoming, outgoing) => {
    // Once it is closing each connection ends with its answer: clients that go on asking would hold it up.
    if (!server.listening) outgoing.shouldKeepAlive = false;
    void handle(incoming, outgoing);
  });
  server.headersTimeout = HEAD_MS;
  server.requestTimeout = WHOLE_MS;
  server.on("clientError", answerUnreadable);
  // Node closes with this after an answer that says "connection: close", whether or not the request was read.
  server.on("connection", (socket: Socket) => {
    socket.destroySoon = () => closeGently(socket);
  });
  await bound(server, address);
  return {
    url: urlOf(address.host, (server.address() as AddressInfo).port),
    carry(app) {
      // Also puts the library's own Request and Response in place of the global ones: an answer in one piece then
      // never becomes a stream, which would cost more than the whole rest of a check-in's way.
      handle = getRequestListener(app.fetch, { errorHandler: answerUnroutable });
    },
    close: () => closed(server),
  };
}

const UNREADABLE: Readonly<Record<string, { status: string; sentence: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: "431 Request Header Fields Too Large",
    sentence:
      "The address and headers of this request are larger than 16 KiB: send what is long in the body.",
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: "413 Content Too Large",
    sentence: "The chunk extensions of this request are too large: leave them out.",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: "408 Request Timeout",
    sentence: "The request did not come whole in time: send it again.",
  },
};

/** What no HTTP parser can read never becomes a request, so it is answered on the bare socket. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  // The rest of what was answered already is read and dropped: closing on unread bytes would lose the answer.
  if (socket.writableEnded && error.code !== "ECONNRESET") return;
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const { status, sentence } = UNREADABLE[error.code ?? ""] ?? {
    status: "400 Bad Request",
    sentence: "This is not a request as HTTP/1.1 has them.",
  };
  const body = `${sentence}\n`;
  const head = [
    "content-type: text/plain; charset=utf-8",
    `content-length: ${body.length}`,
    "connection: close",
  ];
  socket.write(`HTTP/1.1 ${status}\r\n${head.join("\r\n")}\r\n\r\n${body}`);
  closeGently(socket);
}

/**
 * Says that nothing more will come, and reads and drops what the other side still sends until it closes too, or its
 * time is up: closing on unread bytes resets the connection, and the answer may be lost with it.
 */
function closeGently(socket: Socket): void {
  if (socket.writableEnded) return;
  socket.end();
  socket.resume();
  const cancel = after(LINGER_MS, () => socket.destroy());
  socket.once("close", cancel);
}

/** A request whose address or host is none never reaches the application, which answers everything else itself. */
function answerUnroutable(error: unknown): Response {
  if (!(error instanceof RequestError)) throw error;
  return new Response(`The address or the Host header of this request cannot be read: ${error.message}.\n`, {
    status: 400,
  });
}

function bound(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      reject(new RollcallError("unavailable", whyNotBound(cause, { host, port }), { cause }));
    });
    server.listen({ host, port }, () => resolve());
  });
}

function whyNotBound(cause: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): string {
  switch (cause.code) {
    case "EADDRINUSE":
      return `Port ${port} on ${host} is in use: stop what uses it, or set ROLLCALL_PORT to another one.`;
    case "EACCES":
      return `Port ${port} may not be used by this user: set ROLLCALL_PORT to one above 1023.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${host} is no address of this machine: set ROLLCALL_HOST to 127.0.0.1, 0.0.0.0 or one that is.`;
    default:
      return `Rollcall cannot listen on ${host}, port ${port} (${cause.message}): check ROLLCALL_HOST and ROLLCALL_PORT.`;
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cancel = after(CLOSING_MS, () => server.closeAllConnections());
    server.close(() => {
      cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** "Every address of this machine" is none that a browser could be given. */
function urlOf(host: string, port: number): string {
  const named = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${named.includes(":") ? `[${named}]` : named}:${port}`;
}
