/** Whether Rollcall would take a proposed monitor as it stands, by the server's own rules. */
import type { MonitorGiven } from "../../client/client.ts";
import { parseDuration } from "../../domain/duration.ts";
import { RollcallError } from "../../domain/errors.ts";
import type { MonitorInput } from "../../domain/monitor-input.ts";
import { readSettings } from "../../domain/monitor-settings.ts";
import type { ScheduleInput } from "../../domain/schedule/schedule.ts";
import type { Named } from "./slug.ts";

/** Why it would be refused; null when it would be taken. What is merely doubtful is told when it is applied. */
export function whyRefused({ slug, proposal }: Named, nowAt: number): string | null {
  try {
    readSettings(slug, inputOf(proposal.monitor), { before: null, nowAt });
    return null;
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error;
    const problems = error.problems.map(({ field, message }) =>
      field.startsWith("schedule.cron") ? message : `${field}: ${message}`,
    );
    return problems.length > 0 ? problems.join("; ") : error.message;
  }
}

/** Of the fields that sources propose. */
function inputOf(monitor: MonitorGiven): MonitorInput {
  const { schedule, grace, max_runtime: maxRuntime, failure_threshold: failureThreshold } = monitor;
  const { cron, every, from, timezone, scheduler } = schedule;
  const input: { [Field in keyof MonitorInput]: MonitorInput[Field] | undefined } = {
    name: monitor.name,
    description: monitor.description,
    tags: monitor.tags,
    schedule: given<ScheduleInput>({
      cron,
      every: every === undefined ? undefined : msOf(every),
      from,
      timezone,
      scheduler,
    }),
    signals: monitor.signals,
    graceMs: grace == null ? undefined : msOf(grace),
    maxRuntimeMs: maxRuntime == null ? undefined : msOf(maxRuntime),
    failureThreshold,
    overlap: monitor.overlap,
  };
  return given<MonitorInput>(input);
}

/** What cannot be read comes to be refused as a duration that none is. */
function msOf(duration: string | number): number {
  return parseDuration(duration) ?? -1;
}

function given<Fields>(fields: { [Field in keyof Fields]: Fields[Field] | undefined }): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}
