/**
 * What the end of a wrapped run tells: its output, and with it the outcome that the job wrote down. All of it fits
 * into what Rollcall reads of one check-in.
 */
import { LIMITS } from "../domain/limits.ts";
import type { Told } from "./outcome-file.ts";
import type { SpooledCheckIn } from "./spooled-check-in.ts";

/** What only the wrapper knows, whatever the job may write: which run this is, when it was, and how it ended. */
const NOT_THE_JOBS = new Set([
  "run",
  "run_id",
  "trigger",
  "scheduled_for",
  "occurred_at",
  "sent_at",
  "duration",
  "exit_status",
  "exit_code",
  "create",
  "every",
  "cron",
  "tz",
  "timezone",
  "grace",
  "signals",
]);

/** Plain text where the job told nothing but its output. */
export function finishBody(output: string, told: Told): SpooledCheckIn["body"] {
  if (told === null) return output;
  if ("unreadable" in told) return withEnd({ unreadable: told.unreadable }, "message", output);
  const fields = Object.fromEntries(Object.entries(told.fields).filter(([name]) => !NOT_THE_JOBS.has(name)));
  // A job that has a message of its own keeps it; its output is then its log.
  if (!Object.hasOwn(fields, "message")) return withEnd(fields, "message", output);
  const { log, ...others } = fields;
  // A log may be text or a list of lines.
  const lines = [log].flat().filter((line) => typeof line === "string");
  return withEnd(others, "log", [...lines, output].join("\n"));
}

/** The fields and as much of the text's end as there is room for beside them. */
function withEnd(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  text: string,
): Readonly<Record<string, unknown>> {
  const without = (characters: number) => ({ ...fields, [name]: endOf(text, characters) });
  const isRoomFor = (characters: number): boolean =>
    Buffer.byteLength(JSON.stringify(without(characters))) <= LIMITS.bodyKeptBytes;
  if (isRoomFor(0)) return without(0);
  // The fewest characters to leave out: a character takes one to six bytes, so only trying tells.
  let tooFew = 0;
  let enough = text.length;
  while (enough - tooFew > 1) {
    const between = Math.floor((tooFew + enough) / 2);
    if (isRoomFor(between)) enough = between;
    else tooFew = between;
  }
  return without(enough);
}

function endOf(text: string, leftOut: number): string {
  if (leftOut === 0) return text;
  // Not from the middle of a character that is two units long.
  const end = text.slice(leftOut).replace(/^[\udc00-\udfff]/, "");
  return `[the beginning of the output is left out]\n${end}`;
}
