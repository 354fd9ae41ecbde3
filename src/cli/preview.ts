/** `rollcall preview "<cron>"`: when a schedule runs, worked out here with the server's own rules. */
import { durationInWords, parseDuration } from "../domain/duration.ts";
import { instantText } from "../domain/instant.ts";
import { LIMITS } from "../domain/limits.ts";
import { describeSchedule, nextRuns, readSchedule, SCHEDULERS } from "../domain/schedule/schedule.ts";
import type { ScheduleInput } from "../domain/schedule/schedule.ts";
import { UsageError, wantedInstant } from "./command.ts";
import type { AddCommand, Surroundings } from "./command.ts";
import { table } from "./terminal.ts";

interface Options {
  tz?: string;
  scheduler?: string;
  every?: string;
  from?: string;
  count: string;
  json?: boolean;
}

export const add: AddCommand = (program, surroundings, leave) => {
  program
    .command("preview")
    .description("show when a schedule runs; asks no server")
    .argument("[cron...]", 'cron expressions, each in quotes: "0 2 * * *"; several are a union')
    .option("--tz <zone>", "the IANA time zone (default: UTC)")
    .option("--scheduler <who>", `who fires the job: ${SCHEDULERS.join(", ")}`)
    .option("--every <duration>", "an interval, instead of cron")
    .option("--from <instant>", "the runs after this instant (default: now)")
    .option("--count <n>", `how many, ${LIMITS.previewCount} at most`, String(LIMITS.runsShown))
    .option("--json", "write JSON, for programs")
    .action((expressions: string[], options: Options) => {
      preview(expressions, options, surroundings);
      leave(0);
    });
};

function preview(expressions: string[], options: Options, { terminal, now }: Surroundings): void {
  const count = Number(options.count);
  if (!Number.isInteger(count) || count < 1 || count > LIMITS.previewCount) {
    throw new UsageError(
      `--count is a number from 1 to ${LIMITS.previewCount}, not ${JSON.stringify(options.count)}.`,
    );
  }
  const fromAt = options.from === undefined ? now() : wantedInstant(options.from, "--from");
  const { schedule, warnings } = readSchedule(inputOf(expressions, options), fromAt);
  // An interval is counted from the instant asked about, for it has no other beginning yet.
  const runs = nextRuns(schedule, { fromAt, count });
  const description = describeSchedule(schedule);
  if (options.json) {
    const shown = { description, runs: runs.map((at) => instantText(at)), warnings };
    terminal.say(JSON.stringify(shown, null, 2));
    return;
  }
  for (const warning of warnings) terminal.warn(`rollcall: ${warning}`);
  terminal.say(description);
  const zone = schedule.kind === "cron" ? schedule.timezone : "UTC";
  const local = localTime(zone);
  const rows = runs.map((at) => [
    { text: local(at) },
    { text: instantText(at) },
    { text: at >= now() ? `in ${durationInWords(at - now())}` : `${durationInWords(now() - at)} ago` },
  ]);
  terminal.say(table(rows, terminal));
}

function inputOf(expressions: string[], options: Options): ScheduleInput {
  const isUnquoted = expressions.length >= 5 && expressions.every((each) => !each.includes(" "));
  if (isUnquoted) throw new UsageError('Put the cron expression in quotes: rollcall preview "0 2 * * *".');
  const everyMs = options.every === undefined ? null : parseDuration(options.every);
  if (options.every !== undefined && everyMs === null) {
    throw new UsageError(
      `--every ${JSON.stringify(options.every)} is not a duration: write it like 90s or 1h30m.`,
    );
  }
  return {
    ...(expressions.length > 0 ? { cron: expressions } : {}),
    ...(everyMs === null ? {} : { every: everyMs }),
    ...(options.tz === undefined ? {} : { timezone: options.tz }),
    ...(options.scheduler === undefined ? {} : { scheduler: options.scheduler }),
  };
}

function localTime(zone: string): (at: number) => string {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  });
  return (at) => {
    const part = Object.fromEntries(parts.formatToParts(at).map(({ type, value }) => [type, value]));
    return `${part["weekday"]} ${part["year"]}-${part["month"]}-${part["day"]} ${part["hour"]}:${part["minute"]}:${part["second"]} ${part["timeZoneName"]}`;
  };
}
