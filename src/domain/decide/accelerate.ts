/** A faster schedule for a while: begun by a person, taken back exactly once. */
import type { MonitorEvent } from "../change.ts";
import type { Draft } from "./draft.ts";

export function accelerate(
  _draft: Draft,
  _told: Omit<Extract<MonitorEvent, { type: "accelerated" }>, "type">,
): void {}

export function decelerate(_draft: Draft, _by: string): void {}
