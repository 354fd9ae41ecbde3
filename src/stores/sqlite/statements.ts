/**
 * Statements over one open database, prepared once and kept; and how values are written down. Both sides have
 * them: the thread that writes, and everyone else who reads.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";

export type Value = string | number | null;

export interface Statement<Row> {
  get(...values: Value[]): Row | undefined;
  all(...values: Value[]): Row[];
  /** How many rows it changed. */
  run(...values: Value[]): number;
}

export interface Statements {
  /** The same text gives the same prepared statement. */
  prepare<Row = never>(sql: string): Statement<Row>;
}

export function statementsOf(database: DatabaseSync): Statements {
  const known = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const statement = known.get(sql) ?? database.prepare(sql);
    known.set(sql, statement);
    return statement;
  };
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
