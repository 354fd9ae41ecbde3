/**
 * The command of a crontab line, changed so that it tells Rollcall, and nothing else about it: what it writes, where
 * that goes and how it ends stay as they were.
 */
import { curlFor } from "./source.ts";
import { quoted, readShell } from "./shell-words.ts";

/** Words that only the shell itself can run. */
const BUILTINS = new Set(
  (
    ". : [[ alias bg break case cd command eval exec exit export fg for function if jobs read return set shift source " +
    "then time times trap type ulimit umask unset until wait while { } !"
  ).split(" "),
);
const EXEC = /(?:^|[\s/;&|(])rollcall\s+exec\s+([a-z0-9][a-z0-9_-]*)(?=\s)/;
const CHECK_IN = /\/checkin\/[^/\s"']+\/([a-z0-9][a-z0-9_-]*)(?=["'\s/?]|$)/;

/** The monitor that a command tells of itself already; null where it tells nobody. */
export function namedMonitor(command: string): { slug: string; isFinishOnly: boolean } | null {
  const exec = EXEC.exec(command)?.[1];
  if (exec !== undefined) return { slug: exec, isFinishOnly: false };
  const slug = CHECK_IN.exec(command)?.[1];
  return slug === undefined ? null : { slug, isFinishOnly: !command.includes(`/${slug}/start`) };
}

/**
 * `backup --all >/dev/null` becomes `rollcall exec <slug> -- backup --all >/dev/null`; what only a shell can run is
 * handed to the crontab's own shell.
 */
export function withExec(command: string, { slug, shell }: { slug: string; shell: string }): string {
  const { run, input } = splitInput(command);
  const { commands, operators } = readShell(run);
  const [only] = commands;
  if (
    commands.length === 1 &&
    operators.length === 0 &&
    only !== undefined &&
    !BUILTINS.has(only.words[0] ?? "")
  ) {
    // Variables set in front of it are handed on by `exec`, and redirections take its output as they took the job's.
    if (only.words.length > 0)
      return `${run.slice(0, only.at)}rollcall exec ${slug} -- ${run.slice(only.at)}${input}`;
  }
  return `rollcall exec ${slug} -- ${shell} -c ${quoted(run)}${input}`;
}

export function withCurl(command: string, { path }: { path: string }): string {
  const { run: whole, input } = splitInput(command);
  const { commands, operators, commentAt } = readShell(whole);
  // Behind a comment nothing would run.
  const run = whole.slice(0, commentAt).trimEnd();
  const isOneResult = operators.every((operator) => operator === "&&" || operator === "|");
  // A shell that is left or replaced does nothing more; in one of its own it can.
  const staysHere = commands.every(({ words: [first = ""] }) => first !== "exec" && first !== "exit");
  return `${isOneResult && staysHere ? run : `( ${run} )`} && ${curlFor(path)}${input}`;
}

/** cron hands what follows the first bare `%` to the command as its input: https://man7.org/linux/man-pages/man5/crontab.5.html */
function splitInput(command: string): { run: string; input: string } {
  const at = /(?<!\\)%/.exec(command)?.index ?? command.length;
  return { run: command.slice(0, at).trimEnd(), input: command.slice(at) };
}
