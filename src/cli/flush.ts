/** `rollcall flush`: delivers the check-ins that were kept while Rollcall could not be reached. */
import { instantText } from "../domain/instant.ts";
import { LIMITS } from "../domain/limits.ts";
import { deliverSpool } from "./deliver.ts";
import type { SpoolPass } from "./deliver.ts";
import { EXIT, UsageError } from "./command.ts";
import type { AddCommand, Surroundings } from "./command.ts";
import { keepTrying } from "./sender.ts";
import { retryRefused } from "./spool.ts";
import type { Spool } from "./spool.ts";
import type { SpooledCheckIn } from "./spooled-check-in.ts";
import { plain } from "./terminal.ts";

interface Options {
  quiet?: boolean;
  json?: boolean;
  refused?: boolean;
  keepTrying?: boolean;
}

export const add: AddCommand = (program, surroundings, leave) => {
  program
    .command("flush")
    .description("deliver the check-ins kept while Rollcall could not be reached")
    .option("--refused", "try those again that were refused, after their reason was mended")
    .option("--keep-trying", "until nothing is left, for an hour at most; what exec leaves behind")
    .option("--quiet", "write nothing")
    .option("--json", "write JSON, for programs")
    .addHelpText("after", "\nThe exit code is 1 while something is left or was refused.")
    .action(async (options: Options) => leave(await flush(options, surroundings)));
};

async function flush(options: Options, { settings, terminal, now }: Surroundings): Promise<number> {
  if (settings.spool === null) {
    throw new UsageError("There is no home folder to keep check-ins in: set ROLLCALL_SPOOL.");
  }
  const spool: Spool = { folder: settings.spool, now };
  if (options.refused) await retryRefused(spool);
  const passes: SpoolPass[] = [];
  const turn = async (): Promise<SpoolPass> => {
    const pass = await deliverSpool(spool, {
      timeoutMs: LIMITS.sendTimeoutMs,
      currentKey: settings.pingKey,
    });
    passes.push(pass);
    return pass;
  };
  if (options.keepTrying) await keepTrying(spool, turn);
  else await turn();
  const whole = joined(passes);
  if (!options.quiet) terminal.say(options.json ? asJson(whole) : inWords(whole));
  return whole === null || (whole.left === 0 && whole.refused.length === 0) ? 0 : EXIT.notWell;
}

/** What all of them did, and what the last one left. Null when another sender is at it. */
function joined(passes: readonly SpoolPass[]): SpoolPass | null {
  const last = passes.at(-1);
  if (last === undefined) return null;
  return {
    ...last,
    delivered: passes.flatMap((pass) => pass.delivered),
    refused: passes.flatMap((pass) => pass.refused),
    damaged: passes.reduce((sum, pass) => sum + pass.damaged, 0),
  };
}

function inWords(pass: SpoolPass | null): string {
  if (pass === null) return "Another sender is at work.";
  const lines = [
    ...pass.delivered.map((checkIn) => `delivered  ${named(checkIn)}`),
    ...pass.refused.map(({ checkIn, why }) => `refused    ${named(checkIn)}: ${plain(why)}`),
  ];
  if (pass.damaged > 0) lines.push(`${counted(pass.damaged, "damaged file")} set aside.`);
  if (pass.left > 0)
    lines.push(`${counted(pass.left, "check-in")} left${pass.why === null ? "." : `: ${plain(pass.why)}`}`);
  return lines.length === 0 ? "Nothing is waiting to be delivered." : lines.join("\n");
}

function asJson(pass: SpoolPass | null): string {
  const shown = {
    delivered: pass?.delivered.map(shape) ?? [],
    refused: pass?.refused.map(({ checkIn, why }) => ({ ...shape(checkIn), why })) ?? [],
    damaged: pass?.damaged ?? 0,
    left: pass?.left ?? null,
    why: pass?.why ?? null,
  };
  return JSON.stringify(shown, null, 2);
}

/** Without the key. */
function shape(checkIn: SpooledCheckIn): Record<string, unknown> {
  return {
    monitor: checkIn.monitor,
    kind: checkIn.kind === "start" ? "start" : checkIn.kind === 0 ? "success" : "fail",
    exit_status: checkIn.kind === "start" ? null : checkIn.kind,
    run_id: checkIn.runId,
    occurred_at: instantText(checkIn.sentAt),
    url: checkIn.url,
  };
}

function named(checkIn: SpooledCheckIn): string {
  const what = checkIn.kind === "start" ? "start" : `end with exit code ${checkIn.kind}`;
  return plain(`${checkIn.monitor} ${what}, of ${instantText(checkIn.sentAt)}`);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
