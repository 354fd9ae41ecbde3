/** `export` and `import instance` where an instance is in Redis: the same lines, so that it moves to any edition and back. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { RollcallError } from "../domain/errors.ts";
import { type OpenedRedis, openRedis } from "../stores/redis.ts";
import { wallClock } from "../system/clock.ts";
import type { ScaledSettings } from "../system/scaled-settings.ts";
import type { Settings } from "../system/settings.ts";
import { KEY_FILE, readKeyFile, writeKeyFile } from "../system/vault.ts";
import { keyIn, writeExport } from "./data-folder/export.ts";
import { checkedExport, type Imported } from "./data-folder/import.ts";
import { makeFolder } from "./joined.ts";

type InRedis = Settings & { scaled: ScaledSettings };

/** Also while processes serve it. */
export async function exportScaled(
  settings: InRedis,
  { to, withKey, nowAt }: { to: string | null; withKey: boolean; nowAt: number },
): Promise<void> {
  const { scaled, data } = settings;
  await withRedis(settings, async ({ store }) => {
    if ((await store.listProjects()).length === 0) {
      throw new RollcallError(
        "not_found",
        `There is no instance under the prefix ${scaled.prefix} in Redis: set ROLLCALL_REDIS_URL and ROLLCALL_REDIS_PREFIX to where it is.`,
      );
    }
    const key = withKey ? (scaled.vaultKey ?? keyIn(data)) : null;
    await writeExport(store.exportAll(), { key, to, nowAt });
  });
}

/** Into a prefix under which nothing is. What is broken off stays marked, and no process starts on it. */
export async function importScaled(
  settings: InRedis,
  wanted: { from: string; keyFile: string | null },
): Promise<Omit<Imported, "keptIn">> {
  const { scaled, data } = settings;
  const own = ownKey(settings);
  const { key, records, ...more } = await checkedExport({ ...wanted, otherwise: own });
  if (own !== null && !own.equals(key)) {
    throw new RollcallError(
      "invalid_request",
      `${scaled.vaultKey === null ? `The key file in ${data}` : "ROLLCALL_VAULT_KEY"} is another key than that of the export: set ROLLCALL_VAULT_KEY to the text of its key file.`,
    );
  }
  return withRedis(settings, async ({ store, importMark }) => {
    if ((await store.listProjects()).length > 0 || (await importMark.isSet())) {
      throw new RollcallError(
        "conflict",
        `Something is under the prefix ${scaled.prefix} in Redis already: set ROLLCALL_REDIS_PREFIX to another one.`,
      );
    }
    await importMark.set();
    await store.importAll(records());
    if (own === null) {
      makeFolder(data);
      writeKeyFile(join(data, KEY_FILE), key);
    }
    await importMark.clear();
    return more;
  });
}

function ownKey({ scaled, data }: InRedis): Buffer | null {
  if (scaled.vaultKey !== null) return Buffer.from(scaled.vaultKey, "hex");
  const path = join(data, KEY_FILE);
  return existsSync(path) ? readKeyFile(path) : null;
}

async function withRedis<Result>(
  { scaled }: InRedis,
  work: (redis: OpenedRedis) => Promise<Result>,
): Promise<Result> {
  const redis = await openRedis({ ...scaled, clock: wallClock() });
  try {
    return await work(redis);
  } finally {
    await redis.store.close();
  }
}
