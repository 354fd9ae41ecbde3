/**
 * Check-ins on disk that Rollcall could not be told yet: one file each, written whole or not at all, whose name
 * sorts by the instant it speaks of. A sender takes a file by renaming it, so that two senders never both do.
 */
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LIMITS } from "../domain/limits.ts";
import { randomIds } from "../system/ids.ts";
import { readSpooled, runMark } from "./spooled-check-in.ts";
import type { SpooledCheckIn } from "./spooled-check-in.ts";

export interface Spool {
  folder: string;
  now: () => number;
}

/** `<instant>-<1 or 2>-<run>-<random>.json` waits; `….taken-<instant>` is with a sender. */
interface SpoolFile {
  name: string;
  /** The name it waits under, which orders the files and stays the same while it is taken. */
  waitingName: string;
  /** Check-ins of one run share it. */
  run: string;
  /** When a sender took it; null while it waits. */
  takenAt: number | null;
}

const NAME = /^(\d{15}-[12]-([0-9a-f]{16})-[0-9a-f]{8}\.json)(?:\.taken-(\d+))?$/;
const SET_ASIDE = "refused";
const HOUR_MS = 3_600_000;

/** Oldest first. A folder that is not there holds nothing. */
export async function listSpool(spool: Spool): Promise<SpoolFile[]> {
  const files: SpoolFile[] = [];
  for (const name of await namesIn(spool.folder)) {
    const [, waitingName, run, taken] = NAME.exec(name) ?? [];
    if (waitingName === undefined || run === undefined) continue;
    files.push({ name, waitingName, run, takenAt: taken === undefined ? null : Number(taken) });
  }
  return files.sort((one, other) => (one.waitingName < other.waitingName ? -1 : 1));
}

/** Whether anything of the run that this check-in belongs to is still to be delivered. */
export async function holdsRunOf(spool: Spool, checkIn: SpooledCheckIn): Promise<boolean> {
  const run = runMark(checkIn);
  return (await listSpool(spool)).some((file) => file.run === run);
}

/** Keeps a check-in, durably. Gives back how many older ones had to go to make room. May throw: disk full, no right. */
export async function putInSpool(spool: Spool, checkIn: SpooledCheckIn): Promise<number> {
  const name = nameOf(checkIn);
  await mkdir(spool.folder, { recursive: true, mode: 0o700 });
  await chmod(spool.folder, 0o700);
  const written = join(spool.folder, `.${name}.part`);
  try {
    const file = await open(written, "wx", 0o600);
    try {
      await file.writeFile(JSON.stringify(checkIn));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(written, join(spool.folder, name));
  } catch (error) {
    await rm(written, { force: true });
    throw error;
  }
  return await makeRoom(spool, { keep: name });
}

/** Reads a waiting file and takes it. Null: another sender was quicker. `damaged`: it was set aside. */
export async function take(
  spool: Spool,
  file: SpoolFile,
): Promise<{ taken: SpoolFile; checkIn: SpooledCheckIn } | "damaged" | null> {
  const takenAt = spool.now();
  const taken = { ...file, name: `${file.waitingName}.taken-${takenAt}`, takenAt };
  if (!(await move(spool, { from: file.name, to: taken.name }))) return null;
  const text = await readFile(join(spool.folder, taken.name), "utf8").catch(() => null);
  if (text === null) {
    // Not ours to read (written by another user), so not ours to judge.
    await putBack(spool, taken);
    return null;
  }
  const checkIn = readSpooled(text);
  if (checkIn !== null) return { taken, checkIn };
  await moveAside(spool, { from: taken.name, to: `${file.waitingName}.damaged` });
  return "damaged";
}

/** It was not delivered and waits again, in its old place. */
export async function putBack(spool: Spool, taken: SpoolFile): Promise<void> {
  await move(spool, { from: taken.name, to: taken.waitingName });
}

export async function remove(spool: Spool, taken: SpoolFile): Promise<void> {
  await rm(join(spool.folder, taken.name), { force: true });
}

/** It can never be delivered: kept for a person to look at, with the reason. */
export async function setAside(
  spool: Spool,
  refused: { taken: SpoolFile; checkIn: SpooledCheckIn; why: string },
): Promise<void> {
  const { taken, checkIn, why } = refused;
  // Written before it is moved, so that a crash in between loses neither.
  await writeFile(join(spool.folder, taken.name), JSON.stringify({ ...checkIn, why }));
  await moveAside(spool, { from: taken.name, to: taken.waitingName });
}

/** Keeps one that was refused before it ever was in the spool, like one that was refused out of it. */
export async function putAside(
  spool: Spool,
  refused: { checkIn: SpooledCheckIn; why: string },
): Promise<void> {
  const { checkIn, why } = refused;
  const name = nameOf(checkIn);
  const written = `.${name}.part`;
  await mkdir(spool.folder, { recursive: true, mode: 0o700 });
  await writeFile(join(spool.folder, written), JSON.stringify({ ...checkIn, why }), {
    mode: 0o600,
    flag: "wx",
  });
  await moveAside(spool, { from: written, to: name });
}

/** What was refused waits again: its reason may have been mended. Gives back how many. */
export async function retryRefused(spool: Spool): Promise<number> {
  const names = (await namesIn(join(spool.folder, SET_ASIDE))).filter((name) => NAME.test(name));
  const moved = await Promise.all(
    names.map((name) => move(spool, { from: join(SET_ASIDE, name), to: name })),
  );
  return moved.filter(Boolean).length;
}

/** Frees what died with its sender: files taken too long ago wait again, half-written ones go. */
export async function recover(spool: Spool): Promise<void> {
  const now = spool.now();
  for (const file of await listSpool(spool)) {
    // A clock that was set back makes a claim from the future, which is as dead as one from long ago.
    if (file.takenAt !== null && Math.abs(now - file.takenAt) > LIMITS.spoolClaimMs)
      await putBack(spool, file);
  }
  for (const name of await namesIn(spool.folder)) {
    if (!name.endsWith(".part")) continue;
    const path = join(spool.folder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && now - found.mtimeMs > HOUR_MS) await rm(path, { force: true });
  }
}

function nameOf(checkIn: SpooledCheckIn): string {
  const instant = String(Math.max(0, checkIn.sentAt)).padStart(15, "0");
  const order = checkIn.kind === "start" ? 1 : 2;
  return `${instant}-${order}-${runMark(checkIn)}-${randomIds().uuid().slice(0, 8)}.json`;
}

async function makeRoom(spool: Spool, { keep }: { keep: string }): Promise<number> {
  const files = (await listSpool(spool)).filter((file) => file.name !== keep);
  const sizes = await Promise.all(files.map((file) => sizeOf(join(spool.folder, file.name))));
  let bytes = sizes.reduce((sum, size) => sum + size, await sizeOf(join(spool.folder, keep)));
  let count = files.length + 1;
  let dropped = 0;
  for (const [index, file] of files.entries()) {
    if (count <= LIMITS.spoolFiles && bytes <= LIMITS.spoolBytes) break;
    await rm(join(spool.folder, file.name), { force: true });
    count -= 1;
    bytes -= sizes[index] ?? 0;
    dropped += 1;
  }
  return dropped;
}

async function moveAside(spool: Spool, names: { from: string; to: string }): Promise<void> {
  const folder = join(spool.folder, SET_ASIDE);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await move(spool, { from: names.from, to: join(SET_ASIDE, names.to) });
  const kept = (await namesIn(folder)).sort();
  const tooMany = kept.slice(0, Math.max(0, kept.length - LIMITS.spoolSetAsideFiles));
  await Promise.all(tooMany.map((name) => rm(join(folder, name), { force: true })));
}

/** False when it was no longer there: somebody else moved it first. */
async function move(spool: Spool, names: { from: string; to: string }): Promise<boolean> {
  try {
    await rename(join(spool.folder, names.from), join(spool.folder, names.to));
    return true;
  } catch (error) {
    if (isNotThere(error)) return false;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isNotThere(error)) return [];
    throw error;
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}

function isNotThere(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
