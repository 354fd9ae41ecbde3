/** Numbers about Rollcall itself for its operator: never a slug, a key or a path as sent. */
import type { MonitorEvent } from "../domain/change.ts";

/**
 * What came of one decision about a monitor. `unchanged`: nothing follows from it, as of a duplicate. `stale`: another
 * writer was first, and it is decided again. `given_up`: others were first too often. `failed`: the store refused.
 */
export type CommitOutcome = "committed" | "unchanged" | "stale" | "given_up" | "failed";

/** What the engine and the store beneath it tell of their work as it happens. None of it may throw. */
export interface WorkMetrics {
  /** `event`: what was decided about; `none`: there was nothing to do. */
  countCommit(commit: { event: MonitorEvent["type"] | "none"; outcome: CommitOutcome }): void;
  /** One pass over what is due. */
  observeTick(tick: { durationMs: number }): void;
  /** One due monitor; `lagMs`: how long it had been due. */
  observeJudging(judging: { isJudged: boolean; lagMs: number }): void;
  /** One message sent, or not; `kind`: of the channel. */
  countAttempt(attempt: { kind: string; result: "sent" | "retry" | "given_up" }): void;
  /** One call of the store that failed; `why`: the error's code, or `overload` where the store is only too busy. */
  countStoreError(failure: { operation: string; why: string }): void;
}

export interface Metrics extends WorkMetrics {
  /** One HTTP exchange, by route pattern. */
  observeRequest(request: { method: string; route: string; status: number; durationMs: number }): void;
  /** One check-in decided or refused: `accepted`, `duplicate`, or the reason of a refusal. */
  countCheckIn(checkIn: { dialect: string; outcome: string }): void;
  /**
   * Asked for a value when the numbers are read; null, or when it throws: there is none just now. Registering a name
   * twice replaces the first.
   */
  gauge(name: string, about: string, read: () => Promise<number | null>): void;
  /** In the text format of Prometheus. */
  text(): Promise<{ contentType: string; body: string }>;
}
