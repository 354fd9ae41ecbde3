/** `node:http` style: Express (4 and 5), Next.js' pages, and plain servers. */
import type { Admitted } from "../domain/trust/decision.ts";
import { probeAnswer, refusalOf, type GuardAnswer } from "./answers.ts";
import type { Call, Gate, Passage } from "./gate.ts";
import { readAndPutBack, type NodeBody } from "./node-body.ts";
import { PROBE, routeOf, type Place, type RouteOptions } from "./routes.ts";

/** What is needed of `IncomingMessage`, with what Express adds. */
export interface NodeRequest extends NodeBody {
  method?: string | undefined;
  url?: string | undefined;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  headersDistinct?: Readonly<Record<string, string[] | undefined>>;
  socket: { readonly remoteAddress?: string | undefined };
  /** Express: what was asked for, before a router cut the beginning off. */
  originalUrl?: string;
  baseUrl?: string;
  path?: string;
  route?: { path?: unknown };
}

/** What is needed of `ServerResponse`. */
export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
  once(event: "finish", act: () => void): unknown;
  /** Express: who was let in is under `rollcall`. */
  locals?: Record<string, unknown>;
}

export type ExpressMiddleware = (
  request: NodeRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

export type NodeHandler<Asked extends NodeRequest, Answering extends NodeResponse> = (
  request: Asked,
  response: Answering,
  admitted: Admitted,
) => unknown;

export function guardExpress(gate: Gate, options: RouteOptions): ExpressMiddleware {
  return (request, response, next) => {
    const entered = enter(gate, request, response, options);
    entered.then((admitted) => {
      if (admitted === null) return;
      if (response.locals !== undefined) response.locals["rollcall"] = admitted;
      next();
      // Express 4 knows no promises: what goes wrong is handed on.
    }, next);
  };
}

export function guardNode<Asked extends NodeRequest, Answering extends NodeResponse>(
  gate: Gate,
  options: RouteOptions,
  handler: NodeHandler<Asked, Answering>,
): (request: Asked, response: Answering) => Promise<void> {
  return async (request, response) => {
    const admitted = await enter(gate, request, response, options);
    if (admitted !== null) await handler(request, response, admitted);
  };
}

export function probeExpress(gate: Gate): ExpressMiddleware {
  return (request, response, next) => void probeNode(gate, request, response).catch(next);
}

export async function probeNode(gate: Gate, request: NodeRequest, response: NodeResponse): Promise<void> {
  answer(response, await probeAnswer(gate, await gate.pass(callOf(request), PROBE)));
}

/** Null: it was refused, and is answered. */
async function enter(
  gate: Gate,
  request: NodeRequest,
  response: NodeResponse,
  options: RouteOptions,
): Promise<Admitted | null> {
  const passage: Passage = await gate.pass(callOf(request), placeOf(request, options));
  if (!passage.isOk) {
    answer(response, refusalOf(gate, passage));
    return null;
  }
  response.once("finish", () => {
    if (response.statusCode >= 500) passage.endedBadly();
  });
  return passage.admitted;
}

function placeOf(request: NodeRequest, options: RouteOptions): Place {
  const { method = "GET", baseUrl = "", route, path } = request;
  const pattern = typeof route?.path === "string" && !route.path.includes("*") ? route.path : null;
  const called = pattern ?? path ?? (request.url ?? "/").split("?")[0] ?? "/";
  return routeOf(options, { method, path: `${baseUrl}${called}`.replace(/(.)\/+$/, "$1") });
}

function callOf(request: NodeRequest): Call {
  const headers = headersOf(request);
  const scheme = "encrypted" in request.socket ? "https" : "http";
  return {
    method: request.method ?? "GET",
    url: `${scheme}://${headers["host"] ?? "localhost"}${request.originalUrl ?? request.url ?? "/"}`,
    headers,
    peer: request.socket.remoteAddress ?? null,
    readBody: () => readAndPutBack(request),
    waitUntil: null,
  };
}

/** Node keeps only the first of two `Authorization` headers; a boundary is to see both. */
function headersOf({ headers, headersDistinct }: NodeRequest): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headersDistinct ?? headers)) {
    if (value !== undefined) joined[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return joined;
}

function answer(response: NodeResponse, { status, headers, body }: GuardAnswer): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}
