/**
 * A batch of writes as one transaction, because making it durable costs far more than writing it; each write in its
 * own savepoint, so that one that fails takes nobody with it. No transaction stays open behind a batch.
 */
import type { DatabaseSync } from "node:sqlite";
import { statementsOf } from "./statements.ts";
import { resultCode } from "./troubles.ts";
import { allWrites, type Writes } from "./writes.ts";

export interface Call {
  name: keyof Writes;
  values: readonly unknown[];
}

/** An error as it crosses between threads, which drop what makes it a driver's error. */
export interface Failure {
  message: string;
  /** SQLite's result code; null for a mistake of ours. */
  errcode: number | null;
  stack: string;
}

export type Outcome = { result: unknown } | { failure: Failure };

/** Gives the outcome of each call, in their order; when it returns they are durable. */
export type RunBatch = (calls: readonly Call[]) => Outcome[];

/** Prepares every statement, so that a table or column that is gone shows here. */
export function batchesOn(database: DatabaseSync): RunBatch {
  const statements = statementsOf(database);
  const writes = allWrites(statements);
  const [begin, commit, rollBack] = ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"].map((sql) =>
    statements.prepare(sql),
  );
  const [save, release, rollBackToSave] = ["SAVEPOINT one", "RELEASE one", "ROLLBACK TO one"].map((sql) =>
    statements.prepare(sql),
  );

  const one = ({ name, values }: Call): Outcome => {
    save?.run();
    try {
      const result = (writes[name] as (...given: readonly unknown[]) => unknown)(...values);
      release?.run();
      return { result };
    } catch (error) {
      // SQLite rolls the whole transaction back after some troubles, a full disk among them.
      if (!database.isTransaction) throw error;
      rollBackToSave?.run();
      release?.run();
      return { failure: failureOf(error) };
    }
  };

  return (calls) => {
    try {
      begin?.run();
      const outcomes = calls.map(one);
      commit?.run();
      return outcomes;
    } catch (error) {
      if (database.isTransaction) rollBack?.run();
      return calls.map(() => ({ failure: failureOf(error) }));
    }
  };
}

export function failureOf(error: unknown): Failure {
  const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  return { message, stack, errcode: resultCode(error) };
}

/** The error again, as the driver would have thrown it here. */
export function errorOf({ message, stack, errcode }: Failure): Error {
  return Object.assign(new Error(message), { stack }, errcode === null ? {} : { errcode });
}
