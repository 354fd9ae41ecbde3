/**
 * Puts another database and key file in the place of those in a data folder: both or neither, whenever it is
 * interrupted.
 *
 * 1. Hold the folder, so that no server runs on it and none starts.
 * 2. Fill a folder beside with what is to come. Whatever fails until here has changed nothing.
 * 3. Keep what is there under another name.
 * 4. Rename the filled folder: from now on the new contents are the ones that count.
 * 5. Move them in. A crash in the middle leaves the renamed folder, and the next start moves in the rest.
 */
import {
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { RollcallError } from "../../domain/errors.ts";
import { DATABASE_FILE, holdFolder, LOCK_FILE } from "../../stores/sqlite/opening.ts";
import { KEY_FILE } from "../../system/vault.ts";
import { FIRST_START_FILE } from "../first-start.ts";
import { makeDurable, troubleWith } from "./files.ts";

const FILLING = "replacement.part";
const FILLED = "replacement";
/** The write-ahead log and its index belong to the database beside them and to no other. */
const LOGS = [`${DATABASE_FILE}-wal`, `${DATABASE_FILE}-shm`];

/**
 * `fill` is handed an empty folder and leaves a database and a key file in it, closed. What was there before is
 * kept in the folder that is given back; null where there was nothing. Throws while a server runs on the folder,
 * and where something is there and `mayReplace` is false.
 */
export async function replaceContents(wanted: {
  folder: string;
  mayReplace: boolean;
  nowAt: number;
  fill: (empty: string) => Promise<void>;
}): Promise<{ keptIn: string | null }> {
  const { folder, mayReplace, nowAt, fill } = wanted;
  makeFolder(folder);
  const held = holdFolder(folder);
  try {
    moveIn(folder);
    const isInUse = [DATABASE_FILE, KEY_FILE].some((name) => existsSync(join(folder, name)));
    if (isInUse && !mayReplace) {
      throw new RollcallError(
        "conflict",
        `The data folder ${folder} already holds an instance: set ROLLCALL_DATA to an empty folder, or give --force to put it aside.`,
      );
    }
    const filling = join(folder, FILLING);
    mkdirSync(filling, { mode: 0o700 });
    await fill(filling);
    for (const name of [DATABASE_FILE, KEY_FILE]) makeDurable(join(filling, name));
    makeDurable(filling);
    const keptIn = isInUse ? keepPresent(folder, nowAt) : null;
    renameSync(filling, join(folder, FILLED));
    makeDurable(folder);
    moveIn(folder);
    return { keptIn };
  } catch (error) {
    throw troubleWith(`The contents of ${folder} could not be replaced`, error);
  } finally {
    rmSync(join(folder, FILLING), { recursive: true, force: true });
    giveToOwner(folder);
    held.release();
  }
}

/** To be called before anything in the folder is opened. Twice is harmless. */
export function finishReplacement(folder: string): void {
  if (![FILLED, FILLING].some((name) => existsSync(join(folder, name)))) return;
  const held = holdFolder(folder);
  try {
    moveIn(folder);
  } finally {
    held.release();
  }
}

/** Each step may have been taken before; the database comes last, because while it is still to come the log is old. */
function moveIn(folder: string): void {
  rmSync(join(folder, FILLING), { recursive: true, force: true });
  const filled = join(folder, FILLED);
  if (!existsSync(filled)) return;
  if (existsSync(join(filled, DATABASE_FILE))) {
    for (const name of [...LOGS, FIRST_START_FILE]) rmSync(join(folder, name), { force: true });
    if (existsSync(join(filled, KEY_FILE))) renameSync(join(filled, KEY_FILE), join(folder, KEY_FILE));
    makeDurable(folder);
    renameSync(join(filled, DATABASE_FILE), join(folder, DATABASE_FILE));
  }
  makeDurable(folder);
  rmSync(filled, { recursive: true });
}

/** Under second names: it stays in its place until the new contents take it. */
function keepPresent(folder: string, nowAt: number): string {
  const kept = join(folder, `replaced-${new Date(nowAt).toISOString().replaceAll(/[:.]/g, "-")}`);
  mkdirSync(kept, { mode: 0o700 });
  for (const name of [DATABASE_FILE, ...LOGS, KEY_FILE, FIRST_START_FILE]) {
    const [from, to] = [join(folder, name), join(kept, name)];
    if (!existsSync(from)) continue;
    try {
      linkSync(from, to);
    } catch {
      // Some file systems (FAT, some network shares) know no second names.
      copyFileSync(from, to);
    }
  }
  return kept;
}

/** Done as root for a service that has a user of its own, the files must be that user's. */
function giveToOwner(folder: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  for (const name of readdirSync(folder)) {
    const isOurs = [DATABASE_FILE, KEY_FILE, LOCK_FILE].includes(name) || name.startsWith("replaced-");
    if (isOurs) chownSync(join(folder, name), uid, gid);
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw troubleWith(`The data folder ${folder} cannot be made`, cause);
  }
}
