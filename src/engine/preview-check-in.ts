/** What a check-in would be answered with: decided like any other, and never written. For the read-only twin of its path. */
import type { Receipt } from "../domain/change.ts";
import { assert } from "../domain/assert.ts";
import type { CheckIn } from "../domain/check-in.ts";
import { RollcallError } from "../domain/errors.ts";
import { decisionOf, load } from "./decide-and-commit.ts";
import type { LiveParts } from "./live-parts.ts";
import { decidingOn } from "./record-check-in.ts";

/** Throws `gone` for a deleted monitor. What other writers are about to make durable is seen, as a check-in would. */
export async function previewCheckIn(
  parts: LiveParts,
  input: { monitorId: string; checkIn: CheckIn },
): Promise<Receipt> {
  const deciding = decidingOn(parts, input);
  const snapshot = await load(parts, deciding);
  if (snapshot === null) throw new RollcallError("not_found", "There is no such monitor.");
  const event = deciding.eventOf(snapshot);
  const { receipt } = await decisionOf(parts, { snapshot, event, judgedAt: deciding.judgedAt() });
  assert(receipt !== null, "a check-in to get a receipt");
  return receipt;
}
