/** What a job says of itself besides its steps: each thing cut to its bounds and put into the record. */
import type { CountName } from "../domain/outcome/outcome.ts";
import type { EnvironmentGiven, EvidenceGiven } from "./run.ts";
import type { RunRecord } from "./run-record.ts";

/** Numbers that grow all the time are told now and then. */
const NUMBERS_WITHIN_MS = 10_000;
const SOON_MS = 1_000;
export const NAME_CHARACTERS = 100;
export const TEXT_CHARACTERS = 1_000;
const URL_CHARACTERS = 2_000;
const MESSAGE_CHARACTERS = 10_000;

export interface Counting {
  expect(count: number): void;
  count(name: CountName, by?: number): void;
}

/** Counts of a run or of a step. `tell` is handed all of them after each change. */
export function createCounting(tell: (counts: Record<string, number>) => void): Counting {
  const counts: Record<string, number> = {};
  const set = (name: string, value: number): void => {
    if (!Number.isFinite(value)) return;
    counts[name] = value;
    tell({ ...counts });
  };
  return {
    expect: (count) => set("expected", count),
    count(name, by = 1) {
      const known = textOf(name, NAME_CHARACTERS);
      if (Number.isFinite(by)) set(known, (counts[known] ?? 0) + by);
    },
  };
}

export function createTold(record: RunRecord, changed: (withinMs: number) => void) {
  let log = "";
  let message = "";
  const counting = createCounting((counts) => {
    record.put("counts", { into: "counts", value: counts });
    changed(NUMBERS_WITHIN_MS);
  });
  return {
    methods: {
      ...counting,
      metric(name: string, value: number): void {
        const cut = textOf(name, NAME_CHARACTERS);
        if (!Number.isFinite(value)) return;
        record.put(`metric ${cut}`, { into: "metrics", name: cut, value });
        changed(NUMBERS_WITHIN_MS);
      },
      evidence(item: EvidenceGiven): void {
        const value = fieldsOf(item, ["kind", "url", "id", "name", "size", "sha256", "created_at"]);
        record.put(`evidence ${JSON.stringify(value)}`, { into: "evidence", value });
        changed(SOON_MS);
      },
      environment(environment: EnvironmentGiven): void {
        const value = fieldsOf(environment, ["host", "version", "commit", "trace"]);
        record.put("environment", { into: "environment", value });
        changed(SOON_MS);
      },
      log(line: string): void {
        log = `${log}${textOf(line, MESSAGE_CHARACTERS)}\n`.slice(-MESSAGE_CHARACTERS);
      },
      message(text: string): void {
        message = textOf(text, MESSAGE_CHARACTERS);
      },
    },
    /** `failure`: why it ended badly. */
    end(failure: string | null): void {
      const text = [message, failure ?? ""].filter((each) => each !== "").join("\n");
      if (text !== "") record.put("message", { into: "message", value: text });
      if (log !== "") record.put("log", { into: "log", value: log });
    },
  };
}

/** Never throws, whatever a job without types hands in. */
export function textOf(value: unknown, characters: number): string {
  try {
    return String(value).slice(0, characters).toWellFormed();
  } catch {
    // An object that cannot be turned into text.
    return typeof value;
  }
}

/** Those that are there, and may be there. */
function fieldsOf(given: unknown, names: readonly string[]): Record<string, string | number> {
  if (typeof given !== "object" || given === null) return {};
  const known = given as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    names.flatMap((name): [string, string | number][] => {
      const value = known[name];
      if (typeof value === "number" && Number.isFinite(value)) return [[name, value]];
      return typeof value === "string" ? [[name, textOf(value, URL_CHARACTERS)]] : [];
    }),
  );
}
