/** `export`: all of an instance as lines of JSON, while a server runs on it or not. */
import { createWriteStream, existsSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { RollcallError } from "../../domain/errors.ts";
import type { StoredRecord } from "../../ports/transfer.ts";
import { DATABASE_FILE } from "../../stores/sqlite/opening.ts";
import { everythingIn } from "../../stores/sqlite/transfer.ts";
import { KEY_FILE, readKeyFile } from "../../system/vault.ts";
import { exportLines } from "./export-file.ts";
import { makeDurable, troubleWith } from "./files.ts";

/** Written together, so that a line is not a call of the system each. */
const WRITTEN_TOGETHER = 64 * 1024;

/** `withKey`: also what opens the sealed secrets, so that the one file is enough and must be kept like the secrets themselves. */
export async function exportInstance(wanted: {
  data: string;
  to: string | null;
  withKey: boolean;
  nowAt: number;
}): Promise<void> {
  const { data, withKey, to, nowAt } = wanted;
  const database = join(data, DATABASE_FILE);
  if (!existsSync(database)) {
    throw new RollcallError(
      "not_found",
      `There is no database at ${database}: set ROLLCALL_DATA to its folder.`,
    );
  }
  const key = withKey ? keyIn(data) : null;
  await writeExport(everythingIn(database), { key, to, nowAt });
}

/** Writes `to`, which must not be there, and only when it is whole; null: to standard output. */
export async function writeExport(
  records: AsyncIterable<StoredRecord>,
  { key, to: wanted, nowAt }: { key: string | null; to: string | null; nowAt: number },
): Promise<void> {
  const text = inPieces(exportLines({ madeAt: nowAt, key }, records));
  if (wanted === null) return await pipeline(text, process.stdout, { end: false });
  const to = resolve(wanted);
  if (existsSync(to)) throw new RollcallError("conflict", `${to} is there already: name another file.`);
  const part = `${to}.part`;
  try {
    await pipeline(text, createWriteStream(part, { mode: 0o600 }));
    makeDurable(part);
    renameSync(part, to);
    makeDurable(dirname(to));
  } catch (error) {
    rmSync(part, { force: true });
    throw troubleWith(`The export ${to} could not be written`, error);
  }
}

/** The text of the key file in the folder. */
export function keyIn(data: string): string {
  const path = join(data, KEY_FILE);
  const key = readKeyFile(path);
  if (key === null)
    throw new RollcallError("not_found", `There is no key file ${path} to put into the export.`);
  return key.toString("hex");
}

async function* inPieces(lines: AsyncIterable<string>): AsyncIterable<string> {
  let waiting = "";
  for await (const line of lines) {
    waiting += line;
    if (waiting.length < WRITTEN_TOGETHER) continue;
    yield waiting;
    waiting = "";
  }
  yield waiting;
}
