/** What to look at next, by the class of the failure: a small catalogue, so that a person need not work it out at night. */
import type { RunState } from "../run.ts";
import type { ErrorClass } from "./error-class.ts";
import { classOfTally, troubleOf } from "./http-tally.ts";
import { NOTHING_TOLD, type Outcome } from "./outcome.ts";
import { decisivePlace } from "./story-steps.ts";

/** Null: there is nothing to say beyond what holds for every failure. */
export function nextFor(errorClass: ErrorClass): string | null {
  return NEXT[errorClass];
}

/** The class of what the run failed by; `unknown` where it told nothing of it. */
export function classOfFailure(run: { state: RunState; outcome: Outcome | null }): ErrorClass {
  const outcome = run.outcome ?? NOTHING_TOLD;
  const place = decisivePlace(outcome, run.state);
  const failing = place?.within.filter(({ status }) => status === "failed") ?? [];
  const classes = failing.map(({ error }) => error?.class ?? "unknown").filter((each) => each !== "unknown");
  const tally = troubleOf(outcome.http ?? []);
  return classes.at(-1) ?? (tally === null ? "unknown" : classOfTally(tally));
}

const NEXT: Readonly<Record<ErrorClass, string | null>> = {
  timeout:
    "Look whether the other side was slow at that time, and whether the job's own time-out leaves room for it.",
  rate_limited:
    "Look at what else uses the same key at that time; wait as long as the host asks (Retry-After), or do less at once.",
  quota_exhausted:
    "Waiting does not help: look at the account's billing and limits at that host, and who used them up.",
  auth: "Look whether the key or token that the job uses has expired, was revoked, or may not do this.",
  upstream_5xx:
    "Look at the status page of that host, and whether the job's machine reaches it; the job may need to try again.",
  malformed_response:
    "Look at what the host or the model really answered: a cut-off answer, an error page, another format than before.",
  parse:
    "Look at the text that could not be read, and whether its format has changed since the last good run.",
  validation:
    "Look at what the job sent: a name that is gone (a model, a table, a page), a field or size that is not allowed.",
  budget:
    "Look why the run needed more turns, tokens or cost than it may: a loop, or more work than usual; then at the limit.",
  cancelled: "Look who or what ended it: a person, a deployment, a supervisor, a time-out around the job.",
  oom: "Look at how much memory the job needed and may have, and whether it had more work than usual.",
  crashed:
    "Look at the end of the job's log and at the machine's own (kernel, container): something ended the process.",
  unknown: null,
};
