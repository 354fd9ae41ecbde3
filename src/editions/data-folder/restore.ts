/** `restore`: puts a backup in the place of an instance, after it has been looked through, and never half of it. */
import { chmodSync, copyFileSync, existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { RollcallError } from "../../domain/errors.ts";
import { parseInstant } from "../../domain/instant.ts";
import { DATABASE_FILE } from "../../stores/sqlite/opening.ts";
import { KEY_FILE } from "../../system/vault.ts";
import { BACKUP_FORMAT, type BackupNote, NOTE_FILE, requirePair } from "./backup.ts";
import { markOf } from "./files.ts";
import { replaceContents } from "./replace.ts";

export interface Restored {
  takenAt: number;
  /** The last instant at which the instance is known to have heard; null: it never did. */
  lastSignAt: number | null;
  /** Where the instance that was there before is kept. */
  keptIn: string | null;
}

export async function restoreBackup(wanted: {
  data: string;
  from: string;
  mayReplace: boolean;
  nowAt: number;
}): Promise<Restored> {
  const { data, mayReplace, nowAt } = wanted;
  const from = resolve(wanted.from);
  const note = readNote(from);
  for (const [name, written] of Object.entries(note.files)) {
    const found = existsSync(join(from, name)) ? await markOf(join(from, name)) : null;
    if (found?.sha256 !== written.sha256) {
      throw unusable(from, `${name} is ${found === null ? "gone" : "not what was written"}`);
    }
  }
  const { lastSignAt } = requirePair(from);
  const { keptIn } = await replaceContents({
    folder: data,
    mayReplace,
    nowAt,
    async fill(empty) {
      for (const name of [DATABASE_FILE, KEY_FILE]) {
        copyFileSync(join(from, name), join(empty, name));
        chmodSync(join(empty, name), 0o600);
      }
    },
  });
  return { takenAt: parseInstant(note.taken_at) ?? nowAt, lastSignAt, keptIn };
}

function readNote(from: string): BackupNote {
  const file = join(from, NOTE_FILE);
  if (!existsSync(file)) throw unusable(from, `it holds no ${NOTE_FILE}, which a complete backup has`);
  let note: Partial<BackupNote> | null;
  try {
    note = JSON.parse(readFileSync(file, "utf8")) as Partial<BackupNote> | null;
  } catch (cause) {
    throw unusable(from, `${NOTE_FILE} is not what was written`, cause);
  }
  const files = note?.files ?? {};
  const isWhole =
    typeof note?.taken_at === "string" &&
    [DATABASE_FILE, KEY_FILE].every((name) => Object.hasOwn(files, name));
  if (note?.format !== BACKUP_FORMAT || !isWhole) {
    throw unusable(from, `${NOTE_FILE} is not of format ${BACKUP_FORMAT}, the one this Rollcall knows`);
  }
  return note as BackupNote;
}

function unusable(from: string, why: string, cause?: unknown): RollcallError {
  return new RollcallError("invalid_request", `${from} cannot be restored: ${why}. Use another backup.`, {
    cause,
  });
}
