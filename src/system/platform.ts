/** What a library can know of the platform it runs on by web standards alone: it may be Node, an edge, or a worker. */

interface Platform {
  navigator?: { userAgent?: string };
  EdgeRuntime?: unknown;
}

/**
 * Whether the process lives on between calls, so that its timers mean something. Workers and edge functions have no time
 * of their own, and some refuse a timer outside of a call.
 */
export function isLasting(): boolean {
  const { navigator, EdgeRuntime } = globalThis as Platform;
  return navigator?.userAgent !== "Cloudflare-Workers" && EdgeRuntime === undefined;
}

/** Where Next.js and Vercel keep what belongs to the call that is being answered. */
const CALL_CONTEXTS = ["@next/request-context", "@vercel/request-context"];

interface CallContext {
  get?: () => { waitUntil?: (work: Promise<unknown>) => void } | undefined;
}

/** Takes work that is finished after the answer, before the process is frozen; null: the platform has no such thing. */
export function platformWaitUntil(): ((work: Promise<unknown>) => void) | null {
  for (const name of CALL_CONTEXTS) {
    const context = (globalThis as Record<symbol, unknown>)[Symbol.for(name)] as CallContext | undefined;
    const call = context?.get?.();
    if (typeof call?.waitUntil === "function") return (work) => call.waitUntil?.(work);
  }
  return null;
}

/** As `system/ids.ts` makes them in Node. */
export function webIds(): { uuid: () => string; chance: () => number } {
  return { uuid: () => crypto.randomUUID(), chance: () => Math.random() };
}
