/**
 * Why a window was judged as it was: a code with values, so that equal judgements fold into one range row,
 * and a sentence made from both.
 */
import { durationInWords } from "./duration.ts";

export type ReasonCode =
  | "started_on_time"
  | "started_early"
  | "started_late"
  | "delivered_late"
  | "finished_well"
  | "reported_failure"
  | "no_start"
  | "no_finish"
  | "superseded"
  | "sampled"
  | "blind"
  | "blind_run"
  | "paused"
  | "maintenance"
  | "previous_still_running"
  | "clock_change"
  | "worse_finish"
  | "no_progress"
  | "finished_degraded"
  | "not_verified";

export interface Reason {
  code: ReasonCode;
  /** Durations as numbers of ms under names ending in Ms; other values as text. */
  values: Readonly<Record<string, string | number | null>>;
}

const SENTENCES: Record<ReasonCode, string> = {
  started_on_time: "A start was received in time; its run has not finished yet.",
  started_early: "A start was received before the expected instant, within what counts as early.",
  started_late: "A start was received {lateMs} after the deadline.",
  delivered_late:
    "A check-in delivered {delayMs} late says the run started in time (as claimed by the sender).",
  finished_well: "The run finished well.",
  reported_failure: "The run reported a failure{detail}.",
  no_start: "No start was received by the deadline (grace {graceMs}).",
  no_finish: "The run started but did not finish within {runtimeMs}.",
  superseded: "The run had not finished when the next one with the same identity began.",
  sampled:
    "No start was received, but the latest run was told of by traces of which only a share is sent: this one may have gone untold.",
  blind: "Rollcall could not hear ({blindSpot}); no evidence came by the extended deadline.",
  blind_run:
    "Rollcall could not hear while the run was open ({blindSpot}); no finish came by the extended deadline.",
  paused: "The monitor was paused{detail}.",
  maintenance: "A maintenance was planned{detail}.",
  previous_still_running: "An earlier run was still within its runtime; the scheduler skips this one.",
  clock_change:
    "The clock changed here, and no run came that only some schedulers would make; say which scheduler it is to have it judged.",
  no_progress: "Nothing was heard of the run for {idleMs}, which is more than it may be silent (max_idle).",
  finished_degraded: "The run finished well, but something about it is to be looked at{detail}.",
  not_verified: "The run reported success, and its checks do not bear that out{detail}.",
  worse_finish: "A later, worse finish of the same run lowered the verdict{detail}.",
};

/** One sentence for a person. */
export function reasonSentence(reason: Reason): string {
  const sentence = SENTENCES[reason.code].replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = reason.values[name];
    if (value === undefined || value === null) return "";
    if (typeof value === "number" && name.endsWith("Ms")) return durationInWords(value);
    return name === "detail" ? `: ${value}` : String(value);
  });
  const judgedAs = reason.values["judgedAs"];
  if (judgedAs === undefined || judgedAs === null) return sentence;
  return `${sentence} (One of a row judged as ${judgedAs}; the time-zone data has changed since.)`;
}
