/** `rollcall accelerate <monitor>`: expects its runs more often for a while, to see a fix work; or takes that back. */
import { createClient } from "../client/client.ts";
import type { AccelerationAnswer, MonitorAnswer, ScheduleJson } from "../client/client.ts";
import { UsageError, wantedAdminKey } from "./command.ts";
import type { AddCommand, Surroundings } from "./command.ts";
import { plain } from "./terminal.ts";

interface Options {
  every?: string;
  cron?: string[];
  for?: string;
  revert?: boolean;
  key?: string;
  url?: string;
  json?: boolean;
}

export const add: AddCommand = (program, surroundings, leave) => {
  program
    .command("accelerate")
    .description("expect a monitor's runs more often for a while, to see a fix work")
    .argument("<monitor>", "the monitor's name")
    .option("--every <duration>", "a run every so often: 1m")
    .option("--cron <expression...>", 'or by cron expressions, each in quotes: "* * * * *"')
    .option("--for <duration>", "for so long at most (default: 1h)")
    .option("--revert", "take it back now")
    .option("--key <key>", "an admin key (default: ROLLCALL_ADMIN_KEY)")
    .option("--url <url>", "where Rollcall answers (default: ROLLCALL_URL, or http://127.0.0.1:8377)")
    .option("--json", "write JSON, for programs")
    .addHelpText(
      "after",
      "\nSet the real scheduler first: Rollcall changes what it expects, and no scheduler. The first verified run (of a monitor without checks the first good one) takes it back.",
    )
    .action(async (monitor: string, options: Options) => {
      await accelerate(monitor, options, surroundings);
      leave(0);
    });
};

async function accelerate(
  monitor: string,
  options: Options,
  { settings, terminal }: Surroundings,
): Promise<void> {
  const schedule = scheduleOf(options);
  const url = options.url ?? settings.url;
  const client = createClient({ url, key: wantedAdminKey(options.key, settings) });
  const expires = options.for === undefined ? {} : { expires_in: options.for };
  const answer =
    schedule === null
      ? await client.monitors.decelerate(monitor)
      : await client.monitors.accelerate(monitor, { schedule, ...expires });
  for (const warning of answer.warnings ?? []) terminal.warn(`rollcall: ${plain(warning)}`);
  if (options.json) terminal.say(JSON.stringify(answer, null, 2));
  else terminal.say(inWords(answer).map(plain).join("\n"));
}

/** Null: it is to be taken back. */
function scheduleOf({ every, cron, for: lasts, revert }: Options): ScheduleJson | null {
  const isScheduled = every !== undefined || cron !== undefined;
  if (revert === true) {
    if (isScheduled || lasts !== undefined) throw new UsageError("--revert takes no schedule and no --for.");
    return null;
  }
  if (!isScheduled || (every !== undefined && cron !== undefined)) {
    throw new UsageError('Give either --every 1m or --cron "* * * * *", or --revert.');
  }
  return { ...(every === undefined ? {} : { every }), ...(cron === undefined ? {} : { cron }) };
}

function inWords({ slug, acceleration }: MonitorAnswer): string[] {
  if (acceleration === null) return [`${slug} is not accelerated.`];
  return [...lastStep(slug, acceleration), ...(acceleration.advice === null ? [] : [acceleration.advice])];
}

function lastStep(slug: string, { timeline }: AccelerationAnswer): string[] {
  const last = timeline.at(-1);
  return last === undefined ? [] : [`${slug}: ${last.text}.`];
}
