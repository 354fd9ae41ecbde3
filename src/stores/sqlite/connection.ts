/**
 * The store's way to its database: reads at once on a connection of their own, writes by name in the thread that
 * writes. Every trouble of the driver leaves this file as an error that says what to do.
 */
import type { DatabaseSync } from "node:sqlite";
import { RollcallError } from "../../domain/errors.ts";
import { type Statements, statementsOf } from "./statements.ts";
import { storeTrouble } from "./troubles.ts";
import type { Commit } from "./commits.ts";
import type { Committed } from "./snapshots.ts";
import type { Writer } from "./writer.ts";
import type { Writes } from "./writes.ts";

export interface Connection extends Statements {
  /** What is durable now. */
  read<Result>(work: () => Result): Promise<Result>;
  /** The same at once: a trouble is thrown. */
  readNow<Result>(work: () => Result): Result;
  /**
   * One of the writes, after those asked for before: all of it or, when it rejects, none of it. Durable when it
   * resolves. `characters` is roughly what waits in memory until then.
   */
  write<Name extends keyof Writes>(
    name: Name,
    values: Parameters<Writes[Name]>,
    characters?: number,
  ): Promise<ReturnType<Writes[Name]>>;
  /** A monitor's commit, in its place among the writes. */
  commit(commit: Commit, characters: number): Promise<Committed>;
  /** Throws `unavailable` when a write would be refused now because too much waits already, or for good. */
  requireRoom(): void;
  /** Makes durable what is under way, and closes. Twice is harmless. */
  close(): Promise<void>;
}

export function connectionTo(reading: DatabaseSync, writer: Writer): Connection {
  let isClosed = false;
  const requireOpen = (): void => {
    if (isClosed) throw new RollcallError("unavailable", "The store is closed.");
  };
  const readNow = <Result>(work: () => Result): Result => {
    requireOpen();
    try {
      return work();
    } catch (error) {
      throw storeTrouble(error);
    }
  };
  return {
    ...statementsOf(reading),

    readNow,

    // Async, so that a trouble is a rejected promise and never thrown at the caller.
    read: async (work) => readNow(work),

    async write<Name extends keyof Writes>(name: Name, values: Parameters<Writes[Name]>, characters = 0) {
      requireOpen();
      return (await writer.write({ call: { name, values } }, characters)) as ReturnType<Writes[Name]>;
    },

    async commit(commit, characters) {
      requireOpen();
      return (await writer.write({ commit, isAlone: false }, characters)) as Committed;
    },

    requireRoom() {
      requireOpen();
      writer.requireRoom();
    },

    async close() {
      isClosed = true;
      if (reading.isOpen) reading.close();
      await writer.close();
    },
  };
}
