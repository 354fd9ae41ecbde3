/** Checking in over the native paths: how a job (or its wrapper) says that it started, goes on or ended. */
import type { CheckInKind, Trigger } from "../domain/check-in.ts";
import type { ReceiptAnswer } from "./answers.ts";
import { ClientError, request } from "./request.ts";
import type { Connection } from "./request.ts";

export interface CheckInCall {
  monitor: string;
  /** Whose monitor it is, where no ping key says so but an identity token is shown; `default` unless told. */
  project?: string;
  /** What is said; a number is the exit status of a command that ended, 0 being success. */
  kind: CheckInKind | number;
  /** The job's own id of this run; check-ins with the same one belong together. */
  runId?: string | null;
  trigger?: Trigger;
  /** Instants in epoch milliseconds. `occurredAt` only for a check-in that is delivered late. */
  scheduledForAt?: number | null;
  occurredAt?: number | null;
  sentAt?: number | null;
  durationMs?: number | null;
  /** Makes sending it twice harmless: unique to this check-in, the same on every try. */
  idempotencyKey?: string | null;
  /** Plain text, of which a long one keeps its tail; or an object with fields of the outcome. */
  body?: string | Readonly<Record<string, unknown>>;
  signal?: AbortSignal;
}

/**
 * Sends one check-in with the ping key or token in `Authorization`, so that it shows in no access log. Resolves to the
 * receipt, which says what the check-in was matched to. Throws `ClientError`, also (with `isKept`) for a check-in of
 * which something could not be read.
 */
export async function checkIn(connection: Connection, call: CheckInCall): Promise<ReceiptAnswer> {
  const project = encodeURIComponent(projectOfKey(connection.key) ?? call.project ?? "default");
  const answer = await request(connection, {
    method: "POST",
    path: `/checkin/${project}/${encodeURIComponent(call.monitor)}/${call.kind}`,
    query: {
      run: call.runId,
      trigger: call.trigger === "manual" ? "manual" : null,
      scheduled_for: instantText(call.scheduledForAt),
      occurred_at: instantText(call.occurredAt),
      sent_at: instantText(call.sentAt),
      duration: secondsText(call.durationMs),
    },
    ...(call.idempotencyKey ? { headers: { "idempotency-key": call.idempotencyKey } } : {}),
    ...(call.body ? { body: call.body } : {}),
    ...(call.signal ? { signal: call.signal } : {}),
  });
  if (answer === null)
    throw new ClientError("not_rollcall", `What answered at ${connection.url} gave no receipt.`);
  return answer as ReceiptAnswer;
}

/** Keys read `rck_<kind>_<project>_<secret>`, and the secret holds no underscore. Null for anything else. */
export function projectOfKey(key: string): string | null {
  return /^rck_(?:admin|read|ping)_(.+)_[^_]+$/.exec(key)?.[1] ?? null;
}

function instantText(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : new Date(at).toISOString();
}

function secondsText(durationMs: number | null | undefined): string | null {
  return durationMs === null || durationMs === undefined
    ? null
    : String(Math.max(0, Math.round(durationMs)) / 1_000);
}
