/**
 * Commits on their way to the thread that writes. Those of one monitor that wait together become one: its documents
 * are made into text, handed over and written once, as the last of them leaves them, instead of once for each.
 */
import { assert } from "../../domain/assert.ts";
import type { Change } from "../../domain/change.ts";
import type { Monitor } from "../../domain/monitor.ts";
import type { Call } from "./batch.ts";
import { type ChangesInARow, type WrittenChange, writtenChange } from "./changes.ts";

export interface Commit {
  change: Change;
  /** The version that it makes. */
  version: number;
  /** The configuration as it stood before. */
  monitor: Monitor;
  /** Hears how the monitor is written down; of several that become one only the last. */
  onWritten: (written: WrittenChange) => void;
}

/** What is asked of the writer: a call, or a commit, which becomes a call. */
export type Asked = { call: Call } | { commit: Commit; isAlone: boolean };

/**
 * Which of these are carried out as one, in order. Only commits are, each built on the one before it, and with no other
 * call between them: what different monitors commit may change places. One that `isAlone` joins no other.
 */
export function groupsOf<One extends Asked>(asked: readonly One[]): One[][] {
  const groups: One[][] = [];
  const open = new Map<string, { group: One[]; version: number }>();
  for (const one of asked) {
    let group: One[] = [];
    if (!("commit" in one)) open.clear();
    else if (!one.isAlone) {
      const { change, version } = one.commit;
      const before = open.get(change.monitor.id);
      if (before?.version === change.baseVersion) group = before.group;
      open.set(change.monitor.id, { group, version });
    }
    if (group.length === 0) groups.push(group);
    group.push(one);
  }
  return groups;
}

/** The call that does what a group asks. */
export function callOf(group: readonly Asked[]): Call {
  const [first, ...more] = group.map((one) => ("commit" in one ? one.commit : one.call));
  assert(first !== undefined, "a group with something in it");
  if ("name" in first) return first;
  const later = more.flatMap((one) => ("change" in one ? [one] : []));
  const changes: ChangesInARow = [first.change, ...later.map(({ change }) => change)];
  const last = later.at(-1) ?? first;
  const written = writtenChange(changes, first.monitor);
  last.onWritten(written);
  return { name: "commit", values: [written, last.version] };
}
