/** By which method a platform calls, and by which it does not. */
import type { Contract } from "../../domain/trust/contract.ts";
import type { Method } from "./call.ts";

const METHODS: readonly Method[] = ["GET", "POST", "PUT"];

/** GET where it may be, as a probe only looks; where JSON is signed there must be some. */
export function methodOf(contract: Contract): Method {
  const { methods } = contract;
  if (methods === null && contract.scheme === "hmac" && contract.body === "canonical_json") return "POST";
  return METHODS.find((method) => methods === null || methods.includes(method)) ?? "GET";
}

/** The others by which it may be called too. */
export function furtherMethodsOf(contract: Contract): readonly Method[] {
  const { methods } = contract;
  const first = methodOf(contract);
  return METHODS.filter((method) => method !== first && (methods === null || methods.includes(method)));
}

/** One by which it never calls; null: by any. */
export function otherMethodOf({ methods }: Contract): Method | null {
  return methods === null ? null : (METHODS.find((method) => !methods.includes(method)) ?? null);
}

/** What is sent with a call: something to sign over. */
export function bodyFor(method: Method): string {
  return method === "GET" || method === "HEAD" ? "" : JSON.stringify({ rollcall: "verification" });
}
