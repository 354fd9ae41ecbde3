/** Projects and their keys as they go over the wire: a project of its own, and those of a whole instance. */
import type { InstantText } from "./run-answers.ts";

export interface ProjectGiven {
  name?: string;
  operator_channels?: string[];
  default_channels?: string[];
  /** Null: `key` and `ping_url`. */
  accepts?: string[] | null;
  /** Origins that may be verified: `https://app.example.com`. */
  targets?: string[];
}

export interface ProjectAnswer {
  slug: string;
  name: string;
  operator_channels: string[];
  default_channels: string[];
  /** Where a monitor names none. */
  accepts: string[];
  /** Origins that may be verified. */
  targets: string[];
  created_at: InstantText;
}

export interface ProjectMade {
  /** As its keys and paths call it. */
  name: string;
  /** For people; the name, if left out. */
  title?: string | null;
  /** 1 to 64; 1, if left out. */
  partitions?: number | null;
}

interface InstanceProject {
  name: string;
  title: string;
  partitions: number;
  created_at: InstantText;
}

export interface MadeProjectAnswer extends InstanceProject {
  /** Its text is shown this once. */
  admin_key: KeyAnswer;
  ping_key: KeyAnswer;
  /** What to do with them, step by step. */
  next: string[];
}

export interface ListedProjectAnswer extends InstanceProject {
  channels: number;
  failing_channels: number;
  /** Those that are good now. */
  keys: number;
}

export interface KeyAnswer {
  id: string;
  kind: "admin" | "read" | "ping";
  label: string;
  /** The whole key: shown once, and of ping keys to an admin always. */
  key?: string;
  monitors: string[] | null;
  created_at: InstantText;
  expires_at: InstantText | null;
  revoked_at: InstantText | null;
  replaced_by: string | null;
}
