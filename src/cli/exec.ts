/**
 * `rollcall exec <monitor> -- <command>`: runs a job and tells Rollcall of its start and its end. The command
 * starts at once, while the start is on its way, and whatever happens to the telling its exit code is ours.
 */
import { parseDuration } from "../domain/duration.ts";
import { parseInstant } from "../domain/instant.ts";
import { LIMITS } from "../domain/limits.ts";
import { traceParentOf } from "../domain/trace-parent.ts";
import { environmentForChild } from "../system/cli-settings.ts";
import { randomIds } from "../system/ids.ts";
import { startStopwatch } from "../system/pause.ts";
import { runChild } from "./child.ts";
import { UsageError } from "./command.ts";
import type { AddCommand, Surroundings } from "./command.ts";
import { finishBody } from "./finish-body.ts";
import { openOutcomeFile } from "./outcome-file.ts";
import { outputTail } from "./output-tail.ts";
import { reportRun } from "./report-run.ts";
import type { RunReport } from "./report-run.ts";
import { leaveSender } from "./sender.ts";
import { plain } from "./terminal.ts";

interface Options {
  key?: string;
  url?: string;
  runId?: string;
  trigger?: string;
  scheduledFor?: string;
  output: boolean;
  quiet?: boolean;
  startWait?: string;
  finishWait?: string;
}

const NOTES = `
The command's exit code is passed on: 128 + n when signal n ended it, 127 when there is no such command, 126 when
it cannot be run. Its output is passed on as it comes, and the last ${LIMITS.bodyKeptBytes / 1_000} kB are told to Rollcall; with --no-output
none is read, and a command that wants a terminal has one.
It finds the id of its run in ROLLCALL_RUN_ID, and in TRACEPARENT as the id of a trace for its spans. Into the file
ROLLCALL_OUTCOME_FILE it may write what it did, as one JSON object of up to ${LIMITS.outcomeFileBytes / 1_000} kB:
{"counts": {"expected": 200, "processed": 198}}
While Rollcall cannot be reached, check-ins are kept in ROLLCALL_SPOOL and told later.`;

export const add: AddCommand = (program, surroundings, leave) => {
  program
    .command("exec")
    .description("run a job and tell Rollcall of its start and its end")
    .usage("<monitor> [options] -- <command> [arguments]")
    .argument("<monitor>", "the monitor's name")
    .argument("<command...>", "what to run")
    .option("--key <key>", "the ping key (default: ROLLCALL_PING_KEY)")
    .option("--url <url>", "where Rollcall answers (default: ROLLCALL_URL, or http://127.0.0.1:8377)")
    .option("--run-id <id>", "the run's own id (default: a new one)")
    .option("--trigger <what>", "manual: a person runs it, out of turn")
    .option("--scheduled-for <instant>", "the expected instant that this run is for")
    .option("--no-output", "do not tell what the command writes")
    .option("--quiet", "write nothing of our own")
    .option("--start-wait <duration>", "wait this long for the answer to the start (default: 2s)")
    .option("--finish-wait <duration>", "wait this long for the answer to the end (default: 5s)")
    .addHelpText("after", NOTES)
    .action(async (monitor: string, words: string[], options: Options) =>
      leave(await execute({ monitor, words, options }, surroundings)),
    );
};

async function execute(
  asked: { monitor: string; words: string[]; options: Options },
  surroundings: Surroundings,
): Promise<number> {
  const { options, words } = asked;
  const [command = "", ...commandArguments] = words;
  const warn = (sentence: string): void => {
    if (!options.quiet) surroundings.terminal.warn(`rollcall: ${plain(sentence)}`);
  };
  // Without dashes it is a legal trace id as well.
  const runId = options.runId ?? hex(randomIds().uuid());
  const report = reportOf({ ...asked, runId, warn }, surroundings);
  const outcomeFile = await openOutcomeFile().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    warn(`there is no file for the outcome: ${why}`);
    return null;
  });
  const tail = outputTail(LIMITS.bodyKeptBytes);
  const elapsed = startStopwatch();
  const startedAt = surroundings.now();
  let ended = { endedAt: startedAt, durationMs: 0 };

  const running = runChild({
    command,
    commandArguments,
    environment: environmentForChild({
      ROLLCALL_RUN_ID: runId,
      // That of a run around this one is not ours to write into.
      ROLLCALL_OUTCOME_FILE: outcomeFile?.path,
      ...tracing(runId),
    }),
    ...(options.output ? { onOutput: tail.add } : {}),
    onEnd: () => (ended = { endedAt: surroundings.now(), durationMs: elapsed() }),
    onLateSignal: () => report?.hurry(),
  });
  report?.start(startedAt);
  const { exitStatus, trouble } = await running;
  // Said as a shell says it, even if we are to be quiet: nobody else will.
  if (trouble !== null) surroundings.terminal.warn(`rollcall: ${trouble}`);
  const told = (await outcomeFile?.take()) ?? null;
  await report?.finish({ ...ended, exitStatus, body: finishBody(trouble ?? tail.text(), told) });
  return exitStatus;
}

/**
 * For programs that trace what they do: their spans belong to the trace that this run is. Nothing where the run's id
 * is none that a trace may have. https://www.w3.org/TR/trace-context/#traceparent-header
 */
function tracing(runId: string): Record<string, string | undefined> {
  const traceParent = traceParentOf(runId);
  // What an outer trace handed on speaks of that one.
  return traceParent === null ? {} : { TRACEPARENT: traceParent, TRACESTATE: undefined };
}

function hex(uuid: string): string {
  return uuid.replaceAll("-", "");
}

/** Null without a key: the job runs all the same, because a monitor must never be why it did not. */
function reportOf(
  asked: { monitor: string; options: Options; runId: string; warn: (sentence: string) => void },
  { settings, programFile, now }: Surroundings,
): RunReport | null {
  const { monitor, options, runId, warn } = asked;
  const waits = waitsOf(options);
  if (options.trigger !== undefined && options.trigger !== "manual" && options.trigger !== "schedule") {
    throw new UsageError(`--trigger is manual or schedule, not ${JSON.stringify(options.trigger)}.`);
  }
  const key = options.key ?? settings.pingKey;
  if (key === null) {
    warn(`there is no ping key, so ${monitor} runs unseen: set ROLLCALL_PING_KEY, or give --key.`);
    return null;
  }
  // Filled in by a platform at the time of the run, so a strange one is no reason not to run.
  const scheduledForAt = options.scheduledFor ? parseInstant(options.scheduledFor) : null;
  if (options.scheduledFor && scheduledForAt === null) {
    warn(`--scheduled-for ${JSON.stringify(options.scheduledFor)} is not an instant; it is left out.`);
  }
  const { spool } = settings;
  return reportRun(
    {
      url: options.url ?? settings.url,
      key,
      monitor,
      runId,
      isManual: options.trigger === "manual",
      scheduledForAt,
    },
    {
      spool: spool === null ? null : { folder: spool, now },
      uuid: randomIds().uuid,
      warn,
      leaveSender: () => leaveSender({ programFile, spool }),
      ...waits,
    },
  );
}

function waitsOf(options: Options): { startWaitMs: number; finishWaitMs: number } {
  const read = (name: string, text: string | undefined, otherwiseMs: number): number => {
    if (text === undefined) return otherwiseMs;
    const waitMs = parseDuration(text);
    if (waitMs !== null) return Math.max(1, waitMs);
    throw new UsageError(`${name} ${JSON.stringify(text)} is not a duration: write it like 2s or 500ms.`);
  };
  return {
    startWaitMs: read("--start-wait", options.startWait, LIMITS.execStartWaitMs),
    finishWaitMs: read("--finish-wait", options.finishWait, LIMITS.execFinishWaitMs),
  };
}
