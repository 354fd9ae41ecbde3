/**
 * One pass of delivery at one instant, from what was committed to what people read:
 *
 * 1. claim    batches that are due, under a lease, passing over channels that are still being sent to
 * 2. open     the channel's kind and settings; where there are none, the messages are settled without sending
 * 3. mute     what nobody wants any more is dropped
 * 4. collapse pending changes of one incident become one message
 * 5. digest   too many openings on one channel become one message
 * 6. send     side by side, a few at once on each channel
 * 7. record   sent, again later, or given up; a channel that fails or recovers becomes known to its project
 *
 * At least once: a crash between 6 and 7 sends again under the same deduplication key. Where only the store was away, what
 * was sent is written down before anything else is claimed.
 */
import { LIMITS } from "../../domain/limits.ts";
import type { ChannelRef, NotificationBatch } from "../../ports/store.ts";
import type { EngineParts } from "../parts.ts";
import { collapse, type Parcel } from "./collapse.ts";
import { digest } from "./digest.ts";
import { loggable } from "./loggable.ts";
import { createLanes, type Lanes } from "./lanes.ts";
import { mute } from "./mute.ts";
import { openChannel } from "./open-channel.ts";
import {
  type ChannelTroubleEvent,
  recordAgain,
  recordResult,
  settleWithoutSending,
  type Tried,
} from "./record.ts";
import { sendMessage } from "./send.ts";

/** Kept between passes, once in each process. */
export interface UnderWay {
  /** Channels that are being sent to. */
  lanes: Lanes;
  /** What was sent and could not be written down yet. */
  unrecorded: Set<Tried>;
}

export function nothingUnderWay(): UnderWay {
  return { lanes: createLanes(), unrecorded: new Set() };
}

export interface Delivery extends UnderWay {
  nowAt: number;
  /** Told again and again while it lasts; the receiver tells what is new. */
  onChannelTrouble: (event: ChannelTroubleEvent) => Promise<void>;
  /** This channel alone, until nothing can be claimed for it; absent: all channels, what is due at `nowAt`. */
  only?: ChannelRef;
}

/**
 * Resolves when everything this pass claimed is settled, so a hanging channel holds it for as long as a send may
 * take. Call it again meanwhile: other channels are then served, and this one is passed over.
 */
export async function deliverDue(parts: EngineParts, delivery: Delivery): Promise<{ claimed: number }> {
  await recordAgain(parts, delivery);
  if (delivery.only !== undefined) return drain(parts, delivery, delivery.only);
  const underWay: Promise<void>[] = [];
  let claimed = 0;
  for (;;) {
    const batches = await parts.store.claimNotifications({
      nowAt: delivery.nowAt,
      leaseMs: LIMITS.sendLeaseMs,
      limit: LIMITS.batchesPerClaim,
      busy: delivery.lanes.busy(),
    });
    claimed += batches.length;
    for (const [lane, ofChannel] of byChannel(batches)) {
      underWay.push(delivery.lanes.occupy(lane, () => deliverChannel(parts, delivery, ofChannel)));
    }
    // A full claim may have left out other channels; those just claimed are busy now, so this ends.
    if (batches.length < LIMITS.batchesPerClaim) break;
  }
  await Promise.all(underWay);
  return { claimed };
}

/**
 * What is committed meanwhile is sent as well: who asked for it to be sent was told that this is under way. Ends where
 * what is sent fails, for that is not due again or still leased.
 */
async function drain(parts: EngineParts, delivery: Delivery, only: ChannelRef): Promise<{ claimed: number }> {
  let claimed = 0;
  for (let claims = 0; claims < LIMITS.claimsPerDrain; claims += 1) {
    const nowAt = Math.max(delivery.nowAt, parts.clock.now());
    const limit = LIMITS.batchesPerClaim;
    const batches = await parts.store.claimNotifications({ nowAt, leaseMs: LIMITS.sendLeaseMs, limit, only });
    if (batches.length === 0) break;
    claimed += batches.length;
    const pass = { ...delivery, nowAt };
    await delivery.lanes.occupy(laneOf(only), () => deliverChannel(parts, pass, batches));
  }
  return { claimed };
}

/** Never throws: what fails here is logged, and its lease brings it back. */
async function deliverChannel(
  parts: EngineParts,
  delivery: Delivery,
  batches: readonly NotificationBatch[],
): Promise<void> {
  const { project = "", channel = "" } = batches[0] ?? {};
  try {
    const opened = await openChannel(parts, { project, channel });
    if (!opened.isOpen) {
      for (const batch of batches) await settleWithoutSending(parts, delivery, { batch, ...opened });
      return;
    }
    const wanted = await mute(parts, delivery, batches);
    const parcels = await digest(parts, delivery.nowAt, await collapse(parts, wanted));
    const lane = laneOf({ project, channel });
    const sendOne = (parcel: Parcel) =>
      delivery.lanes.run(lane, () => deliverParcel(parts, delivery, { parcel, opened }));
    await Promise.all(parcels.map(sendOne));
  } catch (error) {
    parts.log.error("a channel could not be delivered to", { project, channel, ...loggable(error) });
  }
}

async function deliverParcel(
  parts: EngineParts,
  delivery: Delivery,
  {
    parcel,
    opened,
  }: { parcel: Parcel; opened: Extract<Awaited<ReturnType<typeof openChannel>>, { isOpen: true }> },
): Promise<void> {
  // Behind a channel that hangs the lease may be nearly over; then the next claim sends it, not two at once.
  if (parts.clock.now() - delivery.nowAt > LIMITS.sendStartMs) return;
  const result = await sendMessage(parts, { ...opened, message: parcel.message, thread: parcel.thread });
  await recordResult(parts, delivery, { parcel, kind: opened.kind.kind, result, at: parts.clock.now() });
}

function laneOf({ project, channel }: { project: string; channel: string }): string {
  return `${project}/${channel}`;
}

function byChannel(batches: readonly NotificationBatch[]): Map<string, NotificationBatch[]> {
  const groups = new Map<string, NotificationBatch[]>();
  for (const batch of batches) {
    const lane = laneOf(batch);
    const group = groups.get(lane);
    if (group === undefined) groups.set(lane, [batch]);
    else group.push(batch);
  }
  return groups;
}
