/** A receiver on loopback that keeps what it was sent and answers as told: what webhooks and guards are tried on. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Received {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export type Answer = (received: Received, response: ServerResponse) => void;

export interface HttpReceiver {
  url: string;
  port: number;
  received: Received[];
  /** What the next requests get. */
  answer: Answer;
  close(): Promise<void>;
}

export async function startHttpReceiver(answer: Answer = answering({ status: 204 })): Promise<HttpReceiver> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    void readAll(request).then((received) => {
      receiver.received.push(received);
      receiver.answer(received, response);
      return null;
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const receiver: HttpReceiver = {
    url: `http://127.0.0.1:${port}`,
    port,
    received: [],
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Hanging answers are part of the tests; closing must not wait for them.
        for (const socket of sockets) socket.destroy();
      }),
  };
  return receiver;
}

export function answering(given: {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}): Answer {
  return (_received, response) => {
    response.writeHead(given.status, given.headers ?? {});
    response.end(given.body ?? "");
  };
}

/** Takes the request and never says anything. */
export const hanging: Answer = () => undefined;

async function readAll(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(", ")]);
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}
