/**
 * An instance as lines of JSON: a header, one record a line, and a last line that counts and seals what came before,
 * so that a file cut short or changed on its way is told from a whole one before anything is built on it.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { DEFAULT_PROOF } from "../../domain/checks/check.ts";
import { RollcallError } from "../../domain/errors.ts";
import { LIMITS } from "../../domain/limits.ts";
import type { MonitorSettings } from "../../domain/monitor.ts";
import { RECORD_KINDS, type StoredRecord } from "../../ports/transfer.ts";

/** Raised whenever what a record holds changes its meaning. */
const FORMAT = 1;

export interface ExportHeader {
  kind: "rollcall_export";
  format: number;
  madeAt: number;
  /** The key file's key, hex; null: it travels apart. */
  key: string | null;
}

/** The lines of an export, each with its line break. */
export async function* exportLines(
  header: Pick<ExportHeader, "madeAt" | "key">,
  records: AsyncIterable<StoredRecord>,
): AsyncIterable<string> {
  const hash = createHash("sha256");
  const counts: Record<string, number> = {};
  const line = (value: ExportHeader | StoredRecord): string => {
    const text = `${JSON.stringify(value)}\n`;
    hash.update(text);
    return text;
  };
  yield line({ kind: "rollcall_export", format: FORMAT, ...header });
  for await (const record of records) {
    counts[record.kind] = (counts[record.kind] ?? 0) + 1;
    yield line(record);
  }
  yield endLine(counts, hash.digest("hex"));
}

/** How many records of each kind there are, in order of their coming, and the hash of every byte before this line. */
function endLine(records: Readonly<Record<string, number>>, sha256: string): string {
  return `${JSON.stringify({ kind: "end", records, sha256 })}\n`;
}

/** Reads all of the file. Throws, naming the line, unless every line is what was written; `look` may throw too. */
export async function checkExport(
  file: string,
  look: (record: StoredRecord, header: ExportHeader) => void,
): Promise<{ header: ExportHeader; counts: Readonly<Record<string, number>> }> {
  const hash = createHash("sha256");
  const counts: Record<string, number> = {};
  let header: ExportHeader | null = null;
  let hasEnded = false;
  let line = 0;
  for await (const bytes of linesOf(file)) {
    line += 1;
    if (hasEnded) throw wrongLine(line, "it comes after the end");
    const value = read(bytes, line);
    if (header === null) {
      header = headerFrom(value);
    } else if (value["kind"] === "end") {
      hasEnded = true;
      if (bytes.toString("utf8") !== endLine(counts, hash.digest("hex")))
        throw wrongLine(line, "it and what comes before it do not agree, so one of them was changed");
      continue;
    } else {
      const record = recordFrom(value, line);
      counts[record.kind] = (counts[record.kind] ?? 0) + 1;
      inLine(line, () => look(record, header as ExportHeader));
    }
    hash.update(bytes);
  }
  if (header === null) throw wrongLine(1, "the file is empty");
  if (!hasEnded) throw wrongLine(line + 1, "the file was cut short: its last line is missing");
  return { header, counts };
}

/** The records of a file that was checked. */
export async function* recordsIn(file: string): AsyncIterable<StoredRecord> {
  let line = 0;
  for await (const bytes of linesOf(file)) {
    line += 1;
    const value = read(bytes, line);
    if (line > 1 && value["kind"] !== "end") yield recordFrom(value, line);
  }
}

/** Each line with its line break; the last one may have none, and is then cut short. */
async function* linesOf(file: string): AsyncIterable<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file)) {
    let bytes = Buffer.concat([rest, chunk as Buffer]);
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10)) {
      yield bytes.subarray(0, at + 1);
      bytes = bytes.subarray(at + 1);
    }
    rest = bytes;
    if (rest.length > LIMITS.exportLineBytes) {
      throw unusable(`a line of it is longer than ${LIMITS.exportLineBytes} bytes, which no record is`);
    }
  }
  if (rest.length > 0) yield rest;
}

function read(bytes: Buffer, line: number): Record<string, unknown> {
  if (bytes.at(-1) !== 10) throw wrongLine(line, "the file was cut short in it");
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw wrongLine(line, "it is not JSON", cause);
  }
  if (typeof value !== "object" || value === null) throw wrongLine(line, "it is no record");
  return value as Record<string, unknown>;
}

function headerFrom(value: Record<string, unknown>): ExportHeader {
  if (value["kind"] !== "rollcall_export")
    throw wrongLine(1, "it is not the beginning of an export of Rollcall");
  if (value["format"] !== FORMAT) {
    throw wrongLine(
      1,
      `it is of format ${String(value["format"])}, and this Rollcall knows format ${FORMAT}`,
    );
  }
  return value as unknown as ExportHeader;
}

function recordFrom(value: Record<string, unknown>, line: number): StoredRecord {
  const kind = RECORD_KINDS.find((each) => each === value["kind"]);
  if (kind === undefined)
    throw wrongLine(line, `there is no kind of record ${JSON.stringify(value["kind"])}`);
  // What is asked for within a record may be gone from one that was damaged.
  return inLine(line, () => upgraded(value as unknown as StoredRecord));
}

/** An export from before there were checks: its settings ask for nothing. */
function upgraded(record: StoredRecord): StoredRecord {
  if (record.kind === "monitor") {
    const { monitor } = record;
    return { ...record, monitor: { ...monitor, settings: withProof(monitor.settings) } };
  }
  if (record.kind !== "journal" || record.entry.event.type !== "configured") return record;
  const { entry } = record;
  const { event } = record.entry;
  return { ...record, entry: { ...entry, event: { ...event, settings: withProof(event.settings) } } };
}

/** What is there stays in its place, so that an export of an import is the same file. */
function withProof(settings: MonitorSettings): MonitorSettings {
  return { ...settings, ...DEFAULT_PROOF, ...settings };
}

function inLine<Result>(line: number, act: () => Result): Result {
  try {
    return act();
  } catch (cause) {
    throw wrongLine(line, cause instanceof Error ? cause.message.replace(/\.$/, "") : String(cause), cause);
  }
}

function wrongLine(line: number, why: string, cause?: unknown): RollcallError {
  return unusable(`line ${line}: ${why}`, cause);
}

function unusable(why: string, cause?: unknown): RollcallError {
  return new RollcallError(
    "invalid_request",
    `The export cannot be imported, and nothing was changed: ${why}.`,
    {
      cause,
    },
  );
}
