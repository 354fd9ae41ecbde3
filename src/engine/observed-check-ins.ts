/**
 * Calls of the scheduler on our own check-in paths: looking at their twin leaves no trace, so the proof that only the
 * platform can make is observed where it is used. Twin and check-in pass one boundary.
 */
import type { ObservedCall } from "../domain/trust/observed-proof.ts";
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

/** Of `<our address>/verify/[checkin/]<project>/<slug>…`; null: it is none of these. */
export function slugOfTwin(
  { publicUrl }: EngineParts,
  { project, url }: { project: string; url: string },
): string | null {
  const prefix = `${publicUrl}/verify/`;
  if (!url.startsWith(prefix)) return null;
  const path = url.slice(prefix.length).split(/[?#]/, 1)[0] ?? "";
  const [first, slug] = path.replace(/^checkin\//, "").split("/");
  return first === project && slug !== undefined && slug !== "" ? slug : null;
}
