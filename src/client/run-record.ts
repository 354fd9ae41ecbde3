/**
 * What a run has to say and has not said yet, as fields of check-ins. However fast a job reports, of each thing only
 * the latest is kept, so a run that cannot be told of costs a bounded amount of memory.
 */

/** Answers of one host with one status since they were last told of: the other side adds them up. */
export interface TallyGiven {
  host: string;
  status: number;
  count: number;
  first_at: number;
  last_at: number;
  /** In seconds: the largest. */
  retry_after: number | null;
}

/** A part of an outcome, as it goes over the wire. */
export type Piece =
  | { into: "counts" | "plan" | "environment" | "message" | "log"; value: unknown }
  | { into: "steps" | "evidence"; value: object }
  | { into: "metrics"; name: string; value: number }
  | { into: "http"; value: TallyGiven };

export type Fields = Record<string, unknown>;

export interface RunRecord {
  /** `key` names what it speaks of: what was to be said of that before is replaced, or added up. */
  put(key: string, piece: Piece): void;
  isEmpty(): boolean;
  /** As much as one check-in may carry, oldest first. */
  take(): Fields;
}

/** Far below what Rollcall reads of one check-in, so that a large last piece still fits. */
const BYTES_PER_CHECK_IN = 50_000;
/** Pieces that wait while the server is away. The oldest make room: how a run ends says most about it. */
const PIECES = 500;

export function createRecord(): RunRecord {
  const untold = new Map<string, Piece>();
  let isCut = false;
  return {
    put(key, piece) {
      const known = untold.get(key);
      untold.set(key, known === undefined ? piece : joined(known, piece));
      if (untold.size <= PIECES) return;
      for (const [oldKey, old] of untold) {
        if (!isOneOfMany(old)) continue;
        untold.delete(oldKey);
        isCut = true;
        return;
      }
    },
    isEmpty: () => untold.size === 0,
    take() {
      // No field that Rollcall knows: it is kept aside, for a person to see.
      const fields: Fields = isCut ? { is_cut_by_client: true } : {};
      let bytes = 0;
      for (const [key, piece] of untold) {
        const more = bytesOf(piece.value);
        if (bytes > 0 && bytes + more > BYTES_PER_CHECK_IN) break;
        bytes += more;
        untold.delete(key);
        add(fields, piece);
      }
      return fields;
    },
  };
}

function isOneOfMany({ into }: Piece): boolean {
  return into === "steps" || into === "evidence" || into === "http" || into === "metrics";
}

function joined(known: Piece, piece: Piece): Piece {
  if (known.into !== "http" || piece.into !== "http") return piece;
  const [one, other] = [known.value, piece.value];
  const retryAfter = Math.max(one.retry_after ?? -1, other.retry_after ?? -1);
  return {
    into: "http",
    value: {
      ...other,
      count: one.count + other.count,
      first_at: one.first_at,
      retry_after: retryAfter < 0 ? null : retryAfter,
    },
  };
}

function add(fields: Fields, piece: Piece): void {
  switch (piece.into) {
    case "steps":
    case "evidence":
    case "http":
      fields[piece.into] = [...((fields[piece.into] as object[] | undefined) ?? []), piece.value];
      return;
    case "metrics":
      fields["metrics"] = { ...(fields["metrics"] as Fields | undefined), [piece.name]: piece.value };
      return;
    case "counts":
    case "plan":
    case "environment":
    case "message":
    case "log":
      fields[piece.into] = piece.value;
  }
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}
