/** What every command of the CLI shares: how it is added, how bad usage ends, how instants and durations are read. */
import type { Command } from "commander";
import { parseInstant } from "../domain/instant.ts";
import type { CliSettings } from "../system/cli-settings.ts";
import type { Terminal } from "./terminal.ts";

/** 0: done, and all is well. */
export const EXIT = {
  /**
   * `status`: something is down. `flush`: something is still waiting or was refused. `apply`: `--check` found something
   * to do, or nobody agreed. `verify`: red, or stale.
   */
  notWell: 1,
  /** `verify`: it awaits the scheduler's own call. As with bad usage, nothing was shown. */
  notKnown: 2,
  badUsage: 2,
  /** Rollcall could not be asked, or refused. */
  noAnswer: 3,
} as const;

export interface Surroundings {
  settings: CliSettings;
  terminal: Terminal;
  /** The file we were started from: a sender that outlives us runs it again. */
  programFile: string;
  now: () => number;
}

/** Each command's file exports one: adds the command, whose action hands its exit code to `leave`. */
export type AddCommand = (
  program: Command,
  surroundings: Surroundings,
  leave: (code: number) => void,
) => void;

/** The message is one sentence; the exit code is 2. */
export class UsageError extends Error {}

/** An instant, for an argument that has to be one. */
export function wantedInstant(text: string, name: string): number {
  const at = parseInstant(text);
  if (at === null) {
    throw new UsageError(
      `${name} ${JSON.stringify(text)} is not an instant: write it like 2026-03-08T07:00:00Z.`,
    );
  }
  return at;
}

/** The key for changing, or bad usage that says where to put one. */
export function wantedAdminKey(given: string | undefined, settings: CliSettings): string {
  const key = given ?? settings.adminKey;
  if (key === null)
    throw new UsageError("There is no key to change with: set ROLLCALL_ADMIN_KEY, or give --key.");
  return key;
}

/** The key for reading, or bad usage that says where to put one. */
export function wantedKey(given: string | undefined, settings: CliSettings): string {
  const key = given ?? settings.readingKey;
  if (key === null)
    throw new UsageError("There is no key to read with: set ROLLCALL_READ_KEY, or give --key.");
  return key;
}
