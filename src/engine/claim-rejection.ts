/** An entry of the inbox is bound to the monitor it was meant for, and an open incident of that monitor learns of it. */
import { RollcallError } from "../domain/errors.ts";
import type { Rejection } from "../ports/records.ts";
import { findMonitor } from "./find-monitor.ts";
import { allRejections } from "./list-rejections.ts";
import type { LiveParts } from "./live-parts.ts";
import { learnOfRejections } from "./record-rejection.ts";

/** Twice for the same monitor is harmless. Throws `not_found`, and `conflict` where it belongs to another one. */
export async function claimRejection(
  parts: LiveParts,
  { project, id, slug }: { project: string; id: string; slug: string },
): Promise<Rejection> {
  const { monitor } = await findMonitor(parts, { project, slug });
  const entry = await find(parts, { project, id });
  if (entry.monitorId === monitor.id) return entry;
  if (entry.monitorId !== null) {
    throw new RollcallError(
      "conflict",
      `This rejection belongs to the monitor ${JSON.stringify(entry.slug)} already; only an entry of the inbox can be claimed.`,
    );
  }
  const isThere = await parts.store.claimRejection({ project, id, monitorId: monitor.id, slug });
  if (!isThere) throw unknownRejection();
  await learnOfRejections(parts, {
    monitorId: monitor.id,
    latest: { at: entry.lastAt, reason: entry.reason },
  });
  return find(parts, { project, id });
}

async function find(parts: LiveParts, { project, id }: { project: string; id: string }): Promise<Rejection> {
  const entry = (await allRejections(parts, project)).find((each) => each.id === id);
  if (entry === undefined) throw unknownRejection();
  return entry;
}

function unknownRejection(): RollcallError {
  return new RollcallError(
    "not_found",
    "There is no such rejection: it may have made room for later ones. GET /v1/rejections?inbox=true lists what is there.",
  );
}
