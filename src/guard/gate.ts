/**
 * What every adapter asks before it lets a call in: the boundary decides, a proof is good once, and the decision is on its
 * way to Rollcall before anything else happens.
 */
import { LIMITS } from "../domain/limits.ts";
import type { Contract, NamedContract } from "../domain/trust/contract.ts";
import type { Admitted, BoundaryDecision, Refused } from "../domain/trust/decision.ts";
import type { Boundary } from "../trust/boundary.ts";
import type { Place } from "./routes.ts";
import type { ShownProofs } from "./shown-proofs.ts";
import type { Teller } from "./teller.ts";
import type { GuardWorld, WaitUntil } from "./world.ts";

/** A call as an adapter hands it over. */
export interface Call {
  method: string;
  /** As the program sees it: scheme, host, path and query. */
  url: string;
  /** Lower-case names; a header that came twice has its values joined by `, `. */
  headers: Readonly<Record<string, string>>;
  /** The other end of the connection; null where the platform does not say. */
  peer: string | null;
  /** The bytes, left where they are for whoever comes after; null when they cannot be had, or are too many. */
  readBody(): Promise<Uint8Array | null>;
  /** What the platform gives with this one call. */
  waitUntil: WaitUntil | null;
}

export type Passage = { isOk: true; admitted: Admitted; endedBadly: () => void } | Refused;

export interface Gate {
  /** Whoever waits for it has not run any business code yet. */
  pass(call: Call, place: Place): Promise<Passage>;
  configHash(): Promise<string>;
  /** By which the contract that came nearest is met, for `Allow`. */
  methodsOf(refused: Refused): readonly string[];
}

export interface GateParts {
  world: GuardWorld;
  boundary: Pick<Boundary, "decide">;
  /** Of that boundary. */
  configHash: () => Promise<string>;
  shownProofs: ShownProofs;
  /** Null: nobody is told. */
  teller: Teller | null;
  contracts: readonly NamedContract[];
  publicOrigin: string | null;
  isProxyTrusted: boolean;
  /** The caller's own way to finish work after the answer. */
  waitUntil: WaitUntil | null;
  prefixOf: (address: string) => string;
}

export function createGate(parts: GateParts): Gate {
  const { boundary, shownProofs, contracts } = parts;
  const isBodyNeeded = contracts.some(({ contract }) => isOverBody(contract));
  return {
    async pass(call, place) {
      const body = isBodyNeeded ? await call.readBody() : null;
      // HEAD is GET without the body of the answer, and decided alike.
      const method = call.method === "HEAD" ? "GET" : call.method;
      const { headers } = call;
      const looked = await boundary.decide({ method, url: urlOf(parts, call), headers, body });
      const decision = looked.isOk && !shownProofs.isFirst(looked) ? replayed(looked) : looked;
      await tell(parts, { call, place, decision });
      if (!decision.isOk) return decision;
      return { isOk: true, admitted: decision, endedBadly: () => shownProofs.forget(decision) };
    },
    configHash: parts.configHash,
    methodsOf(refused) {
      const methods = contracts.find(({ name }) => name === refused.contract)?.contract.methods ?? [];
      return methods.includes("GET") ? [...methods, "HEAD"] : methods;
    },
  };
}

function isOverBody(contract: Contract): boolean {
  if (contract.scheme === "hmac") return contract.template.includes("{body}");
  return contract.scheme === "jwt_hs256" && contract.bodyHashClaim !== null;
}

function replayed({ contract }: Admitted): Refused {
  return {
    isOk: false,
    reason: "replayed",
    contract,
    expected: `a proof that was not shown before (contract ${contract})`,
    seen: "one that was",
  };
}

const HEADER_NAMES_TOLD = 40;

/** Queued, not awaited: no more than the hash of the rules is waited for, which is made once. */
async function tell(
  parts: GateParts,
  { call, place, decision }: { call: Call; place: Place; decision: BoundaryDecision },
): Promise<void> {
  const { world, teller } = parts;
  if (teller === null) return;
  const { isOk } = decision;
  teller.tell({
    ...place,
    at: world.now(),
    isOk,
    reason: isOk ? null : decision.reason,
    principal: isOk ? decision.principal : null,
    contract: decision.contract,
    expected: isOk ? "" : decision.expected,
    seen: isOk ? decision.subject : decision.seen,
    headerNames: Object.keys(call.headers).sort().slice(0, HEADER_NAMES_TOLD),
    addressPrefix: parts.prefixOf(clientOf(parts, call)),
    scheduledForAt: isOk ? decision.scheduledForAt : null,
    configHash: await parts.configHash(),
  });
  keepAwake(parts, call, teller);
}

/** Where a process may be frozen after its answer, the platform is asked to wait for what is on its way. */
function keepAwake({ world, waitUntil }: GateParts, call: Call, teller: Teller): void {
  const mayWait = waitUntil ?? call.waitUntil ?? world.waitUntil();
  if (mayWait === null) return;
  try {
    mayWait(teller.flush(LIMITS.guardFlushMs));
  } catch {
    // Next.js' `after` throws outside of a request; what waits is told with the next call, or in the background.
  }
}

function urlOf({ publicOrigin, isProxyTrusted }: GateParts, { url, headers }: Call): string {
  if (!URL.canParse(url)) return url;
  const { origin, protocol, host, pathname, search } = new URL(url);
  if (publicOrigin !== null) return `${publicOrigin}${pathname}${search}`;
  if (!isProxyTrusted) return `${origin}${pathname}${search}`;
  const scheme = lastOf(headers["x-forwarded-proto"]) ?? protocol.slice(0, -1);
  return `${scheme}://${lastOf(headers["x-forwarded-host"]) ?? host}${pathname}${search}`;
}

/** Behind a proxy the address that the proxy saw, which it wrote last: what stands before it anybody may have written. */
function clientOf({ isProxyTrusted }: GateParts, { headers, peer }: Call): string {
  const forwarded = isProxyTrusted ? lastOf(headers["x-forwarded-for"]) : null;
  return forwarded ?? peer ?? "unknown";
}

function lastOf(list: string | undefined): string | null {
  const last = list?.split(",").at(-1)?.trim() ?? "";
  return last === "" ? null : last;
}
