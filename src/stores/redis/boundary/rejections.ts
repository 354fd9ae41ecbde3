/**
 * What was refused at the trust boundary, folded: a flood of it stays one entry.
 *
 * In the home of the project: `rejections` (number → entry), `rejections:folds` (fold → number), `rejections:seen` (all
 * numbers by their last instant) and `rejections:inbox` (those of no monitor). Outside, `near:<monitor>` names the
 * entries of a monitor, whichever project they are of: written before them, and harmless when they are not there.
 */
import { LIMITS } from "../../../domain/limits.ts";
import type { BoundaryStore } from "../../../ports/boundary-store.ts";
import type { Rejection } from "../../../ports/records.ts";
import { pageOf, shownIn } from "../../cursor.ts";
import { foldedRejection, foldKeyOf, joinedRejection, marksOf } from "../../merging.ts";
import type { Amending, Held, Write } from "../amending.ts";
import argumentsPart from "../lua/arguments.lua";
import findRejection from "../lua/find-rejection.lua";
import type { RedisParts } from "../parts.ts";
import { baseOf, homeOf } from "../places.ts";
import { scriptOf } from "../connection/scripts.ts";

const FIND_REJECTION = scriptOf("find-rejection", argumentsPart, findRejection);

type Section = Pick<BoundaryStore, "addRejection" | "listRejections" | "rejectionsNear" | "claimRejection">;

export function rejectionSection(parts: RedisParts, { amend }: Amending): Section {
  const { connection } = parts;
  const { prefix } = connection;
  const entriesKey = (project: string) => `${baseOf(connection, homeOf(project))}rejections`;
  const find = async (project: string, fold: string): Promise<Found> => {
    const answer = await connection.run(FIND_REJECTION, homeOf(project), fold, LIMITS.rejectionsPerProject);
    return foundIn(answer as FindReply);
  };
  const near = nearKeys(parts);

  return {
    async addRejection(sighting) {
      const { project } = sighting;
      const fold = foldKeyOf(sighting);
      let named: Rejection | null = null;
      const displaced = await amend({ project, subject: "rejections" }, async () => {
        // By the round before this one, which wrote no entry.
        if (named !== null) await near.remove(named);
        named = null;
        const { known, displaced: gone } = await find(project, fold);
        if (known !== null) {
          const entry = foldedRejection(known.entry, sighting, known.entry.id);
          return { onlyIf: [heldEntry(known)], writes: putEntry(entry), result: [] };
        }
        const number = await connection.ask((client) => client.incr(`${prefix}:rejections`));
        const entry = foldedRejection(null, sighting, String(number));
        named = entry;
        await near.add(entry);
        return {
          onlyIf: [{ hash: "rejections:folds", field: fold, text: null }, ...gone.map(heldEntry)],
          writes: [
            ...gone.flatMap(({ entry: each }) => dropEntry(each)),
            ["put", "rejections:folds", fold, entry.id],
            ...putEntry(entry),
          ],
          result: gone,
        };
      });
      for (const { entry } of displaced ?? []) await near.remove(entry);
    },

    async listRejections(project, page) {
      // Entries move to the front when they are seen again, so a page is what was not shown yet, not what lies
      // behind a place. The limit of entries bounds the cursor.
      const shown = shownIn(page.cursor);
      const seen = await connection.ask((client) => client.zrevrange(`${entriesKey(project)}:seen`, 0, -1));
      const numbers = seen.map(Number).filter((number) => !shown.has(number));
      const showing = numbers.slice(0, page.limit);
      const { nextCursor } = pageOf(numbers, page.limit, () => [...shown, ...showing]);
      const items = await readEntries(parts, project, showing.map(String));
      return { items: items.map(({ entry }) => entry), nextCursor };
    },

    async rejectionsNear(monitorId, between) {
      const entries = await near.entriesOf(monitorId);
      return entries
        .toSorted((one, other) => Number(one.entry.id) - Number(other.entry.id))
        .flatMap(({ entry }) => marksOf(entry, between))
        .sort((one, other) => one.at - other.at)
        .slice(-LIMITS.rejectionMarks);
    },

    async claimRejection({ project, id, monitorId, slug }) {
      const [first] = await readEntries(parts, project, [id]);
      if (first === undefined) return false;
      // Neither changes with what is folded in meanwhile. Asked in every round, a claim would be slower than whoever adds to
      // the same entry, and would lose every round for as long as they do.
      const fold = foldKeyOf({ ...first.entry, monitorId, slug });
      await near.add({ ...first.entry, monitorId });
      const gone = await amend({ project, subject: "rejections" }, async () => {
        const [[named], { known }] = await Promise.all([
          readEntries(parts, project, [id]),
          find(project, fold),
        ]);
        if (named === undefined) return null;
        const claimed = { ...named.entry, monitorId, slug };
        const alike = known === null || known.entry.id === id ? null : known;
        const joined = alike === null ? claimed : joinedRejection(claimed, alike.entry);
        return {
          onlyIf: [
            heldEntry(named),
            { hash: "rejections:folds", field: fold, text: known?.entry.id ?? null },
            ...(alike === null ? [] : [heldEntry(alike)]),
          ],
          writes: [
            ...(alike === null ? [] : dropEntry(alike.entry)),
            ...dropEntry(named.entry),
            ["put", "rejections:folds", fold, id],
            ...putEntry(joined),
          ],
          result: [
            ...(alike === null ? [] : [alike]),
            ...(named.entry.monitorId === monitorId ? [] : [named]),
          ],
        };
      });
      for (const { entry } of gone ?? []) await near.remove(entry);
      return gone !== null;
    },
  };
}

/** An entry, and the text it was read from. */
export interface KeptEntry {
  entry: Rejection;
  text: string;
}

/** Those of these numbers that are there. */
export async function readEntries(
  { connection }: RedisParts,
  project: string,
  numbers: readonly string[],
): Promise<KeptEntry[]> {
  if (numbers.length === 0) return [];
  const key = `${baseOf(connection, homeOf(project))}rejections`;
  const texts = await connection.ask((client) => client.hmget(key, ...numbers));
  return texts.filter((text) => text !== null).map(keptEntry);
}

export function heldEntry({ entry, text }: KeptEntry): Held {
  return { hash: "rejections", field: entry.id, text };
}

/** All of it but its fold, which stays as it is while more is folded in. */
export function putEntry(entry: Rejection): Write[] {
  const { id, lastAt, monitorId } = entry;
  return [
    ["put", "rejections", id, JSON.stringify(entry)],
    ["rank", "rejections:seen", lastAt, rankOf(id)],
    ...(monitorId === null ? [["rank", "rejections:inbox", lastAt, rankOf(id)] as const] : []),
  ];
}

export function dropEntry(entry: Rejection): Write[] {
  return [
    ["drop", "rejections", entry.id],
    ["drop", "rejections:folds", foldKeyOf(entry)],
    ["unrank", "rejections:seen", rankOf(entry.id)],
    ["unrank", "rejections:inbox", rankOf(entry.id)],
  ];
}

/** What names the entries of a monitor. */
export function nearKeys(parts: RedisParts) {
  const { connection } = parts;
  const keyOf = (monitorId: string) => `${connection.prefix}:near:${monitorId}`;
  return {
    async add({ monitorId, project, id }: Rejection): Promise<void> {
      if (monitorId === null) return;
      await connection.ask((client) => client.sadd(keyOf(monitorId), `${project}/${id}`));
    },
    async remove({ monitorId, project, id }: Rejection): Promise<void> {
      if (monitorId === null) return;
      await connection.ask((client) => client.srem(keyOf(monitorId), `${project}/${id}`));
    },
    async entriesOf(monitorId: string): Promise<KeptEntry[]> {
      const names = await connection.ask((client) => client.smembers(keyOf(monitorId)));
      const numbers = Map.groupBy(names, (name) => name.slice(0, name.lastIndexOf("/")));
      const found = await Promise.all(
        [...numbers].map(([project, each]) =>
          readEntries(
            parts,
            project,
            each.map((name) => name.slice(name.lastIndexOf("/") + 1)),
          ),
        ),
      );
      return found.flat().filter(({ entry }) => entry.monitorId === monitorId);
    },
  };
}

/** Of two that were seen last at one instant the one made later comes after the other, as text too. */
function rankOf(id: string): string {
  return id.padStart(16, "0");
}

/** What `lua/find-rejection.lua` says. */
type FindReply = [number: string, text: string] | [number: null, displaced: string[]];

interface Found {
  known: KeptEntry | null;
  displaced: readonly KeptEntry[];
}

function foundIn([number, rest]: FindReply): Found {
  return number === null
    ? { known: null, displaced: rest.map(keptEntry) }
    : { known: keptEntry(rest), displaced: [] };
}

function keptEntry(text: string): KeptEntry {
  return { entry: JSON.parse(text) as Rejection, text };
}
