/** `create=1`: the first check-in of a job that nobody registered makes its monitor, with what the address says. */
import { parseDuration } from "../domain/duration.ts";
import { RollcallError, invalid, type FieldProblem } from "../domain/errors.ts";
import type { MonitorInput } from "../domain/monitor-input.ts";
import { slugProblem } from "../domain/monitor-settings.ts";
import type { HttpParts } from "./parts.ts";

type Create = Readonly<Record<string, string>>;

/** Called by eight first check-ins at once it makes one monitor: all find it, and one of them is told that it made it. */
export async function createFromCheckIn(
  parts: HttpParts,
  wanted: { project: string; slug: string; principal: string; create: Create; receivedAt: number },
): Promise<{ monitorId: string; isCreated: boolean }> {
  const { project, slug, principal, receivedAt } = wanted;
  const problem = slugProblem(slug);
  if (problem !== null) throw invalid([{ field: "monitor", message: problem }]);
  const input = inputOf(wanted.create);
  try {
    const { monitor } = await parts.engine.saveMonitor({
      project,
      slug,
      input,
      mode: "create",
      by: principal,
      createdAt: receivedAt,
    });
    return { monitorId: monitor.id, isCreated: true };
  } catch (thrown) {
    if (!(thrown instanceof RollcallError) || thrown.code !== "conflict") throw thrown;
    const { monitor } = await parts.engine.viewMonitor({ project, slug });
    return { monitorId: monitor.id, isCreated: false };
  }
}

function inputOf(create: Create): MonitorInput {
  const { every, cron, tz, grace, signals } = create;
  if ((every === undefined) === (cron === undefined)) {
    const message =
      every === undefined
        ? "is missing: with create=1 add every=5m, or cron= with a cron expression"
        : "is given beside cron: give one of them";
    throw invalid([{ field: "every", message }]);
  }
  const problems: FieldProblem[] = [];
  const duration = (field: string, text: string): number => {
    const durationMs = parseDuration(text);
    if (durationMs !== null) return durationMs;
    problems.push({
      field,
      message: `${JSON.stringify(text.slice(0, 60))} is not a duration like 90s, 10m or 1h30m`,
    });
    return 0;
  };
  const schedule = {
    ...(every === undefined ? { cron } : { every: duration("every", every) }),
    ...(tz === undefined ? {} : { timezone: tz }),
  };
  if (signals !== undefined && signals !== "both" && signals !== "finish") {
    problems.push({
      field: "signals",
      message: `${JSON.stringify(signals.slice(0, 60))} is not one of both, finish`,
    });
  }
  const input: MonitorInput = {
    schedule,
    ...(grace === undefined ? {} : { graceMs: duration("grace", grace) }),
    ...(signals === "finish" || signals === "both" ? { signals } : {}),
  };
  if (problems.length > 0) throw invalid(problems);
  return input;
}
