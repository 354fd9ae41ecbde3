/** A monitor comes under a configuration file, leaves it (paused, so that it is not forgotten) and returns to it. */
import { goneReason } from "../managed.ts";
import type { Draft } from "./draft.ts";
import { pause, resume } from "./pause.ts";

/** Null: edited by hand, which makes it nobody's. */
export function putUnder(draft: Draft, configuration: string | null): void {
  returnFromGone(draft);
  const managedBy = configuration === null ? null : { configuration, goneAt: null, pauseBefore: null };
  draft.monitor = { ...draft.monitor, managedBy };
}

/** Gone for good only by deletion: whoever took it out of the file by mistake finds it where it was. */
export function leaveConfiguration(draft: Draft, configuration: string): void {
  const at = draft.context.judgedAt;
  const pauseBefore = draft.state.pause;
  draft.monitor = { ...draft.monitor, managedBy: { configuration, goneAt: at, pauseBefore } };
  pause(draft, at, { untilAt: null, reason: goneReason(configuration) });
}

/** Ends the pause of having been gone, and no other: what a person has said since stands. */
function returnFromGone(draft: Draft): void {
  const { managedBy } = draft.monitor;
  if (managedBy?.goneAt == null || draft.state.pause?.reason !== goneReason(managedBy.configuration)) return;
  const at = draft.context.judgedAt;
  const { pauseBefore } = managedBy;
  const isStillOn = pauseBefore !== null && (pauseBefore.untilAt === null || pauseBefore.untilAt > at);
  if (isStillOn) pause(draft, at, pauseBefore);
  else resume(draft, at);
}
