/**
 * What is written in a configuration file belongs to that file: it refuses edits elsewhere, because the next
 * application would undo them without a word.
 */
import { RollcallError } from "./errors.ts";
import type { Pause } from "./hearing.ts";

/** Where the configuration is looked for unless somebody says otherwise. */
export const CONFIGURATION_FILE = "config/rollcall.yaml";

/** Kept on a monitor or channel; those made by hand have none. */
export interface Managed {
  /** The file's name, or the name that it gives itself. */
  configuration: string;
  /** Since when it is in the file no longer, and free for edits; null: it is there. */
  goneAt: number | null;
}

export interface ManagedMonitor extends Managed {
  /** A person's pause that was on when the monitor left the file: it is on again when the monitor returns. */
  pauseBefore: Pause | null;
}

/** The configuration that it must be changed in; null: anybody may change it. */
export function ownerOf(managed: Managed | null | undefined): string | null {
  return managed === null || managed === undefined || managed.goneAt !== null ? null : managed.configuration;
}

/** Throws `conflict` when somebody other than its owner wants to change it. */
export function refuseForeignEdit(
  edited: { what: "monitor" | "channel"; name: string; managedBy?: Managed | null | undefined },
  editor: string | null,
): void {
  const owner = ownerOf(edited.managedBy);
  if (owner === null || owner === editor) return;
  throw new RollcallError(
    "conflict",
    `The ${edited.what} "${edited.name}" is written in the configuration ${owner}: change it there and apply that.`,
  );
}

/** Shown as the reason of the pause that a monitor is put into when it leaves its file. */
export function goneReason(configuration: string): string {
  return `Not in ${configuration} any more`;
}
