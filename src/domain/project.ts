/** One tenant, and what it is told about Rollcall itself: its channels that fail, the times it could not hear. */
import type { Incident } from "./incident.ts";
import { KEY_PREFIX } from "./key-text.ts";
import type { Notification } from "./notification.ts";
import type { StoredContract } from "./trust/contract.ts";
import type { Deploy } from "./trust/guarded-route.ts";

export interface Project {
  /** The slug in keys and paths. */
  name: string;
  title: string;
  createdAt: number;
  /** How many parts its monitors are spread over where a store has parts: 1 to 64, as it was made; absent: 1. */
  partitions?: number;
  /** Told about blind spots and about other channels that fail. */
  operatorChannels: readonly string[];
  /** For monitors that name no channels. */
  defaultChannels: readonly string[];
  /** Contracts that check-ins may meet, for monitors that name none; absent or null: `ACCEPTED_BY_DEFAULT`. */
  accepts?: readonly string[] | null;
  /** Origins that may be verified from here; absent: none. */
  targets?: readonly string[];
}

/** Null when a project may be called so, in its keys and in the paths of check-ins; else what is wrong with it. */
export function projectNameProblem(name: string): string | null {
  const shown = JSON.stringify(name.slice(0, 40));
  if (!/^[a-z0-9][a-z0-9_-]{0,99}$/.test(name)) {
    return `${shown} is not a project's name: 1 to 100 of a-z, 0-9, "_" and "-", beginning with a letter or digit`;
  }
  return name.startsWith(KEY_PREFIX)
    ? `${shown} begins with ${KEY_PREFIX}, as keys do: choose another`
    : null;
}

/** Rarely written, so one document with its own version serves. */
export interface ProjectState {
  /** Open incidents of channels, by channel name. */
  channelIncidents: Readonly<Record<string, Incident>>;
  /** Blind incidents that still await follow-ups: incident, and when the next is due. */
  blind: readonly { incident: Incident; blindSpotId: string; followUpAt: number; followUps: number }[];
  counted: { incidents: number; notifications: number };
  /** The version of the time-zone data with which its due instants were computed; absent: not noted yet. */
  zoneData?: string;
  /** By name; absent: none. */
  contracts?: Readonly<Record<string, StoredContract>>;
  /** The latest ones, oldest first, at most `LIMITS.deploysKept`; absent: none. */
  deploys?: readonly Deploy[];
}

export interface ProjectSnapshot {
  project: Project;
  state: ProjectState;
  version: number;
}

export interface ProjectChange {
  baseVersion: number;
  project: Project;
  state: ProjectState;
  incidents: readonly Incident[];
  notifications: readonly Notification[];
  /** Blind spots whose unknown windows were reported by this change, up to the `reportedAt` instant. */
  reported: readonly { blindSpotId: string; monitorIds: readonly string[] }[];
  dueAt: number | null;
}
