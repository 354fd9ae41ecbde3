/**
 * `backup`: one folder that holds all of an instance, taken while a server runs on it or not: the database as it
 * stood at one moment, the key file without which it opens no secret, and a note by which both are checked.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { RollcallError } from "../../domain/errors.ts";
import { instantText } from "../../domain/instant.ts";
import { copyDatabase, type DatabaseFacts, inspectDatabase } from "../../stores/sqlite/backup.ts";
import { DATABASE_FILE } from "../../stores/sqlite/opening.ts";
import { KEY_FILE, readKeyFile, vaultOf, writeKeyFile } from "../../system/vault.ts";
import { type FileMark, makeDurable, markOf, troubleWith, writePrivately } from "./files.ts";

export const NOTE_FILE = "backup.json";
export const BACKUP_FORMAT = 1;

export interface BackupNote {
  format: number;
  taken_at: string;
  /** What restores it must know this schema. */
  schema: number;
  files: Readonly<Record<string, FileMark>>;
}

/**
 * Like `cp`: `to` becomes the backup; if it is a folder already or ends in a slash, a new one in it does, named by
 * the instant. What is not complete and checked never bears the name. Gives back the folder.
 */
export async function takeBackup(wanted: { data: string; to: string; nowAt: number }): Promise<string> {
  const { data, nowAt } = wanted;
  const to = placeFor(wanted.to, nowAt);
  let part: string | null = null;
  try {
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
    part = mkdtempSync(join(dirname(to), `.${basename(to)}.part-`));
    copyDatabase({ from: join(data, DATABASE_FILE), to: join(part, DATABASE_FILE) });
    const key = readKeyFile(join(data, KEY_FILE));
    if (key !== null) writeKeyFile(join(part, KEY_FILE), key);
    const { schemaVersion } = requirePair(part);
    const files: Record<string, FileMark> = {};
    for (const name of [DATABASE_FILE, KEY_FILE]) files[name] = await markOf(join(part, name));
    const note: BackupNote = {
      format: BACKUP_FORMAT,
      taken_at: instantText(nowAt),
      schema: schemaVersion,
      files,
    };
    writePrivately(join(part, NOTE_FILE), `${JSON.stringify(note, null, 2)}\n`);
    makeDurable(part);
    renameSync(part, to);
    makeDurable(dirname(to));
    return to;
  } catch (error) {
    if (part !== null) rmSync(part, { recursive: true, force: true });
    throw troubleWith(`The backup ${to} could not be written`, error);
  }
}

/** A database without its key file tells what was, and can reach nobody: it is not worth the name of a backup. */
export function requirePair(folder: string): DatabaseFacts {
  const facts = inspectDatabase(join(folder, DATABASE_FILE));
  const key = readKeyFile(join(folder, KEY_FILE));
  if (key === null) {
    throw new RollcallError("invalid_request", `There is no ${KEY_FILE} beside the database in ${folder}.`);
  }
  try {
    if (facts.sealed !== null) vaultOf(key).open(facts.sealed);
  } catch (cause) {
    throw new RollcallError("invalid_request", `The ${KEY_FILE} in ${folder} is of another database.`, {
      cause,
    });
  }
  return facts;
}

function placeFor(wanted: string, nowAt: number): string {
  const to = resolve(wanted);
  const isThere = existsSync(to);
  if (isThere && (!statSync(to).isDirectory() || existsSync(join(to, NOTE_FILE)))) {
    throw new RollcallError("conflict", `${to} is there already: name another folder.`);
  }
  const isParent = isThere || /[/\\]$/.test(wanted);
  return isParent ? join(to, `rollcall-${instantText(nowAt).replaceAll(/[:.]/g, "-")}`) : to;
}
