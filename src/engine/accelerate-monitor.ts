/** A monitor's schedule is made faster for a while, to see a fix work; a person may take that back before its time. */
import { acceleratedInput, acceleratedSettings, accelerationWarnings, isOn } from "../domain/acceleration.ts";
import type { MonitorState } from "../domain/change.ts";
import { isSameSettings } from "../domain/decide/configure.ts";
import { durationInWords } from "../domain/duration.ts";
import { invalid, RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import { graceProblems } from "../domain/monitor-settings.ts";
import {
  describeSchedule,
  readSchedule,
  type Schedule,
  type ScheduleInput,
} from "../domain/schedule/schedule.ts";
import { judgeableNow } from "./arrivals.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import { findMonitor, unknownMonitor, type NamedMonitor } from "./find-monitor.ts";
import type { LiveParts } from "./live-parts.ts";

interface Asked {
  schedule: Schedule;
  expiresInMs: number;
}

/**
 * Gives back what is doubtful about it. The same again while it is on changes nothing, and does not prolong it; another
 * one is a `conflict`. Throws `invalid_request` naming every field at fault, `not_found`, `unavailable`.
 */
export async function accelerateMonitor(
  parts: LiveParts,
  input: NamedMonitor & { schedule: ScheduleInput; expiresInMs: number | null; by: string },
): Promise<{ warnings: readonly string[] }> {
  const { monitor } = await findMonitor(parts, input);
  const expiresInMs = input.expiresInMs ?? LIMITS.defaultAccelerationMs;
  if (expiresInMs <= 0 || expiresInMs > LIMITS.longestAccelerationMs) {
    const message = `must be more than 0 and at most ${durationInWords(LIMITS.longestAccelerationMs)}: a schedule that is to stay is edited`;
    throw invalid([{ field: "expires_in", message }]);
  }
  let warnings: readonly string[] = [];
  await decideAndCommit(parts, {
    monitorId: monitor.id,
    wanted: {},
    judgedAt: () => judgeableNow(parts),
    eventOf: (snapshot) => {
      const { settings, deletedAt } = snapshot.monitor;
      if (deletedAt !== null) throw unknownMonitor(input.slug);
      const nowAt = judgeableNow(parts);
      const read = readSchedule(acceleratedInput(input.schedule, settings), nowAt);
      const { schedule } = read;
      const problems = graceProblems(acceleratedSettings(settings, schedule));
      if (problems.length > 0) throw invalid(problems);
      const asked = { schedule, expiresInMs };
      warnings = [...read.warnings, ...accelerationWarnings(settings, { ...asked, nowAt })];
      if (isOnAlready(snapshot.state, { asked, nowAt })) return null;
      return { type: "accelerated", ...asked, by: input.by };
    },
  });
  return { warnings };
}

/** The original schedule is in force again. Of a monitor that is not accelerated: nothing happens. */
export async function decelerateMonitor(
  parts: LiveParts,
  input: NamedMonitor & { by: string },
): Promise<void> {
  const { monitor } = await findMonitor(parts, input);
  await decideAndCommit(parts, {
    monitorId: monitor.id,
    wanted: {},
    judgedAt: () => judgeableNow(parts),
    eventOf: ({ state }) => (isOn(state.acceleration) ? { type: "decelerated", by: input.by } : null),
  });
}

/** One whose time is over, though no tick has said so yet, is in nobody's way. */
function isOnAlready(
  { acceleration }: MonitorState,
  { asked, nowAt }: { asked: Asked; nowAt: number },
): boolean {
  if (!isOn(acceleration) || acceleration.untilAt <= nowAt) return false;
  const { schedule, beganAt, untilAt, by } = acceleration;
  if (isSameSettings(schedule, asked.schedule) && untilAt - beganAt === asked.expiresInMs) return true;
  throw new RollcallError(
    "conflict",
    `It is accelerated already, ${describeSchedule(schedule)} until ${new Date(untilAt).toISOString()}, by ${by}: take that back first, or wait for its end.`,
  );
}
