/** What the random history is made of: one call of a store at a time, and when it counts as having succeeded. */
import type { Page, PageRequest, Store } from "../../../src/ports/store.ts";
import type { History } from "./history.ts";
import { allPages } from "./trial.ts";

/** One call, to be made on each store. */
export interface Call {
  on: (store: Store) => Promise<unknown>;
  /** Whether this result shows the operation at work, rather than finding nothing. */
  isSuccess: (result: unknown) => boolean;
}

export type Operation = (history: History, memory: Store) => Call | Promise<Call>;

export function call(on: Call["on"], isSuccess: Call["isSuccess"]): Call {
  return { on, isSuccess };
}

/** A list read to its end: cursors are each store's own, what they lead to is not. */
export function listed<Item>(
  more: number,
  list: (store: Store, page: PageRequest) => Promise<Page<Item>>,
): Call {
  return call((store) => allPages((page) => list(store, page), 1 + more), isFilled);
}

export const isKnownProof = (result: unknown) => result === "same" || result === "other";
export const wasRefused = (result: unknown) =>
  typeof result === "object" && result !== null && "threw" in result;
export const always = () => true;
export const isTrue = (result: unknown) => result === true;
export const isCommitted = (result: unknown) => result === "committed";
export const isThere = (result: unknown) => result !== null;
export const isFilled = (result: unknown) => Array.isArray(result) && result.length > 0;
