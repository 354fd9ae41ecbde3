/**
 * What every source of jobs hands over: the monitors it proposes, what is to be added to each job, and what it
 * could not take, with its place and the reason. Sources read text and decide nothing about files or output.
 */
import type { MonitorGiven } from "../../client/client.ts";

export interface Place {
  file: string;
  /** Null where there is no line to name: a check of another server, a whole file. */
  line: number | null;
}

export interface Proposal {
  /** Names for it, the best one first. The first that gives a free slug is taken. */
  names: readonly string[];
  /** Tells it from every other job wherever it stands: an ending is made of it where the names are taken. */
  identity: string;
  /** The job names its monitor already, so this is its slug whatever else holds. */
  slug: string | null;
  monitor: MonitorGiven;
  place: Place;
  /** What a person should know of it: why a value was chosen, what has no equivalent. */
  notes: readonly string[];
  /** What is to be added to the job, line by line; empty where nothing is. */
  linesFor: (slug: string) => readonly string[];
}

export interface LeftOut {
  place: Place;
  /** The job as it stands there, as far as it can be told. */
  what: string;
  why: string;
}

export interface Found {
  proposals: Proposal[];
  leftOut: LeftOut[];
  /** Said once for all of them. */
  remarks: string[];
}

export interface SourceFile {
  /** As it was named, for messages: `-` is standard input. */
  name: string;
  text: string;
  /** Another file of the same folder; null where it is not there, and for standard input. */
  beside: (name: string) => Promise<string | null>;
}

/** What the command line says beside the files. */
export interface SourceOptions {
  /** The zone of jobs that name none. */
  timezone: string | null;
  /** This machine's own. */
  machineZone: string;
  /** `system`, `user`: which form a crontab has; null: found out. */
  crontabForm: "system" | "user" | null;
  /** How a job tells: by the wrapper `rollcall exec`, or by a `curl` after it. */
  reportBy: "exec" | "curl";
  /** Where jobs reach Rollcall. */
  url: string;
  /** The project they belong to. */
  project: string;
}

export interface Source {
  /** Said above the lines to add: what every job needs besides. */
  preparation: (options: SourceOptions) => readonly string[];
  read: (file: SourceFile, options: SourceOptions) => Promise<Found> | Found;
}

export function nothingFound(): Found {
  return { proposals: [], leftOut: [], remarks: [] };
}

/** The path of check-ins for one monitor; the key goes into a header, where no log keeps it. */
export function checkInPath(slug: string, { project }: SourceOptions): string {
  return `/checkin/${project}/${slug}`;
}

/** The shell command that tells Rollcall of a success; it needs ROLLCALL_URL and ROLLCALL_PING_KEY around it. */
export function curlFor(path: string, { retries } = { retries: 5 }): string {
  return `curl -fsS -m 10 --retry ${retries} -o /dev/null -H "Authorization: Bearer $ROLLCALL_PING_KEY" "$ROLLCALL_URL${path}"`;
}
