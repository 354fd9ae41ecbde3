/**
 * One open database: statements prepared once, reads, and writes that are one transaction each. Every trouble
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
  /** All of the work or, when it throws, none of it. Durable when it resolves. */
  write<Result>(work: () => Result): Promise<Result>;
  close(): void;
}

export function connectionTo(database: DatabaseSync): Connection {
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const begin = prepared("BEGIN IMMEDIATE");
  const commit = prepared("COMMIT");
  const rollBack = prepared("ROLLBACK");

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

    async write(work) {
      try {
        begin.run();
        const result = work();
        commit.run();
        return result;
      } catch (error) {
        // SQLite rolls back by itself after some troubles, a full disk among them.
        if (database.isOpen && database.isTransaction) rollBack.run();
        throw storeTrouble(error);
      }
    },

    close() {
      if (database.isOpen) database.close();
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
