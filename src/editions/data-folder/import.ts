/** `import instance`: an export becomes an instance, in an empty place, and never half of it. */
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { RollcallError } from "../../domain/errors.ts";
import type { StoredRecord } from "../../ports/transfer.ts";
import { LOCK_FILE } from "../../stores/sqlite/opening.ts";
import { sqliteStore } from "../../stores/sqlite.ts";
import { afterTurn } from "../../system/timers.ts";
import { KEY_FILE, readKeyFile, vaultOf, writeKeyFile } from "../../system/vault.ts";
import { checkExport, type ExportHeader, recordsIn } from "./export-file.ts";
import { replaceContents } from "./replace.ts";

export interface Imported {
  madeAt: number;
  /** When it heard last; an instance at rest may have been exported long after. Null: never. */
  lastSignAt: number | null;
  /** How many records of each kind came in. */
  counts: Readonly<Record<string, number>>;
  keptIn: string | null;
}

export async function importInstance(wanted: {
  data: string;
  from: string;
  keyFile: string | null;
  mayReplace: boolean;
  nowAt: number;
}): Promise<Imported> {
  const { data, mayReplace, nowAt } = wanted;
  const { key, records, ...more } = await checkedExport({ ...wanted, otherwise: null });
  const { keptIn } = await replaceContents({
    folder: data,
    mayReplace,
    nowAt,
    async fill(empty) {
      writeKeyFile(join(empty, KEY_FILE), key);
      const store = await sqliteStore.open({ folder: empty, afterTurn });
      try {
        await store.importAll(records());
      } finally {
        await store.close();
      }
      rmSync(join(empty, LOCK_FILE), { force: true });
    },
  });
  return { ...more, keptIn };
}

/**
 * Reads all of the file, and throws unless it is whole and its key opens what it has sealed. `keyFile`: the key file of
 * the instance that was exported, where the export does not carry its key; without either it is `otherwise`.
 */
export async function checkedExport(wanted: {
  from: string;
  keyFile: string | null;
  otherwise: Buffer | null;
}): Promise<Omit<Imported, "keptIn"> & { key: Buffer; records: () => AsyncIterable<StoredRecord> }> {
  const from = resolve(wanted.from);
  if (!existsSync(from)) throw new RollcallError("not_found", `There is no file ${from}.`);
  const given = wanted.keyFile === null ? null : readGivenKey(resolve(wanted.keyFile));
  const keyOf = (header: ExportHeader): Buffer => keyFor(header, { given, otherwise: wanted.otherwise });
  let lastSignAt: number | null = null;
  const { header, counts } = await checkExport(from, (record, itsHeader) => {
    if (record.kind === "sign_of_life") lastSignAt = record.at;
    requireOpening(record, keyOf(itsHeader));
  });
  return { madeAt: header.madeAt, lastSignAt, counts, key: keyOf(header), records: () => recordsIn(from) };
}

function readGivenKey(path: string): Buffer {
  const key = readKeyFile(path);
  if (key === null) throw new RollcallError("not_found", `There is no key file ${path}.`);
  return key;
}

function keyFor(
  header: ExportHeader,
  { given, otherwise }: { given: Buffer | null; otherwise: Buffer | null },
): Buffer {
  if (given !== null) return given;
  if (header.key !== null) return Buffer.from(header.key, "hex");
  if (otherwise !== null) return otherwise;
  throw new RollcallError(
    "invalid_request",
    `It does not carry the key of its secrets: give --key-file with ${KEY_FILE} of the instance it was made from.`,
  );
}

/** With another key every ping key and channel would fail later, one by one. */
function requireOpening(record: StoredRecord, key: Buffer): void {
  const sealed =
    record.kind === "key" ? record.key.sealed : record.kind === "monitor" ? record.monitor.pingSealed : null;
  if (sealed === null) return;
  try {
    vaultOf(key).open(sealed);
  } catch (cause) {
    throw new RollcallError("invalid_request", "Its secret was sealed with another key than the one given.", {
      cause,
    });
  }
}
