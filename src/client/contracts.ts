/** What platforms and jobs must show, as it goes over the wire. */
import type { DurationGiven, InstantText } from "./answers.ts";

/** A scheme as data: `preset` or `scheme`, and the fields that it asks for. */
export interface ContractGiven {
  preset?: string;
  scheme?: string;
  /** Left out: as it was. A new one leaves the former good for `rotate_overlap` (a day, if not said; 0: not at all). */
  secret?: string;
  /** Exactly these, at most two, the current one first. */
  secrets?: string[];
  rotate_overlap?: DurationGiven;
  [field: string]: unknown;
}

/** Without any secret. */
export interface ContractAnswer {
  name: string;
  scheme: string;
  secrets: { id: string; added_at: InstantText; ends_at: InstantText | null; characters: number }[];
  created_at: InstantText;
  /** When scheme or secrets last changed. */
  changed_at: InstantText;
  [field: string]: unknown;
}
