/**
 * A batch of writes as one transaction, because making it durable costs far more than writing it; one that fails takes
 * nobody with it. No transaction stays open behind a batch.
 */
import type { DatabaseSync } from "node:sqlite";
import { type Statements, statementsOf } from "./statements.ts";
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

/**
 * Prepares every statement, so that a table or column that is gone shows here. A savepoint costs a copy of every page
 * that is touched in it, and failures are rare: a batch is tried without them, and again with them if anything fails.
 */
export function batchesOn(database: DatabaseSync): RunBatch {
  const statements = statementsOf(database);
  const writes = allWrites(statements);
  const transaction = transactionsOn(database, statements);
  const savepoint = savepointsOn(database, statements);

  const carryOut = ({ name, values }: Call): Outcome => ({
    result: (writes[name] as (...given: readonly unknown[]) => unknown)(...values),
  });
  const carryOutAlone = (call: Call): Outcome => {
    try {
      return savepoint(() => carryOut(call));
    } catch (error) {
      // SQLite rolls the whole transaction back after some troubles, a full disk among them.
      if (!database.isTransaction) throw error;
      return { failure: failureOf(error) };
    }
  };

  return (calls) => {
    let isOneAtFault = false;
    const carryOutFirst = (call: Call): Outcome => {
      try {
        return carryOut(call);
      } catch (error) {
        isOneAtFault = database.isTransaction;
        throw error;
      }
    };
    try {
      return transaction(() => calls.map(carryOutFirst));
    } catch (error) {
      if (!isOneAtFault || calls.length === 1) return failures(calls, error);
    }
    try {
      return transaction(() => calls.map(carryOutAlone));
    } catch (error) {
      return failures(calls, error);
    }
  };
}

function failures(calls: readonly Call[], error: unknown): Outcome[] {
  return calls.map(() => ({ failure: failureOf(error) }));
}

/** Runs the work as a whole: what it throws leaves nothing behind. */
type Whole = <Result>(work: () => Result) => Result;

function transactionsOn(database: DatabaseSync, { prepare }: Statements): Whole {
  const [begin, commit, rollBack] = [prepare("BEGIN IMMEDIATE"), prepare("COMMIT"), prepare("ROLLBACK")];
  return (work) => {
    begin.run();
    try {
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      if (database.isTransaction) rollBack.run();
      throw error;
    }
  };
}

function savepointsOn(database: DatabaseSync, { prepare }: Statements): Whole {
  const [save, release, rollBack] = [
    prepare("SAVEPOINT one"),
    prepare("RELEASE one"),
    prepare("ROLLBACK TO one"),
  ];
  return (work) => {
    save.run();
    try {
      const result = work();
      release.run();
      return result;
    } catch (error) {
      if (database.isTransaction) {
        rollBack.run();
        release.run();
      }
      throw error;
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
