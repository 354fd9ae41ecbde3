/**
 * The file in which a wrapped job may say what it did: a JSON object, written with whatever the job is written in. What
 * cannot be read is told with its reason, so that a run whose proof is broken never passes for one that needs none.
 */
import { constants } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LIMITS } from "../domain/limits.ts";

/** Null: the job said nothing. */
export type Told = { fields: Readonly<Record<string, unknown>> } | { unreadable: string } | null;

export interface OutcomeFile {
  path: string;
  /** Reads what the job wrote and removes the file with its folder, whatever comes of it. Never throws. */
  take(): Promise<Told>;
}

/** In a folder of its own that nobody else can enter. May throw: disk full, no right. */
export async function openOutcomeFile(): Promise<OutcomeFile> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-outcome-"));
  const path = join(folder, "outcome.json");
  return {
    path,
    async take() {
      try {
        return await read(path);
      } finally {
        // One that cannot be removed is left to the system, which empties that place itself.
        await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      }
    },
  };
}

async function read(path: string): Promise<Told> {
  let bytes: Uint8Array | string | null;
  try {
    bytes = await bytesOf(path);
  } catch (error) {
    return { unreadable: `the outcome file cannot be read (${reasonOf(error)})` };
  }
  if (bytes === null) return null;
  return typeof bytes === "string" ? { unreadable: bytes } : fieldsIn(bytes);
}

/** Null when there is no file; a text says why it is not read. */
async function bytesOf(path: string): Promise<Uint8Array | string | null> {
  let file: FileHandle;
  try {
    // Never through a link, and without waiting for whoever would write into a pipe.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return null;
    // What opening says of a link, and of a socket.
    if (code === "ELOOP" || code === "ENXIO") return NOT_A_FILE;
    throw error;
  }
  try {
    if (!(await file.stat()).isFile()) return NOT_A_FILE;
    // A byte more than is allowed shows that there is too much, also of a file that is still growing.
    const bytes = new Uint8Array(LIMITS.outcomeFileBytes + 1);
    let length = 0;
    while (length < bytes.byteLength) {
      const { bytesRead } = await file.read(bytes, length, bytes.byteLength - length, null);
      if (bytesRead === 0) return bytes.subarray(0, length);
      length += bytesRead;
    }
    return TOO_LARGE;
  } finally {
    await file.close();
  }
}

const NOT_A_FILE = "the outcome file is not a regular file";
const TOO_LARGE = `the outcome file is larger than ${LIMITS.outcomeFileBytes} bytes`;

function fieldsIn(bytes: Uint8Array): Told {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // The decoder says no more than that.
    return { unreadable: "the outcome file is not UTF-8 text" };
  }
  if (text.trim() === "") return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // Without the piece of the text that the parser shows: it may be a secret.
    return { unreadable: `the outcome file is not JSON: ${reasonOf(error).replace(/, (\.\.\.)?".*$/s, "")}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { unreadable: "the outcome file is JSON, but not an object" };
  }
  // Numbers may be longer written out: 1e20.
  if (Buffer.byteLength(JSON.stringify(value)) > LIMITS.outcomeFileBytes) return { unreadable: TOO_LARGE };
  return { fields: value as Readonly<Record<string, unknown>> };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Without the path, which says nothing any more. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code !== "") return code;
  return error instanceof Error ? error.message.slice(0, 200) : "unknown trouble";
}
