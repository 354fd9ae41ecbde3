/**
 * The guard on a user's own scheduled routes, published as `rollcall/guard`: one boundary for all of them and for the probe
 * by which it is verified, and every decision told to Rollcall.
 */
import { LIMITS } from "../domain/limits.ts";
import { createAddresses } from "../trust/addresses.ts";
import { createBoundary } from "../trust/boundary.ts";
import { guardFetch, probeFetch, type FetchHandler } from "./fetch.ts";
import { createGate, type Gate } from "./gate.ts";
import { guardHono, probeHono, type HonoContext, type HonoMiddleware } from "./hono.ts";
import { issuerKeysOf } from "./issuer-keys.ts";
import { guardExpress, guardNode, probeExpress, probeNode } from "./node.ts";
import type { ExpressMiddleware, NodeHandler, NodeRequest, NodeResponse } from "./node.ts";
import { readConnection, readContracts, readPublicOrigin, type GuardOptions } from "./options.ts";
import { PROBE_PATH, routeOf, type RouteOptions } from "./routes.ts";
import { createShownProofs } from "./shown-proofs.ts";
import { createTeller, type Teller } from "./teller.ts";
import type { GuardWorld } from "./world.ts";

export interface Guard {
  /** A fetch-style handler: Next.js route handlers, Bun, Deno, Workers. */
  fetch<Given extends Request, Rest extends unknown[]>(
    options: RouteOptions,
    handler: FetchHandler<Given, Rest>,
  ): (request: Given, ...rest: Rest) => Promise<Response>;
  /** A middleware for Hono; `context.get("rollcall")` tells who was let in. */
  hono(options: RouteOptions): HonoMiddleware;
  /** A middleware for Express; `response.locals.rollcall` tells who was let in. */
  express(options: RouteOptions): ExpressMiddleware;
  /** A handler of `node:http`, as Next.js' `pages/api` takes it too. */
  node<Asked extends NodeRequest, Answering extends NodeResponse>(
    options: RouteOptions,
    handler: NodeHandler<Asked, Answering>,
  ): (request: Asked, response: Answering) => Promise<void>;
  /** Handlers of the read-only probe, to be mounted at its path: the same boundary, and nothing is done. */
  probe: {
    readonly path: typeof PROBE_PATH;
    fetch(request: Request, ...rest: unknown[]): Promise<Response>;
    hono(context: HonoContext): Promise<Response>;
    express: ExpressMiddleware;
    node(request: NodeRequest, response: NodeResponse): Promise<void>;
  };
  /** The same for the same contracts, without secrets: two programs with different ones guard differently. */
  configHash(): Promise<string>;
  /** Resolves when Rollcall was told all that waits, or after `timeoutMs` (5 s). Never throws. */
  flush(timeoutMs?: number): Promise<void>;
  /** Tells what waits, as `flush`, and from then on nothing; routes stay guarded. */
  close(timeoutMs?: number): Promise<void>;
}

export type CreateGuard = (options: GuardOptions) => Guard;

/**
 * Throws for contracts that are not as they must be, and for nothing else: with a secret that is not set it guards, and
 * lets nobody in.
 */
export function guardsIn(platform: GuardWorld): CreateGuard {
  return (options) => {
    const world = { ...platform, fetch: options.fetch ?? platform.fetch };
    const warn = onceEach(options.onTrouble ?? ((sentence) => world.warn(`rollcall guard: ${sentence}`)));
    const contracts = readContracts(options.contracts, warn);
    const publicOrigin = readPublicOrigin(options.publicUrl);
    const connection = readConnection(options.rollcall, warn);
    const issuerKeys = issuerKeysOf(world, contracts);
    const boundary = createBoundary({ contracts, issuerKeys, now: world.now });
    const configHash = madeOnce(boundary.configHash);
    const teller = connection === null ? null : createTeller({ world, connection, configHash, warn });
    const gate = createGate({
      world,
      boundary,
      configHash,
      shownProofs: createShownProofs(world.now),
      teller,
      contracts,
      publicOrigin,
      isProxyTrusted: options.trustProxy ?? false,
      waitUntil: options.waitUntil ?? null,
      prefixOf: createAddresses([]).prefixOf,
    });
    return guardBehind(gate, teller);
  };
}

function guardBehind(gate: Gate, teller: Teller | null): Guard {
  const flush = async (timeoutMs: number = LIMITS.guardFlushMs): Promise<void> => teller?.flush(timeoutMs);
  /** One that was named is guarded from now on; another one is known when it is called. */
  const made = (options: RouteOptions): RouteOptions => {
    if (options.route !== undefined) teller?.guards(routeOf(options, { method: "", path: "" }));
    return options;
  };
  return {
    fetch: (options, handler) => guardFetch(gate, made(options), handler),
    hono: (options) => guardHono(gate, made(options)),
    express: (options) => guardExpress(gate, made(options)),
    node: (options, handler) => guardNode(gate, made(options), handler),
    probe: {
      path: PROBE_PATH,
      fetch: (request, ...rest) => probeFetch(gate, request, rest),
      hono: (context) => probeHono(gate, context),
      express: probeExpress(gate),
      node: (request, response) => probeNode(gate, request, response),
    },
    configHash: gate.configHash,
    flush,
    async close(timeoutMs) {
      await flush(timeoutMs);
      teller?.stop();
    },
  };
}

/** When it is first asked for: some platforms make nothing of the kind before the first call. */
function madeOnce<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | null = null;
  return () => (made ??= make());
}

/** Somebody else's code is told; what it throws must not reach a route, and not end the program. */
function onceEach(tell: (sentence: string) => void): (sentence: string) => void {
  const told = new Set<string>();
  return (sentence) => {
    if (told.has(sentence)) return;
    told.add(sentence);
    try {
      tell(sentence);
    } catch {
      // There is nobody left to tell.
    }
  };
}
