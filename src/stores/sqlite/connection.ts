/**
 * One open database: statements prepared once, reads, and writes. Writes of one turn of the event loop share a
 * transaction, each in its own savepoint, because making it durable costs far more than writing it. Every trouble
 * of the driver leaves this file as an error that says what to do, and no transaction stays open behind it.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { storeTrouble } from "./troubles.ts";

export type Value = string | number | null;

export interface Statement<Row> {
  get(...values: Value[]): Row | undefined;
  all(...values: Value[]): Row[];
  /** How many rows it changed. */
  run(...values: Value[]): number;
}

export interface Connection {
  /** The same text gives the same prepared statement. */
  prepare<Row = never>(sql: string): Statement<Row>;
  read<Result>(work: () => Result): Promise<Result>;
  /**
   * All of the work or, when it throws, none of it. Durable when it resolves; until then later work already sees
   * it, and shares its fate if it cannot be made durable.
   */
  write<Result>(work: () => Result): Promise<Result>;
  /** Makes durable what is under way, and closes. */
  close(): void;
}

/** Calls the function once, when everything that is ready to run now has run. */
export type AfterTurn = (act: () => void) => void;

export function connectionTo(database: DatabaseSync, afterTurn: AfterTurn): Connection {
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const group = groupOf(database, prepared, afterTurn);

  return {
    prepare<Row>(sql: string): Statement<Row> {
      const statement = prepared(sql);
      return {
        // The driver cannot know the shape of a row; each statement's own text does.
        get: (...values) => statement.get(...values) as Row | undefined,
        all: (...values) => statement.all(...values) as Row[],
        run: (...values) => Number(statement.run(...values).changes),
      };
    },

    // Async, so that a trouble is a rejected promise and never thrown at the caller.
    async read(work) {
      try {
        return work();
      } catch (error) {
        throw storeTrouble(error);
      }
    },

    write: (work) => group.write(work),

    close() {
      group.flush();
      if (database.isOpen) database.close();
    },
  };
}

interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

/** The transaction that is open, and who waits for it to be durable. */
function groupOf(
  database: DatabaseSync,
  prepared: (sql: string) => StatementSync,
  afterTurn: AfterTurn,
): { write<Result>(work: () => Result): Promise<Result>; flush(): void } {
  const [begin, commit, rollBack] = ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"].map(prepared);
  const [save, release, rollBackToSave] = ["SAVEPOINT one", "RELEASE one", "ROLLBACK TO one"].map(prepared);
  let waiting: Waiting[] | null = null;

  const fail = (error: unknown): void => {
    // SQLite rolls back by itself after some troubles, a full disk among them.
    if (database.isOpen && database.isTransaction) rollBack?.run();
    const lost = waiting ?? [];
    waiting = null;
    for (const one of lost) one.reject(storeTrouble(error));
  };
  const flush = (): void => {
    if (waiting === null) return;
    try {
      commit?.run();
    } catch (error) {
      fail(error);
      return;
    }
    const done = waiting;
    waiting = null;
    for (const one of done) one.resolve();
  };
  const apply = <Result>(work: () => Result): Result => {
    if (waiting === null) {
      begin?.run();
      waiting = [];
      afterTurn(flush);
    }
    save?.run();
    try {
      const result = work();
      release?.run();
      return result;
    } catch (error) {
      if (database.isTransaction) {
        rollBackToSave?.run();
        release?.run();
      } else {
        fail(error);
      }
      throw error;
    }
  };
  return {
    flush,
    // Async, so that a trouble is a rejected promise and never thrown at the caller.
    async write<Result>(work: () => Result): Promise<Result> {
      try {
        const result = apply(work);
        await new Promise<void>((resolve, reject) => waiting?.push({ resolve, reject }));
        return result;
      } catch (error) {
        throw storeTrouble(error);
      }
    },
  };
}

/** A document column: what nobody queries by, kept whole. */
export function toText(value: unknown): string {
  return JSON.stringify(value);
}

export function fromText<Kept>(text: string): Kept {
  return JSON.parse(text) as Kept;
}

/**
 * Text from outside as a key: SQLite would turn half a surrogate pair into another character, so that two
 * names could become one.
 */
export function keyText(text: string): string {
  return JSON.stringify(text);
}
