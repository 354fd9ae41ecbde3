/**
 * Calls of the scheduler on our own check-in paths: looking at their twin leaves no trace, so the proof that only the
 * platform can make is observed where it is used. Twin and check-in pass one boundary.
 */
import type { ObservedCall } from "../domain/trust/observed-proof.ts";
import { twinAt } from "../domain/trust/twin.ts";
import type { Verification } from "../domain/trust/verification.ts";
import { listCheckIns } from "./list-check-ins.ts";
import type { EngineParts } from "./parts.ts";

/** A scheduler calls once a window; of a monitor that is told more often the latest ones show as much. */
const LATEST = 100;

/** Check-ins that met the contract under verification, where the address is the twin of a monitor's check-ins. */
export async function observedCheckIns(
  parts: EngineParts,
  { project, url, contract, configHash }: Verification,
): Promise<readonly ObservedCall[]> {
  const slug = slugOfTwin(parts, { project, url });
  const ref = slug === null ? null : await parts.store.findMonitor(project, slug);
  if (ref === null || ref.deletedAt !== null) return [];
  const checkIns = await listCheckIns(parts, { project, slug: ref.slug, limit: LATEST });
  return checkIns
    .map(({ checkIn }) => checkIn)
    .filter(({ via, principal }) => via === "contract" && principal.startsWith(`contract ${contract}: `))
    .map(({ receivedAt, trigger }) => ({
      at: receivedAt,
      isOk: true,
      reason: null,
      principal: trigger === "manual" ? "manual" : "scheduler",
      rules: configHash,
    }));
}

/** The monitor at whose check-ins' twin the verification was made; null: it was made elsewhere. */
export function slugOfTwin(
  { publicUrl }: EngineParts,
  { project, url }: Pick<Verification, "project" | "url">,
): string | null {
  const twin = twinAt({ publicUrl, url });
  return twin?.of === "check-ins" && twin.project === project ? twin.slug : null;
}
