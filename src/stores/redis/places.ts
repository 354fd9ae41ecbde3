/**
 * Where things lie in Redis. Everything of one partition has one hash tag, so that a script over it is one slot of a
 * Cluster; look-ups lie anywhere, and lead to a partition.
 */
import { createHash } from "node:crypto";

/** A part of a project: `{project/number}` in the names of its keys. Number 0 is the project's home. */
export interface Place {
  project: string;
  number: number;
}

/** How places are named in this Redis. */
export interface Naming {
  /** What every key begins with, so that several Rollcalls can share a Redis. */
  prefix: string;
}

/** What every key of this place begins with: the first key that a script is given. */
export function baseOf({ prefix }: Naming, { project, number }: Place): string {
  return `${prefix}:{${project}/${number}}:`;
}

/** The home of a project: its document, and what belongs to none of its monitors. */
export function homeOf(project: string): Place {
  return { project, number: 0 };
}

/** What belongs to no project: signs of life and blind spots. No project has an empty name. */
export const INSTANCE: Place = { project: "", number: 0 };

/** The place of a monitor: by its slug, so that one slug is one place, whichever monitor has it. */
export function placeOfSlug(project: string, slug: string, partitions: number): Place {
  if (partitions === 1) return homeOf(project);
  const hash = createHash("sha256").update(slug).digest().readUInt32BE(0);
  return { project, number: hash % partitions };
}

/** The name of a place outside the store, and back. Project names hold no slash. */
export function nameOf({ project, number }: Place): string {
  return `${project}/${number}`;
}

export function placeNamed(name: string): Place {
  const slash = name.lastIndexOf("/");
  return { project: name.slice(0, slash), number: Number(name.slice(slash + 1)) };
}

/** What leads to a place from outside, by the kind of the id: a key of its own, in whatever slot. */
export function lookUpOf({ prefix }: Naming, kind: LookUpKind, id: string): string {
  return `${prefix}:of:${kind}:${id}`;
}

/**
 * A `monitor` leads to the name of its place; a `ping` (by its hash) and a `run` to `<place> <monitor's id>`; an
 * `incident` and a `notification` to the name of their place; a `key` is the key itself. Runs, incidents and
 * notifications have one only where their id does not begin with that of their monitor or project and a dash.
 */
export type LookUpKind = "monitor" | "ping" | "key" | "run" | "incident" | "notification";
