/** Fetch-style handlers: Next.js route handlers, Bun, Deno, Workers, and whatever else takes a `Request`. */
import { LIMITS } from "../domain/limits.ts";
import type { Admitted } from "../domain/trust/decision.ts";
import { probeAnswer, refusalOf, type GuardAnswer } from "./answers.ts";
import { readWhole } from "./read-whole.ts";
import type { Call, Gate } from "./gate.ts";
import { PROBE, routeOf, type Place, type RouteOptions } from "./routes.ts";
import type { WaitUntil } from "./world.ts";

/** `rest` is what the platform gives besides: `{ params }`, `env`, `ctx`. */
export type FetchHandler<Given extends Request, Rest extends unknown[]> = (
  request: Given,
  admitted: Admitted,
  ...rest: Rest
) => Response | Promise<Response>;

export function guardFetch<Given extends Request, Rest extends unknown[]>(
  gate: Gate,
  options: RouteOptions,
  handler: FetchHandler<Given, Rest>,
): (request: Given, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const passage = await gate.pass(callOf(request, rest), placeOf(request, options));
    if (!passage.isOk) return responseOf(refusalOf(gate, passage), request.method);
    try {
      const response = await handler(request, passage.admitted, ...rest);
      if (response.status >= 500) passage.endedBadly();
      return response;
    } catch (error) {
      passage.endedBadly();
      throw error;
    }
  };
}

export async function probeFetch(gate: Gate, request: Request, rest: readonly unknown[]): Promise<Response> {
  return responseOf(await probeAnswer(gate, await gate.pass(callOf(request, rest), PROBE)), request.method);
}

export function callOf(request: Request, rest: readonly unknown[]): Call {
  return {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    peer: peerIn(rest, request),
    readBody: () => readCopy(request),
    waitUntil: waitUntilIn(rest),
  };
}

function placeOf(request: Request, options: RouteOptions): Place {
  return routeOf(options, { method: request.method, path: pathOf(request) });
}

export function pathOf(request: Request): string {
  return URL.canParse(request.url) ? new URL(request.url).pathname : "/";
}

export function responseOf({ status, headers, body }: GuardAnswer, method: string): Response {
  return new Response(method === "HEAD" ? null : body, { status, headers });
}

/** Of a copy, so that the handler finds the body unread. Null where somebody else reads it, or it is too long. */
async function readCopy(request: Request): Promise<Uint8Array | null> {
  if (request.bodyUsed || request.body?.locked === true) return null;
  return readWhole(request.clone().body, LIMITS.bodyReadBytes);
}

/** Workers give a context with each call. */
export function waitUntilIn(given: readonly unknown[]): WaitUntil | null {
  const context = given.find(mayWait);
  return context === undefined ? null : (work) => context.waitUntil(work);
}

function mayWait(given: unknown): given is { waitUntil: WaitUntil } {
  return (
    typeof given === "object" &&
    given !== null &&
    "waitUntil" in given &&
    typeof given.waitUntil === "function"
  );
}

/** Bun gives its server, which knows whose request it is; Deno gives the address itself. */
function peerIn(given: readonly unknown[], request: Request): string | null {
  for (const each of given) {
    try {
      const { requestIP, remoteAddr } = (each ?? {}) as PeerKnown;
      const address = requestIP === undefined ? remoteAddr?.hostname : requestIP.call(each, request)?.address;
      if (typeof address === "string") return address;
    } catch {
      // What a platform gives may be anything, and an address is no more than told.
    }
  }
  return null;
}

interface PeerKnown {
  requestIP?: (request: Request) => { address?: unknown } | null;
  remoteAddr?: { hostname?: unknown };
}
