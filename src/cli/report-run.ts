/**
 * Tells Rollcall of one run of a wrapped command, without ever holding it up for long: the start while the
 * command runs already, the end within a few seconds, and what earlier runs could not tell in between.
 */
import { startStopwatch } from "../system/pause.ts";
import type { SpooledCheckIn } from "./spooled-check-in.ts";
import { createTeller } from "./tell.ts";
import type { Telling } from "./tell.ts";

/** What both check-ins of the run have in common. */
export type RunIdentity = Pick<
  SpooledCheckIn,
  "url" | "key" | "monitor" | "runId" | "isManual" | "scheduledForAt"
>;

export interface RunEnding {
  exitStatus: number;
  endedAt: number;
  durationMs: number;
  body: SpooledCheckIn["body"];
}

export interface RunReport {
  /** Returns at once: the command need not wait for it. */
  start(startedAt: number): void;
  /** Resolves when Rollcall knows or the spool does, after `finishWaitMs` at most. */
  finish(ending: RunEnding): Promise<void>;
  /** Spools what is under way instead of waiting for its answer. */
  hurry(): void;
}

export function reportRun(
  identity: RunIdentity,
  how: Telling & { uuid: () => string; startWaitMs: number; finishWaitMs: number },
): RunReport {
  const teller = createTeller(how);
  const hurried = new AbortController();
  const ended = new AbortController();
  const currentKey = identity.key;
  let started: Promise<void> = Promise.resolve();

  const checkInOf = (
    own: Pick<SpooledCheckIn, "kind" | "sentAt" | "durationMs" | "body">,
  ): SpooledCheckIn => ({
    version: 1,
    ...identity,
    ...own,
    idempotencyKey: how.uuid(),
  });
  const tellStart = async (startedAt: number): Promise<void> => {
    const checkIn = checkInOf({ kind: "start", sentAt: startedAt, durationMs: null, body: "" });
    await teller.tell(checkIn, { timeoutMs: how.startWaitMs, signal: hurried.signal });
    await teller.tellBacklog({ timeoutMs: how.finishWaitMs, signal: ended.signal, currentKey });
    // What the job's end interrupts is its end's business.
    if (!ended.signal.aborted) await teller.leaveTheRest();
  };

  return {
    start(startedAt) {
      started = tellStart(startedAt);
    },
    async finish({ exitStatus, endedAt, durationMs, body }) {
      const sinceEnd = startStopwatch();
      const deadline = AbortSignal.any([AbortSignal.timeout(how.finishWaitMs), hurried.signal]);
      ended.abort();
      await started;
      const checkIn = checkInOf({ kind: exitStatus, sentAt: endedAt, durationMs, body });
      const timeoutMs = Math.max(1, Math.round(how.finishWaitMs - sinceEnd()));
      await teller.tell(checkIn, { timeoutMs, signal: hurried.signal });
      await teller.tellBacklog({ timeoutMs: how.finishWaitMs, signal: deadline, currentKey });
      await teller.leaveTheRest();
    },
    hurry: () => hurried.abort(),
  };
}
