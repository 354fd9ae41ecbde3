/** What is plainly wrong without anybody having said what is right: no work at all, or far from what was expected. */
import { LIMITS } from "../limits.ts";
import type { Outcome } from "../outcome/outcome.ts";
import type { Check, CheckResult, CheckSubject, ProofSettings } from "./check.ts";
import { agentFaults } from "./gross-agent.ts";
import { countFaults } from "./gross-counts.ts";
import { troublesOnTheWay } from "./gross-troubles.ts";

/** What one of these rules found. */
export interface GrossFault {
  check: string;
  status: "failed" | "degraded";
  sentence: string;
}

/** What a rule looks at: `speaksOf` says whether the monitor has a check of its own about a metric, which decides then. */
export interface GrossView extends CheckSubject {
  proof: ProofSettings;
  speaksOf(metric: string): boolean;
}

/**
 * Only what is wrong: a run of which nothing is wrong has no result here, and one that tells nothing never has any. A
 * job that says that nothing was expected has nothing to answer for.
 */
export function grossResults(proof: ProofSettings, subject: CheckSubject): CheckResult[] {
  if (isSilent(subject.outcome)) return [];
  const view: GrossView = { ...subject, proof, speaksOf: (metric) => proof.checks.some(about(metric)) };
  const faults = [...unreadable(view), ...countFaults(view), ...agentFaults(view), ...troublesOnTheWay(view)];
  return told(faults).map((fault) => ({ layer: "gross", ...fault }));
}

/** What has failed stands first; a run of a hundred failed steps need not tell each of them. */
function told(faults: readonly GrossFault[]): GrossFault[] {
  const failed = faults.filter(({ status }) => status === "failed");
  const all = [...failed, ...faults.filter(({ status }) => status !== "failed")];
  const shown = all.slice(0, LIMITS.grossFaultsTold);
  const more = all.length - shown.length;
  if (more > 0) shown.push({ check: "more", status: "degraded", sentence: `and ${more} more of the kind` });
  return shown;
}

/** Most jobs say no more than that they have ended, and are not to pay for those that say more. */
function isSilent({ counts, metrics, steps, http, retries, extra, unreadable: fault }: Outcome): boolean {
  return [counts, metrics, steps, http, retries, extra, fault].every((each) => each === undefined);
}

function unreadable({ outcome }: GrossView): GrossFault[] {
  if (outcome.unreadable === undefined) return [];
  const sentence = `the outcome could not be read: ${outcome.unreadable}`;
  return [{ check: "outcome", status: "failed", sentence }];
}

function about(metric: string): (check: Check) => boolean {
  const named = new RegExp(`\\brun\\.(counts\\.|metrics\\.)?${metric}\\b`);
  return (check) => {
    if (check.kind === "metric") return check.metric === metric;
    return check.kind === "cel" && named.test(check.cel);
  };
}
