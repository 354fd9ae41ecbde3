/**
 * Records on their way out, kept in a file until all are there: they are read owner by owner, and given kind by kind.
 * What an owner has may be put again, and replaces what it had.
 */
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RECORD_KINDS, type StoredRecord } from "../../../ports/transfer.ts";

export interface Spool {
  /** Replaces all of the owner. */
  put(owner: string, records: AsyncIterable<readonly StoredRecord[]>): Promise<void>;
  drop(owner: string): void;
  /** Kind by kind; within one, owner by owner in the order of their names. */
  records(): AsyncIterable<StoredRecord>;
  close(): Promise<void>;
}

/** Where in the file some records of one kind are. */
interface Piece {
  from: number;
  bytes: number;
}

export async function openSpool(): Promise<Spool> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-export-"));
  const file = await open(join(folder, "records"), "w+", 0o600);
  const owners = new Map<string, Map<StoredRecord["kind"], Piece[]>>();
  let end = 0;

  const append = async (records: readonly StoredRecord[]): Promise<Piece> => {
    const text = Buffer.from(JSON.stringify(records));
    const piece = { from: end, bytes: text.length };
    end += text.length;
    await file.write(text, 0, text.length, piece.from);
    return piece;
  };
  return {
    async put(owner, records) {
      const kinds = new Map<StoredRecord["kind"], Piece[]>();
      for await (const some of records) {
        for (const [kind, alike] of Map.groupBy(some, (record) => record.kind)) {
          kinds.set(kind, [...(kinds.get(kind) ?? []), await append(alike)]);
        }
      }
      owners.set(owner, kinds);
    },
    drop: (owner) => void owners.delete(owner),
    async *records() {
      const inOrder = [...owners.keys()].toSorted();
      for (const kind of RECORD_KINDS) {
        for (const owner of inOrder) {
          for (const piece of owners.get(owner)?.get(kind) ?? []) yield* await read(file, piece);
        }
      }
    },
    async close() {
      await file.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function read(file: FileHandle, { from, bytes }: Piece): Promise<readonly StoredRecord[]> {
  const text = Buffer.alloc(bytes);
  let at = 0;
  while (at < bytes) {
    const { bytesRead } = await file.read(text, at, bytes - at, from + at);
    if (bytesRead === 0) throw new Error("the file of an export has been cut off while it was in use");
    at += bytesRead;
  }
  return JSON.parse(text.toString()) as StoredRecord[];
}
