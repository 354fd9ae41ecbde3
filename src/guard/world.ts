/** What a guard needs of the platform that its process runs on. Knows none: it guards wherever `Request` and `fetch` are. */

export interface GuardWorld {
  /** Epoch ms. */
  now(): number;
  uuid(): string;
  /** From 0 up to 1. */
  chance(): number;
  /** Calls `act` after so long, unless what is given back is called before. Holds no process open. */
  after(delayMs: number, act: () => void): () => void;
  /** Resolves after so long, or when `signal` fires. Holds the process open. */
  pause(delayMs: number, signal: AbortSignal): Promise<void>;
  fetch: typeof fetch;
  warn(sentence: string): void;
  /** The process lives on between calls; false: it has no time of its own, and only calls can be told of. */
  isLasting: boolean;
  /** Where the platform takes work to be finished after the answer; null: it takes none, or none at this moment. */
  waitUntil(): WaitUntil | null;
}

/** Keeps a process from being frozen until the work is done. */
export type WaitUntil = (work: Promise<unknown>) => void;
