/**
 * Proof that only the scheduler can make: its own call on the probe, seen by the guard there, completes a verification
 * that could not make it.
 */
import { durationInWords } from "../duration.ts";
import { instantText } from "../instant.ts";
import type { ProjectState } from "../project.ts";
import type { GuardedRoute } from "./guarded-route.ts";
import { colourOf, type CaseResult, type Verification } from "./verification.ts";

/** One call that a boundary decided, and the rules by which; null: those that were verified, whatever they are called. */
export type ObservedCall = GuardedRoute["calls"][number] & { rules: string | null };

/**
 * The same object while there is nothing new. A call counts where the probe runs the very rules that were verified; one
 * that said nothing of its rules, as it let nobody in, says them with that call.
 */
export function withObservedProof(
  verification: Verification,
  seen: {
    routes: readonly GuardedRoute[];
    checkIns?: readonly ObservedCall[];
    nowAt: number;
    contracts: NonNullable<ProjectState["contracts"]>;
  },
): Verification {
  const { cases, configHash, at, awaitedUntilAt } = verification;
  // Rollcall's own call by another contract of this probe, when that is verified, shows nothing of this one.
  const isOfAnother = (name: string) => name !== verification.contract && Object.hasOwn(seen.contracts, name);
  if (awaitedUntilAt === null || !cases.some(({ result }) => result === "awaited")) return verification;
  const probed = seen.routes
    .filter((route) => route.isProbe && (configHash === null || route.configHash === configHash))
    .flatMap((route) => route.calls.map((call) => ({ ...call, rules: route.configHash })))
    .filter(({ contract }) => contract == null || !isOfAnother(contract));
  const calls = [...probed, ...(seen.checkIns ?? [])].filter(
    (call) => call.at >= at && call.at <= awaitedUntilAt,
  );
  const letIn = calls.find(({ isOk, principal }) => isOk && principal === "scheduler");
  if (letIn !== undefined) {
    const seenAt = `seen at ${instantText(letIn.at)}: let in`;
    return {
      ...settled(verification, { result: "passed", seen: seenAt }),
      configHash: letIn.rules ?? configHash,
    };
  }
  if (seen.nowAt <= awaitedUntilAt) return verification;
  const within = durationInWords(awaitedUntilAt - at);
  const came = `no call of the scheduler was let in within ${within}${refusals(calls)}`;
  return settled(verification, { result: "failed", seen: came });
}

function settled(verification: Verification, now: Pick<CaseResult, "result" | "seen">): Verification {
  const cases = verification.cases.map((each) => (each.result === "awaited" ? { ...each, ...now } : each));
  const findings = now.result === "failed" ? [...verification.findings, now.seen] : verification.findings;
  return { ...verification, cases, findings, colour: colourOf({ cases, findings }) };
}

/** Whose they were nobody knows; that they came at all is what is to be looked at first. */
function refusals(calls: GuardedRoute["calls"]): string {
  const reasons = new Set(calls.filter(({ isOk }) => !isOk).map(({ reason }) => reason ?? "no reason"));
  return reasons.size === 0 ? "" : `, and calls were refused (${[...reasons].join(", ")})`;
}
