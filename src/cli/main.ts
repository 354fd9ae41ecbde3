/**
 * The program `rollcall`. It starts in front of every wrapped job, so it loads the file of the one command that
 * was asked for and nothing else.
 */
import { Command, CommanderError } from "commander";
import { ClientError } from "../client/request.ts";
import { RollcallError } from "../domain/errors.ts";
import { readCliSettings } from "../system/cli-settings.ts";
import { wallClock } from "../system/clock.ts";
import { EXIT, UsageError } from "./command.ts";
import type { AddCommand } from "./command.ts";
import { openTerminal, plain } from "./terminal.ts";

const COMMANDS: Readonly<Record<string, () => Promise<{ add: AddCommand }>>> = {
  serve: () => import("./serve.ts"),
  backup: () => import("./backup.ts"),
  restore: () => import("./restore.ts"),
  export: () => import("./export.ts"),
  exec: () => import("./exec.ts"),
  flush: () => import("./flush.ts"),
  status: () => import("./status.ts"),
  preview: () => import("./preview.ts"),
  explain: () => import("./explain.ts"),
  apply: () => import("./apply.ts"),
  accelerate: () => import("./accelerate.ts"),
  import: () => import("./import.ts"),
  verify: () => import("./verify.ts"),
};

async function main(words: readonly string[]): Promise<number> {
  const settings = readCliSettings();
  const terminal = openTerminal(settings);
  const { now } = wallClock();
  const programFile = process.argv[1] ?? "";
  let code = 0;
  const program = new Command("rollcall")
    .description("Knows when your jobs should have run, and tells you when they did not.")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  const [first = ""] = words;
  const asked = Object.hasOwn(COMMANDS, first) ? [COMMANDS[first]] : Object.values(COMMANDS);
  for (const load of asked) {
    (await load?.())?.add(program, { settings, terminal, programFile, now }, (left) => (code = left));
  }
  try {
    await program.parseAsync(words, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // Asked for nothing, it has shown its help.
    const hasShownHelp = error instanceof CommanderError && error.code === "commander.help";
    if (!hasShownHelp) terminal.warn(`rollcall: ${plain(sentenceOf(error, words))}`);
    return codeOf(error);
  }
}

function sentenceOf(error: unknown, words: readonly string[]): string {
  if (error instanceof CommanderError) {
    const sentence = `${error.message.replace(/^error: /, "").replace(/\.$/, "")}.`;
    const isDashMissing =
      error.code === "commander.unknownOption" && words[0] === "exec" && !words.includes("--");
    return isDashMissing ? `${sentence} Write -- before the command that is to be run.` : sentence;
  }
  if (error instanceof ClientError && error.problems.length > 0) {
    return error.problems.map(({ field, message }) => `${field}: ${message}`).join("; ");
  }
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): number {
  if (error instanceof CommanderError || error instanceof UsageError) return EXIT.badUsage;
  if (error instanceof RollcallError) return EXIT.badUsage;
  if (error instanceof ClientError) {
    return error.code === "wrong_setting" || error.code === "invalid_request" ? EXIT.badUsage : EXIT.noAnswer;
  }
  return EXIT.noAnswer;
}

// Nobody reads any more (`| head`): not worth a stack trace.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);
const code = await main(process.argv.slice(2));
await new Promise((resolve) => process.stdout.write("", resolve));
// Background programs of a job may hold its pipes open; they are not waited for.
process.exit(code);
