/** The last step of every check-in's way: recorded singly, folded with others above the rate, or refused far above it. */
import type { Receipt } from "../domain/change.ts";
import type { CheckIn } from "../domain/check-in.ts";
import { RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import { createCheckInFolding } from "./check-in-folding.ts";
import { createCheckInRate } from "./check-in-rate.ts";
import type { HttpParts } from "./parts.ts";

/** Resolves when the check-in is durable. One counter stands behind it, so that all ways in share one rate. */
export type RecordCheckIn = (monitorId: string, checkIn: CheckIn) => Promise<Receipt>;

export function createCheckInRecording({ engine, clock, after }: HttpParts): RecordCheckIn {
  const record = (input: { monitorId: string; checkIn: CheckIn }) => engine.recordCheckIn(input);
  const rates = createCheckInRate(clock);
  const folding = createCheckInFolding({ record, after });
  return async (monitorId, checkIn) => {
    const rate = rates.note(monitorId);
    if (rate.what === "single") return record({ monitorId, checkIn });
    if (rate.what === "folded") return folding.fold(monitorId, checkIn);
    throw new RollcallError(
      "too_many_requests",
      `More than ${LIMITS.checkInsPerMinuteRefused} check-ins a minute for this monitor: send fewer.`,
      { retryAfterSeconds: rate.retryAfterSeconds },
    );
  };
}
