/** Hono: a middleware before the route's handler, which finds who was let in under `rollcall`. */
import { probeAnswer, refusalOf } from "./answers.ts";
import { callOf, pathOf, responseOf, waitUntilIn } from "./fetch.ts";
import type { Call, Gate } from "./gate.ts";
import { PROBE, routeOf, type RouteOptions } from "./routes.ts";

/** What is needed of Hono's `Context`. */
export interface HonoContext {
  req: { raw: Request; routePath?: string };
  res: Response;
  env: unknown;
  readonly executionCtx: unknown;
  set(name: string, value: unknown): void;
}

export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<Response | void>;

export function guardHono(gate: Gate, options: RouteOptions): HonoMiddleware {
  return async (context, next) => {
    const { raw } = context.req;
    const called = { method: raw.method, path: patternOf(context) };
    const passage = await gate.pass(honoCall(context), routeOf(options, called));
    if (!passage.isOk) return responseOf(refusalOf(gate, passage), raw.method);
    context.set("rollcall", passage.admitted);
    await next();
    // What a handler throws is an answer by now.
    if (context.res.status >= 500) passage.endedBadly();
    return undefined;
  };
}

export async function probeHono(gate: Gate, context: HonoContext): Promise<Response> {
  const passage = await gate.pass(honoCall(context), PROBE);
  return responseOf(await probeAnswer(gate, passage), context.req.raw.method);
}

function honoCall(context: HonoContext): Call {
  const call = callOf(context.req.raw, []);
  return { ...call, peer: peerOf(context.env), waitUntil: waitUntilIn([executionContext(context)]) };
}

/** The pattern that it was mounted at; of one for many routes the path that was called. */
function patternOf({ req }: HonoContext): string {
  return req.routePath === undefined || req.routePath.includes("*") ? pathOf(req.raw) : req.routePath;
}

/** `@hono/node-server` hands over the request of `node:http`. */
function peerOf(env: unknown): string | null {
  const { incoming } = (env ?? {}) as { incoming?: { socket?: { remoteAddress?: unknown } } };
  const address = incoming?.socket?.remoteAddress;
  return typeof address === "string" ? address : null;
}

/** Hono throws where the platform has none. */
function executionContext(context: HonoContext): unknown {
  try {
    return context.executionCtx;
  } catch {
    return null;
  }
}
