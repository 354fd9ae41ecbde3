/**
 * Gets one check-in after another to Rollcall or, where that fails, into the spool. What it cannot do it says in
 * one line and goes on: a monitor must never be why a job failed.
 */
import { startStopwatch } from "../system/pause.ts";
import { deliver, deliverSpool } from "./deliver.ts";
import { holdsRunOf, listSpool, putAside, putInSpool } from "./spool.ts";
import type { Spool } from "./spool.ts";
import type { SpooledCheckIn } from "./spooled-check-in.ts";

export interface Telling {
  /** Null where nothing can be kept: then what cannot be told is lost, and said to be. */
  spool: Spool | null;
  /** One line for whoever reads the job's output. */
  warn: (sentence: string) => void;
  /** Begins a sender that outlives us. */
  leaveSender: () => void;
}

export interface Teller {
  /** Resolves when Rollcall or the spool has it. */
  tell(checkIn: SpooledCheckIn, how: { timeoutMs: number; signal: AbortSignal }): Promise<void>;
  /** Delivers what earlier runs left, unless the server has only just failed us. */
  tellBacklog(how: { timeoutMs: number; signal: AbortSignal; currentKey: string }): Promise<void>;
  /** Leaves a sender behind if anything waits. */
  leaveTheRest(): Promise<void>;
}

/** A server that failed this recently is not tried again before the job's end is let through. */
const FRESH_MS = 10_000;

const KEPT = "What this job has to say is kept and will be told later.";
const LOST = "What this job has to say is lost, for there is no folder to keep it in: set ROLLCALL_SPOOL.";

export function createTeller({ spool, warn, leaveSender }: Telling): Teller {
  const said = new Set<string>();
  let sinceFailure: (() => number) | null = null;

  const warnOnce = (about: string, sentence: string): void => {
    if (!said.has(about)) warn(sentence);
    said.add(about);
  };
  /** A full or forbidden disk is one more thing that must not reach the job. */
  const withSpool = async (act: (spool: Spool) => Promise<void>): Promise<void> => {
    if (spool === null) return;
    try {
      await act(spool);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      warnOnce(why, `the spool ${spool.folder} cannot be used: ${why}`);
    }
  };
  const keep = (checkIn: SpooledCheckIn): Promise<void> =>
    withSpool(async (spool) => {
      const dropped = await putInSpool(spool, checkIn);
      const which = `its ${dropped} oldest check-ins were dropped`;
      if (dropped > 0) warnOnce("dropped", `the spool ${spool.folder} is full: ${which}.`);
    });

  return {
    async tell(checkIn, how) {
      const { monitor } = checkIn;
      let isRunWaiting = false;
      await withSpool(async (spool) => {
        isRunWaiting = await holdsRunOf(spool, checkIn);
      });
      if (isRunWaiting) return await keep(checkIn);
      const delivery = await deliver(checkIn, { ...how, isLate: false });
      sinceFailure = delivery.result === "failed" ? startStopwatch() : null;
      if (delivery.result === "delivered" && delivery.remark !== null) {
        warnOnce(delivery.remark, `${monitor}: ${delivery.remark}`);
      }
      if (delivery.result === "refused") {
        const { why } = delivery;
        warnOnce(why, `${monitor}: the run was not accepted: ${why}`);
        await withSpool((spool) => putAside(spool, { checkIn, why }));
      }
      if (delivery.result === "failed") {
        warnOnce("failed", `${monitor}: ${delivery.why} ${spool === null ? LOST : KEPT}`);
        await keep(checkIn);
      }
    },
    async tellBacklog(how) {
      if (sinceFailure !== null && sinceFailure() < FRESH_MS) return;
      await withSpool(async (spool) => {
        if ((await listSpool(spool)).length > 0) await deliverSpool(spool, how);
      });
    },
    leaveTheRest: () =>
      withSpool(async (spool) => {
        if ((await listSpool(spool)).length > 0) leaveSender();
      }),
  };
}
