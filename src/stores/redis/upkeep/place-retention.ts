/** What is past its time of what belongs to no monitor: in a place, and of blind spots, whose unknowns lie in every place. */
import type { Plan } from "../../../domain/hearing.ts";
import type { Incident } from "../../../domain/incident.ts";
import { LIMITS } from "../../../domain/limits.ts";
import type { Notification } from "../../../domain/notification.ts";
import type { RedisParts } from "../parts.ts";
import { baseOf, INSTANCE, type Place } from "../places.ts";
import { readingIn } from "../reading.ts";
import { dropEntry, heldEntry, nearKeys, readEntries } from "../boundary/rejections.ts";
import { isClosedBefore, removalsFrom, takeIncidents, takeNotifications } from "./removing.ts";
import { reportedKey } from "../unknowns.ts";
import { dropVerification, keptVerifications } from "../boundary/verifications.ts";

interface Visit {
  nowAt: number;
  atMost: number;
}

/** How many records went. */
export async function sweepPlace(parts: RedisParts, place: Place, visit: Visit): Promise<number> {
  const steps =
    place.number === 0 ? [incidents, notices, rejections, proofs, routes, verifications, plans] : [notices];
  let removed = 0;
  for (const step of steps) {
    if (removed >= visit.atMost) break;
    removed += await step(parts, place, { ...visit, atMost: visit.atMost - removed });
  }
  return removed;
}

export async function sweepBlindSpots(parts: RedisParts, { nowAt, atMost }: Visit): Promise<number> {
  const spots = await readingIn(parts, INSTANCE).before("spots:by-end", nowAt - LIMITS.historyMs, atMost);
  let removed = 0;
  for (const spot of spots) {
    for (const place of await parts.places.all())
      removed += await removeUnknowns(parts, place, { spot, atMost: atMost - removed });
    if (removed >= atMost) break;
    await forgetReported(parts, spot);
    const removals = removalsFrom(parts, INSTANCE, 1);
    removals.take([spot], (id) => [
      ["drop", "spots", id],
      ["unrank", "spots:by-end", id],
    ]);
    removed += await removals.carryOut();
  }
  return removed;
}

type Step = (parts: RedisParts, place: Place, visit: Visit) => Promise<number>;

/** Of the project; those of monitors go with them. */
const incidents: Step = async (parts, place, { nowAt, atMost }) => {
  const [reading, removals] = [readingIn(parts, place), removalsFrom(parts, place, atMost)];
  const cutAt = nowAt - LIMITS.historyMs;
  const old = await reading.documents<Incident>("i", await reading.before("i:of:", cutAt, atMost));
  const closed = old.filter((incident) => isClosedBefore(incident, cutAt));
  await takeIncidents(parts, place, { removals, incidents: closed });
  return removals.carryOut();
};

const notices: Step = async (parts, place, { nowAt, atMost }) => {
  const [reading, removals] = [readingIn(parts, place), removalsFrom(parts, place, atMost)];
  const ids = await reading.before(`n:of:${place.project}/`, nowAt - LIMITS.historyMs, atMost);
  const old = await reading.documents<Notification>("n", ids);
  takeNotifications(
    removals,
    old.filter(({ status }) => status !== "pending").map(({ id }) => id),
  );
  return removals.carryOut();
};

const rejections: Step = async (parts, place, { nowAt, atMost }) => {
  const old = await readingIn(parts, place).before("rejections:seen", nowAt - LIMITS.historyMs, atMost);
  const entries = await readEntries(
    parts,
    place.project,
    old.map((rank) => String(Number(rank))),
  );
  const removals = removalsFrom(parts, place, atMost);
  removals.take(entries, ({ entry }) => dropEntry(entry));
  const removed = await removals.carryOut(entries.map(heldEntry));
  const near = nearKeys(parts);
  if (removed > 0) for (const { entry } of entries) await near.remove(entry);
  return removed;
};

const proofs: Step = async (parts, place, { nowAt, atMost }) => {
  const removals = removalsFrom(parts, place, atMost);
  const ended = await readingIn(parts, place).before("proofs:until", nowAt, atMost);
  removals.take(ended, (id) => [["past", "proofs", "proofs:until", id, nowAt]]);
  return removals.carryOut();
};

const routes: Step = async (parts, place, { nowAt, atMost }) => {
  const removals = removalsFrom(parts, place, atMost);
  const cutAt = nowAt - LIMITS.historyMs;
  const quiet = await readingIn(parts, place).before("guards:told", cutAt, atMost);
  removals.take(quiet, (key) => [["past", "guards", "guards:told", key, cutAt]]);
  return removals.carryOut();
};

const verifications: Step = async (parts, place, { nowAt, atMost }) => {
  const removals = removalsFrom(parts, place, atMost);
  const kept = await keptVerifications(parts, place.project);
  removals.take(
    kept.filter(({ at }) => at < nowAt - LIMITS.historyMs),
    ({ id }) => dropVerification(id),
  );
  return removals.carryOut();
};

const plans: Step = async (parts, place, { nowAt, atMost }) => {
  const { connection } = parts;
  const texts = await connection.ask((client) => client.hgetall(`${baseOf(connection, place)}plans`));
  const ended = Object.entries(texts).filter(
    ([, text]) => (JSON.parse(text) as Plan).untilAt < nowAt - LIMITS.historyMs,
  );
  const removals = removalsFrom(parts, place, atMost);
  removals.take(ended, ([id]) => [["drop", "plans", id]]);
  return removals.carryOut(ended.map(([field, text]) => ({ hash: "plans", field, text })));
};

async function removeUnknowns(
  parts: RedisParts,
  place: Place,
  { spot, atMost }: { spot: string; atMost: number },
): Promise<number> {
  const { connection } = parts;
  const monitors = await connection.ask((client) => client.hkeys(`${baseOf(connection, place)}u:${spot}`));
  const removals = removalsFrom(parts, place, atMost);
  removals.take(monitors, (id) => [["drop", `u:${spot}`, id]]);
  if (monitors.length <= atMost) removals.along(["leave", "us", spot]);
  return removals.carryOut();
}

/** In the homes of projects, whichever of their parts has what was reported. */
async function forgetReported(parts: RedisParts, spot: string): Promise<void> {
  const homes = (await parts.places.all()).filter(({ number }) => number === 0);
  for (const home of homes) {
    const removals = removalsFrom(parts, home, 1);
    removals.along(["forget", reportedKey(spot)]);
    await removals.carryOut();
  }
}
