/**
 * The UUID of a monitor's ping URL, where a person chooses it: so that addresses which crontabs call already go on
 * to reach the job that they mean.
 */
import { withPing } from "../domain/decide/configure.ts";
import { invalid, RollcallError, type FieldProblem } from "../domain/errors.ts";
import type { Ping } from "../domain/monitor.ts";
import { isUuid } from "../domain/monitor-settings.ts";
import type { EngineParts } from "./parts.ts";

interface Wanted {
  uuid: string;
  project: string;
  /** The monitor that is to have it; null: one that is still to be made. */
  monitorId: string | null;
}

export function sealedPing({ vault }: EngineParts, uuid: string): Ping {
  return { pingSealed: vault.seal(uuid), pingHash: vault.hash(uuid) };
}

/**
 * The UUID, ready to be given to the monitor; null when it has it already. A deleted monitor gives it up. Throws
 * `invalid_request` for what is no UUID, `conflict` when a living monitor of this Rollcall has it.
 */
export async function claimPing(parts: EngineParts, wanted: Wanted): Promise<Ping | null> {
  const { uuid, monitorId } = wanted;
  const problem = uuidProblem(uuid);
  if (problem !== null) throw invalid([problem]);
  await refuseTakenPing(parts, wanted);
  const ping = sealedPing(parts, uuid);
  const ref = await parts.store.findMonitorByPing(ping.pingHash);
  if (ref === null) return ping;
  if (ref.id === monitorId) return null;
  const tombstone = await parts.store.load(ref.id, {});
  if (tombstone !== null) await parts.store.commit(withPing(tombstone, sealedPing(parts, parts.ids.uuid())));
  return ping;
}

/** Null where the text may be a ping UUID. */
export function uuidProblem(text: string): FieldProblem | null {
  if (isUuid(text)) return null;
  const message = "must be a UUID in lower case, like 5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278";
  return { field: "ping_uuid", message };
}

/** Throws `conflict` when another living monitor has it. */
export async function refuseTakenPing({ store, vault }: EngineParts, wanted: Wanted): Promise<void> {
  const ref = await store.findMonitorByPing(vault.hash(wanted.uuid));
  if (ref === null || ref.deletedAt !== null || ref.id === wanted.monitorId) return;
  // Of another project not even a monitor's name is told.
  const holder = ref.project === wanted.project ? `the monitor "${ref.slug}"` : "a monitor";
  const message = `is the ping UUID of ${holder} already: give each monitor its own`;
  throw new RollcallError("conflict", `ping_uuid: ${message}`, {
    problems: [{ field: "ping_uuid", message }],
  });
}
