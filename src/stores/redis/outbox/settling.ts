/**
 * What came of claimed notifications, written only over what was read: what a try makes of a notification is worked out
 * here, as every store does, and not in a script.
 */
import { RollcallError } from "../../../domain/errors.ts";
import type { Notification } from "../../../domain/notification.ts";
import type { OutboxStore, SettledNotification } from "../../../ports/store.ts";
import { settledNotification } from "../../merging.ts";
import { listed } from "../connection/arguments.ts";
import { channelName, laneName } from "./lanes.ts";
import argumentsLua from "../lua/arguments.lua";
import outboxLua from "../lua/outbox.lua";
import settleLua from "../lua/settle.lua";
import { ownerNamedBy } from "../owners.ts";
import type { RedisParts } from "../parts.ts";
import { baseOf, type Place } from "../places.ts";
import { scriptOf } from "../connection/scripts.ts";

const SETTLE = scriptOf("settle", argumentsLua, outboxLua, settleLua);

/** Two settle one batch only where a lease has ended: more rounds than this are a mistake of ours. */
const ROUNDS = 10;

type Settling = Parameters<OutboxStore["settleNotifications"]>;

export function settler(parts: RedisParts): OutboxStore["settleNotifications"] {
  return async (...settling) => {
    const [{ incidentId }, settled] = settling;
    const ids = [...new Set(settled.map(({ id }) => id))];
    const places = await placesHolding(parts, settling, ids);
    // Where nothing is known of what was settled there may still be a lease to end.
    const wanted = incidentId === null ? places.filter(({ read }) => read.size > 0) : places;
    await Promise.all(wanted.map((place) => settleIn(parts, place, settling)));
  };
}

interface Holding {
  place: Place;
  /** Documents by id. */
  read: Documents;
}

type Documents = ReadonlyMap<string, string>;

/** Those that hold what was settled; all of the project where none does. Most ids tell whose they are, and so where. */
async function placesHolding(
  parts: RedisParts,
  [batch]: Settling,
  ids: readonly string[],
): Promise<Holding[]> {
  const all = await parts.places.ofProject(batch.project);
  const readIn = async (place: Place) => ({ place, read: await documentsOf(parts, place, ids) });
  const likely = all.length === 1 ? null : await likelyPlace(parts, ids[0]);
  const found = likely?.project === batch.project ? await readIn(likely) : null;
  if (found !== null && found.read.size === ids.length) return [found];
  const each = await Promise.all(all.map(readIn));
  const holding = each.filter(({ read }) => read.size > 0);
  return holding.length > 0 ? holding : each;
}

async function likelyPlace({ places }: RedisParts, id: string | undefined): Promise<Place | null> {
  const owner = id === undefined ? null : ownerNamedBy(id);
  return owner === null ? null : places.ofMonitor(owner);
}

async function settleIn(
  parts: RedisParts,
  { place, read }: Holding,
  [batch, settled, thread]: Settling,
): Promise<void> {
  const { incidentId } = batch;
  const own = incidentId === null ? null : laneName({ ...batch, incidentId, id: "" });
  let documents = read;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const written = listed(triedOf(batch, settled, documents), ({ before, after }) => [
      laneName(after),
      channelName(after),
      after.id,
      after.status,
      after.notBeforeAt,
      before,
      JSON.stringify(after),
    ]);
    const given = [thread, own, batch.leasedUntilAt, ...written];
    if ((await parts.connection.run(SETTLE, place, ...given)) === 1) return;
    documents = await documentsOf(parts, place, [...read.keys()]);
  }
  throw new RollcallError("unavailable", "Others settle the same notifications again and again. Try again.");
}

async function documentsOf(
  { connection }: RedisParts,
  place: Place,
  ids: readonly string[],
): Promise<Documents> {
  if (ids.length === 0) return new Map();
  const found = await connection.ask((client) => client.hmget(`${baseOf(connection, place)}n`, ...ids));
  return new Map(ids.flatMap((id, index): [string, string][] => (found[index] ? [[id, found[index]]] : [])));
}

interface Tried {
  /** As it was read. */
  before: string;
  after: Notification;
}

/** Of the batch only, each once, however often it was settled. */
function triedOf(
  { project, channel, incidentId }: Settling[0],
  settled: readonly SettledNotification[],
  read: Documents,
): Tried[] {
  const tried = new Map<string, Tried>();
  for (const one of settled) {
    const before = read.get(one.id);
    if (before === undefined) continue;
    const known = tried.get(one.id)?.after ?? (JSON.parse(before) as Notification);
    const isOfBatch =
      known.project === project && known.channel === channel && known.incidentId === incidentId;
    if (isOfBatch) tried.set(one.id, { before, after: settledNotification(known, one) });
  }
  return [...tried.values()];
}
