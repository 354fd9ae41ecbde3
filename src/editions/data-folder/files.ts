/** Files that must outlive a power cut and be nobody else's, and what tells whether one is still what it was. */
import { createHash } from "node:crypto";
import { closeSync, createReadStream, fsyncSync, openSync, statSync, writeFileSync } from "node:fs";
import { RollcallError } from "../../domain/errors.ts";

export interface FileMark {
  bytes: number;
  sha256: string;
}

export async function markOf(path: string): Promise<FileMark> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return { bytes: statSync(path).size, sha256: hash.digest("hex") };
}

/** Readable for this user only; never over a file that is there. */
export function writePrivately(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600, flag: "wx" });
  makeDurable(path);
}

/** A file's content; of a folder, which names it holds. */
export function makeDurable(path: string): void {
  const opened = openSync(path, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

/** What the file system refuses, as one sentence to act on; anything else as it is. */
export function troubleWith(what: string, cause: unknown): unknown {
  const isOfFileSystem = cause instanceof Error && "syscall" in cause;
  if (!isOfFileSystem) return cause;
  return new RollcallError("unavailable", `${what}: ${cause.message}.`, { cause });
}
