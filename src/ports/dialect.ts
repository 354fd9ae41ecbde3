/** A check-in wire format Rollcall speaks: its paths, how a request is read, how an answer is written. */
import type { Receipt } from "../domain/change.ts";
import type { CheckInKind, Trigger } from "../domain/check-in.ts";
import type { ErrorCode, FieldProblem, RollcallError } from "../domain/errors.ts";
import type { OutcomePart } from "../domain/outcome/outcome.ts";
import type { Presented } from "./trust.ts";

/** A request as every dialect sees it: already read, bounded, nothing decided. */
export interface CheckInRequest {
  method: string;
  /** Decoded path segments after the dialect's prefix. */
  segments: readonly string[];
  query: Readonly<Record<string, string>>;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  /** The kept tail, as text (invalid UTF-8 replaced). What was cut is noted in the receipt by whoever read it. */
  body: string;
  /** False when something was cut: such a body is text, whatever it was meant to be. */
  isBodyWhole: boolean;
}

/** What the job said, before it is known who said it. */
export interface ReadCheckIn {
  presented: Presented;
  kind: CheckInKind;
  runId: string | null;
  trigger: Trigger;
  scheduledForAt: number | null;
  occurredAt: number | null;
  sentAt: number | null;
  durationMs: number | null;
  exitStatus: number | null;
  body: string;
  /** What it says of the run's outcome beside status and body; absent when it says nothing. */
  outcome?: OutcomePart;
  idempotencyKey: string | null;
  /** `create=1` and what to create with: API names and values, as sent. */
  create: Readonly<Record<string, string>> | null;
  notes: readonly string[];
  /** Fields that were not as they must be: the check-in is kept, the answer is 400 and names them. */
  problems: readonly FieldProblem[];
}

/** Plainly meant for a monitor, but not to be understood: refused truthfully, and kept as a rejection. */
export interface UnreadableCheckIn {
  presented: Presented;
  /** What was not understood and what is allowed, without repeating what may be a secret. */
  unreadable: RollcallError;
}

export interface DialectAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface Accepted {
  receipt: Receipt;
  problems: readonly FieldProblem[];
  /** This very check-in made its monitor. */
  isCreated: boolean;
}

export interface Refusal {
  code: ErrorCode;
  /** The status that belongs to the code; a dialect whose clients need another one answers that. */
  status: number;
  /** One sentence for the person who reads the job's output. */
  message: string;
  problems: readonly FieldProblem[];
  retryAfterSeconds: number | null;
}

export interface Dialect {
  name: string;
  /** Path prefixes without a trailing slash: `/checkin`. */
  prefixes: readonly string[];
  /** Paths at the root that are its check-ins too, read as if they stood behind its first prefix; null: none. */
  rootPaths: RegExp | null;
  /** The methods by which one checks in. OPTIONS is never among them. */
  methods: readonly string[];
  /** Null: the path is none of this dialect's check-ins (404). Never throws for bad input. */
  read(request: CheckInRequest): ReadCheckIn | UnreadableCheckIn | null;
  answer(request: CheckInRequest, result: Accepted | { refusal: Refusal }): DialectAnswer;
}
