/** What the main thread and the thread of the checks say to each other. */

/** `shape` is a JSON Schema as text, `expression` CEL; the other two ask what is wrong with one before it is used. */
export type Task =
  | { kind: "shape"; schema: string }
  | { kind: "expression"; source: string }
  | { kind: "shape_to_save"; schema: string }
  | { kind: "expression_to_save"; source: string };

/** Tasks on one run, carried out one after the other; the inputs are JSON, so that the thread has its own copy. */
export interface Job {
  tasks: readonly Task[];
  /** The outcome as the job sent it: what a schema describes. */
  outcome: string;
  /** What expressions know as `run`. */
  run: string;
}

/** `error`: there is no answer, and `because` says why. */
export interface Answer {
  status: "passed" | "failed" | "error";
  /** Values that were looked at, or what is wrong; empty where there is nothing to say. */
  because: string;
}

/**
 * One with an answer for each task, in their order, and others between them: a first one when the thread is ready, and
 * two around what it must prepare. Node's own messages on the line have no `usedMs`.
 */
export interface ThreadWord {
  answer: Answer | null;
  /** An expression or schema is new to the thread: reading it takes longer than using it. */
  isPreparing: boolean;
  /** The thread's own processor time until now. */
  usedMs: number;
}
