/**
 * What a run did, as the job itself tells it: counts, steps, metrics, evidence. It grows with every check-in of the run
 * and is complete with its finish. All of it is optional and bounded; nothing of it is believed without a check.
 */
import type { ErrorClass } from "./error-class.ts";

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

export const COUNT_NAMES = ["expected", "processed", "succeeded", "failed", "skipped"] as const;
export type CountName = (typeof COUNT_NAMES)[number];
/** Whole numbers from 0; only those that were told. */
export type Counts = { readonly [Name in CountName]?: number };

export const STEP_STATUSES = ["running", "ok", "failed", "skipped"] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

/** What kind of work a step is: `agent`, `llm`, `tool`, `http`, `db` have a meaning in checks and stories. */
export type StepKind = "agent" | "llm" | "tool" | "retrieval" | "http" | "db" | "task";

export interface StepHttp {
  method: string | null;
  host: string | null;
  status: number | null;
  retryAfterSeconds: number | null;
}

export interface StepError {
  class: ErrorClass;
  /** As its source calls it: an exception's name, `429`. */
  type: string | null;
  message: string | null;
}

export interface Step {
  /** What tells it from others when it is told of again: a span's id, else made of `seq` or name. */
  id: string;
  /** The step it is a part of; null: a step of the run itself. */
  parentId: string | null;
  /** Its place among the run's steps, from 1; null where nothing was said. */
  seq: number | null;
  name: string;
  kind: StepKind;
  status: StepStatus;
  startedAt: number | null;
  endedAt: number | null;
  /** From 1; more than 1 is a retry. */
  attempt: number;
  counts: Counts | null;
  http: StepHttp | null;
  error: StepError | null;
  /** Tokens used, in and out together. */
  tokens: number | null;
  /** In whatever currency the job counts. */
  cost: number | null;
}

/** Something outside the run that shows its work: a file, a page, a record. */
export interface EvidenceItem {
  kind: string;
  url: string | null;
  id: string | null;
  name: string | null;
  /** In bytes. */
  size: number | null;
  /** In lower-case hex. */
  sha256: string | null;
  createdAt: number | null;
}

export interface Environment {
  host: string | null;
  version: string | null;
  commit: string | null;
  /** A link to a trace, or its id. */
  trace: string | null;
}

/** Answers of one host with one status, counted over the whole run: also those whose steps were cut. */
export interface HttpTally {
  host: string;
  status: number;
  count: number;
  firstAt: number | null;
  lastAt: number | null;
  /** The largest `Retry-After` seen. */
  retryAfterSeconds: number | null;
  /** Told by the body or the error: not a rate to wait for, but an allowance used up. */
  isQuota: boolean;
}

/** What one check-in says of the run. */
export interface OutcomePart {
  counts?: Counts;
  metrics?: Readonly<Record<string, number>>;
  steps?: readonly Step[];
  /** The names of the steps there are to be: gives "3 of 7", and shows which were left out. */
  plan?: readonly string[];
  evidence?: readonly EvidenceItem[];
  environment?: Environment;
  /** The tail of the job's log. */
  log?: string;
  http?: readonly HttpTally[];
  /** What is not known to Rollcall, kept as it came. */
  extra?: Readonly<Record<string, JsonValue>>;
  /** Why what was to be the outcome could not be read: such a run is never verified. */
  unreadable?: string;
  /** Steps beyond the limit: counted, not kept. Their answers stand in `http`. */
  stepsCut?: number;
  /** Tries after the first one: of a part those of steps that were cut, of an outcome those of all steps. */
  retries?: number;
}

export interface Outcome extends OutcomePart {
  exitStatus: number | null;
  /** The tail of the finish's body, as text; empty when there was none. */
  message: string;
}

/** What is known of a run before it has said anything. */
export const NOTHING_TOLD: Outcome = { exitStatus: null, message: "" };
