/** A receipt told: as one line for people and logs, as JSON for programs, and as a header for other dialects. */
import type { Receipt } from "../domain/change.ts";
import { instantText } from "../domain/instant.ts";

/** Begins with `OK` always: scripts look for it. */
export function receiptLine(receipt: Receipt): string {
  const parts = [`OK ${receipt.monitor}: ${receipt.kind} ${what(receipt)}`];
  if (receipt.window !== null) parts.push(windowText(receipt.window));
  if (receipt.nextExpectedAt !== null) {
    const by = receipt.nextStartBy === null ? "" : `, start by ${instantText(receipt.nextStartBy)}`;
    parts.push(`next expected ${instantText(receipt.nextExpectedAt)}${by}`);
  }
  parts.push(...receipt.notes.map((note) => `note: ${note}`));
  return parts.join("; ").replaceAll(/[\r\n]+/g, " ");
}

export function receiptJson(receipt: Receipt): Record<string, unknown> {
  const { window } = receipt;
  return {
    ok: true,
    monitor: receipt.monitor,
    kind: receipt.kind,
    run: receipt.run,
    run_id: receipt.runId,
    trigger: receipt.trigger,
    window:
      window === null
        ? null
        : {
            expected_at: instantText(window.expectedAt),
            start_by: instantText(window.startBy),
            start: window.start,
            verdict: window.verdict,
            as: window.as,
          },
    duplicate: receipt.isDuplicate,
    received_at: instantText(receipt.receivedAt),
    occurred_at: receipt.occurredAt === null ? null : instantText(receipt.occurredAt),
    next:
      receipt.nextExpectedAt === null
        ? null
        : {
            expected_at: instantText(receipt.nextExpectedAt),
            start_by: receipt.nextStartBy === null ? null : instantText(receipt.nextStartBy),
          },
    notes: receipt.notes,
  };
}

/** Headers hold printable ASCII only; anything else would break the answer instead of explaining it. */
export function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, "?").slice(0, 1_000);
}

function what(receipt: Receipt): string {
  const already = receipt.isDuplicate ? "was here already" : "recorded";
  if (receipt.run === null) return already;
  const named = receipt.runId === null ? receipt.run : `${receipt.run} (${JSON.stringify(receipt.runId)})`;
  return `${already} for ${receipt.trigger === "manual" ? "manual run" : "run"} ${named}`;
}

function windowText(window: NonNullable<Receipt["window"]>): string {
  const expected = `window ${instantText(window.expectedAt)}`;
  const verdict = window.verdict ?? (window.start === "late" ? "running late" : "running");
  return window.as === "extra"
    ? `extra run of ${expected} (which is ${verdict})`
    : `${expected} is ${verdict}`;
}
