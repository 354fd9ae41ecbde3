/**
 * A request as Node holds it: who sent it, its headers, its body piece by piece. The standard `Request` made of the
 * same costs several times what deciding a check-in does.
 */
import type { IncomingMessage } from "node:http";
import type { Context } from "hono";
import type { BodyReader, Wire } from "../http/parts.ts";

/** The address of the socket's other end. */
export function peerOf(context: Context): string {
  return incomingOf(context)?.socket.remoteAddress ?? "unknown";
}

export function wireOf(context: Context): Wire {
  const incoming = incomingOf(context);
  if (incoming === undefined) throw new Error("Assertion failed: expected a request that Node has received");
  const mayHaveBody = incoming.method !== "GET" && incoming.method !== "HEAD";
  return {
    headers: headersOf(incoming),
    body: mayHaveBody ? bodyReader(incoming) : null,
  };
}

/**
 * Node joins what comes twice and keeps the first `Authorization` only. Which of two was meant nobody can tell, so that
 * both are shown to the boundary; one that is only repeated is one.
 */
function headersOf(incoming: IncomingMessage): Record<string, string> {
  // Only of `set-cookie` Node makes a list, and no request has that.
  const headers = incoming.headers as Record<string, string>;
  if (headers["authorization"] === undefined) return headers;
  const { rawHeaders } = incoming;
  const given = rawHeaders.filter(
    (_text, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === "authorization",
  );
  if (given.length === 1) return headers;
  return { ...headers, authorization: [...new Set(given)].join(", ") };
}

function incomingOf(context: Context): IncomingMessage | undefined {
  return (context.env as { incoming?: IncomingMessage }).incoming;
}

function bodyReader(incoming: IncomingMessage): BodyReader {
  return {
    read: () => nextPiece(incoming),
    async cancel() {
      incoming.destroy();
    },
  };
}

type Piece = Awaited<ReturnType<BodyReader["read"]>>;

function nextPiece(incoming: IncomingMessage): Promise<Piece> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const piece = incoming.read() as Buffer | null;
      if (piece !== null) settle(() => resolve({ done: false, value: piece }));
      else if (incoming.readableEnded) settle(() => resolve({ done: true }));
      else if (incoming.destroyed) broken();
    };
    const broken = (): void =>
      settle(() => reject(incoming.errored ?? new Error("The connection was closed before the body's end.")));
    const settle = (end: () => void): void => {
      incoming.off("readable", look).off("end", look).off("error", broken).off("close", look);
      end();
    };
    incoming.on("readable", look).on("end", look).on("error", broken).on("close", look);
    look();
  });
}
