/**
 * Keys, each twice: in the home of its project, and where it is found from anywhere, for whoever shows one names no
 * project. In a Cluster these lie on two masters; what one of them has lost, upkeep gives back from the other.
 */
import { isDeepStrictEqual } from "node:util";
import type { Key } from "../../../ports/records.ts";
import type { ProjectStore } from "../../../ports/store.ts";
import { replacedKey } from "../../merging.ts";
import type { RedisParts } from "../parts.ts";
import { baseOf, homeOf, lookUpOf } from "../places.ts";

type Keys = Pick<ProjectStore, "putKey" | "getKey" | "listKeys">;

export function keys(parts: RedisParts): Keys {
  const { connection, places } = parts;
  const getKey = async (id: string): Promise<Key | null> => {
    const document = await connection.ask((client) => client.get(lookUpOf(connection, "key", id)));
    return document === null ? null : (JSON.parse(document) as Key);
  };

  return {
    async putKey(key) {
      const { id, project } = key;
      await places.enter(homeOf(project));
      // Listed first: a key that works and is not listed could not be revoked.
      await connection.ask((client) => client.hsetnx(keysKey(parts, project), id, JSON.stringify(key)));
      const put = (kept: Key) =>
        connection.ask((client) => client.set(lookUpOf(connection, "key", id), JSON.stringify(kept), "GET"));
      let kept = replacedKey(await getKey(id), key);
      const before = await put(kept);
      // Another may have revoked it since it was read.
      const stays = before === null ? kept : replacedKey(JSON.parse(before) as Key, kept);
      if (stays.revokedAt !== kept.revokedAt) await put((kept = stays));
      await connection.ask((client) => client.hset(keysKey(parts, project), id, JSON.stringify(kept)));
    },

    getKey,

    async listKeys(project) {
      const both = await keptTwice(parts, project);
      return both
        .map(({ listed, found }) => found ?? listed)
        .filter((key) => key.project === project)
        .toSorted((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1));
    },
  };
}

/** What was lost of either. Where both are there and differ, what lets in less stands. */
export async function restoreKeys(parts: RedisParts, project: string): Promise<void> {
  const { putKey } = keys(parts);
  for (const { listed, found } of await keptTwice(parts, project)) {
    if (found === null) await putKey(listed);
    else if (found.project === project && !isDeepStrictEqual(found, listed))
      await putKey(narrower(found, listed));
  }
}

/** By id. */
export function keysKey({ connection }: RedisParts, project: string): string {
  return `${baseOf(connection, homeOf(project))}keys`;
}

interface KeptTwice {
  listed: Key;
  /** Null: lost, or not written yet. */
  found: Key | null;
}

async function keptTwice(parts: RedisParts, project: string): Promise<readonly KeptTwice[]> {
  const { getKey } = keys(parts);
  const documents = await parts.connection.ask((client) => client.hvals(keysKey(parts, project)));
  const listed = documents.map((document) => JSON.parse(document) as Key);
  return Promise.all(listed.map(async (key) => ({ listed: key, found: await getKey(key.id) })));
}

/** Neither a key that was revoked nor one that was replaced comes back. */
function narrower(one: Key, other: Key): Key {
  const ends = [one.expiresAt, other.expiresAt].filter((at) => at !== null);
  return {
    ...replacedKey(other, one),
    expiresAt: ends.length === 0 ? null : Math.min(...ends),
    replacedBy: one.replacedBy ?? other.replacedBy,
  };
}
