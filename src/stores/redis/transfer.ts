/**
 * All of it as records, and all of it from records. Everything is read before the first record is given, and monitors
 * that were written meanwhile are read again, until none was: then it is of one instant.
 */
import { RollcallError } from "../../domain/errors.ts";
import { LIMITS } from "../../domain/limits.ts";
import type { StoredRecord, TransferStore } from "../../ports/transfer.ts";
import { instanceRecords, monitorRecords, monitorStamps, placeRecords } from "./transfer/exporting.ts";
import { type Import, takeIn } from "./transfer/importing.ts";
import type { RedisParts } from "./parts.ts";
import { baseOf, INSTANCE, nameOf, type Place } from "./places.ts";
import { openSpool, type Spool } from "./transfer/spool.ts";

/** Records written together: a script over them takes a few milliseconds. */
const WRITTEN_TOGETHER = 500;
/** Monitors read side by side; all of each is in memory meanwhile. */
const READ_TOGETHER = 4;

export function transferSection(parts: RedisParts): TransferStore {
  const { connection, places } = parts;
  const holdsAnything = async (): Promise<boolean> => {
    const base = baseOf(connection, INSTANCE);
    const signs = await connection.ask((client) => client.exists(`${base}signs`, `${base}spots`));
    return signs > 0 || (await places.all()).length > 0;
  };
  return {
    async *exportAll() {
      const spool = await openSpool();
      try {
        await readAll(parts, spool);
        yield* spool.records();
      } finally {
        await spool.close();
      }
    },

    async importAll(records) {
      if (await holdsAnything()) {
        throw new RollcallError(
          "conflict",
          "The store is not empty: import into a new one, or under another prefix.",
        );
      }
      const taken: Import = { arrivals: new Map(), lanes: new Map(), lastRejection: 0 };
      let together: StoredRecord[] = [];
      for await (const record of records) {
        // What a record speaks of is of a kind before it, and has to be there first.
        if (together.length >= WRITTEN_TOGETHER || (together[0] ?? record).kind !== record.kind) {
          await takeIn(parts, taken, together);
          together = [];
        }
        together.push(record);
      }
      await takeIn(parts, taken, together);
      if (taken.lastRejection === 0) return;
      await connection.ask((client) => client.set(`${connection.prefix}:rejections`, taken.lastRejection));
    },
  };
}

/** Messages are read after the monitors, so that none is missing of an incident that is among what was read. */
async function readAll(parts: RedisParts, spool: Spool): Promise<void> {
  const stamps = new Map<string, string>();
  for (let round = 1; round <= LIMITS.exportRounds; round += 1) {
    const changed = await changedMonitors(parts, spool, stamps);
    if (changed.length === 0 && round > 1) return;
    for (let from = 0; from < changed.length; from += READ_TOGETHER) {
      await Promise.all(
        changed.slice(from, from + READ_TOGETHER).map(async (one) => {
          const found = await monitorRecords(parts, one.place, one.id);
          if (found === null) return;
          await spool.put(one.owner, once(found.records));
          stamps.set(one.owner, found.stamp);
        }),
      );
    }
    for (const place of await placesOf(parts)) await spool.put(nameOf(place), placeRecords(parts, place));
    await spool.put("", instanceRecords(parts));
  }
}

interface MonitorRead {
  place: Place;
  id: string;
  /** In the order of monitors within their place. */
  owner: string;
}

/** Those that are not as they were read; what is gone is dropped. */
async function changedMonitors(
  parts: RedisParts,
  spool: Spool,
  stamps: Map<string, string>,
): Promise<MonitorRead[]> {
  const { connection } = parts;
  const gone = new Set(stamps.keys());
  const changed: MonitorRead[] = [];
  for (const place of await placesOf(parts)) {
    let after = "-";
    for (;;) {
      const from = after;
      const ids = await connection.ask((client) =>
        client.zrangebylex(`${baseOf(connection, place)}ids`, from, "+", "LIMIT", 0, WRITTEN_TOGETHER),
      );
      const now = await monitorStamps(parts, place, ids);
      for (const [index, id] of ids.entries()) {
        const owner = `${nameOf(place)} ${id}`;
        gone.delete(owner);
        if (now[index] !== null && now[index] !== stamps.get(owner)) changed.push({ place, id, owner });
      }
      if (ids.length < WRITTEN_TOGETHER) break;
      after = `(${ids.at(-1)}`;
    }
  }
  for (const owner of gone) {
    spool.drop(owner);
    stamps.delete(owner);
  }
  return changed;
}

async function placesOf({ places }: RedisParts): Promise<Place[]> {
  return (await places.all()).filter(({ project }) => project !== INSTANCE.project);
}

async function* once(records: readonly StoredRecord[]): AsyncIterable<readonly StoredRecord[]> {
  yield records;
}
