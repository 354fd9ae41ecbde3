/** What a person would call a job by its shell command: `nice -n 19 /opt/jobs/backup.sh --all` is `backup`. */
import { readShell } from "./shell-words.ts";
import type { SimpleCommand } from "./shell-words.ts";

/** Commands that only prepare the one that does the work. */
const TRIVIAL = new Set(
  "cd test [ [[ sleep export umask ulimit set . source true : echo printf exit command fi done } mkdir date".split(
    " ",
  ),
);
/** Words of the shell's own that stand before a command. */
const KEYWORDS = new Set(["if", "then", "else", "elif", "while", "until", "do", "{", "!"]);

interface Wrapper {
  /** Options that take the next word. */
  valued: readonly string[];
  /** Words of its own before the command. */
  own: number;
}

/** Commands that run the command behind them. */
const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  sudo: { valued: ["-u", "-g", "-h", "-p", "--user", "--group"], own: 0 },
  doas: { valued: ["-u"], own: 0 },
  nice: { valued: ["-n", "--adjustment"], own: 0 },
  ionice: { valued: ["-c", "-n", "--class", "--classdata"], own: 0 },
  chrt: { valued: [], own: 1 },
  flock: { valued: ["-w", "--timeout", "-E"], own: 1 },
  timeout: { valued: ["-s", "-k", "--signal", "--kill-after"], own: 1 },
  "systemd-cat": { valued: ["-t", "-p"], own: 0 },
  env: { valued: ["-u", "-C"], own: 0 },
  chronic: { valued: [], own: 0 },
  cronic: { valued: [], own: 0 },
  nohup: { valued: [], own: 0 },
  setsid: { valued: [], own: 0 },
  time: { valued: [], own: 0 },
  exec: { valued: [], own: 0 },
  eval: { valued: [], own: 0 },
};

const SHELLS = new Set(["sh", "bash", "dash", "zsh", "ksh", "ash", "su", "runuser"]);
const INTERPRETERS = new Set(
  "python python2 python3 php perl ruby node deno bun tsx java Rscript pwsh".split(" "),
);
/** Names that say nothing without the words behind them. */
const GENERAL = new Set(
  (
    "artisan manage console rails rake bundle docker docker-compose podman kubectl npm npx yarn pnpm make git curl wget " +
    "run-parts find rsync rclone restic borg aws gcloud az psql mysql mysqldump pg_dump wp drush tar rm cp mv " +
    "systemctl service busybox ssh composer poetry uv"
  ).split(" "),
);
const EXTENSION = /\.(sh|bash|py|php|pl|rb|js|mjs|cjs|ts|jar|R|ps1|exe)$/;

/** Names for it, the best one first; each tells more than the one before it. */
export function commandNames(text: string, depth = 0): string[] {
  const { commands } = readShell(text);
  const stripped = commands.map(withoutWrappers).filter((words) => words.length > 0);
  const working = stripped.find((words) => !isTrivial(words)) ?? stripped[0];
  if (working === undefined) return [];
  const [first = "", ...rest] = working;
  const inner = innerCommand(baseName(first), rest);
  if (inner !== null && depth < 3) {
    const names = commandNames(inner, depth + 1);
    if (names.length > 0) return names;
  }
  const { name, more } = isInterpreter(baseName(first))
    ? scriptOf(baseName(first), rest)
    : { name: first, more: rest };
  const told = more.filter((word) => !word.startsWith("-") && !/^\W*$/.test(word)).map(baseName);
  const base = baseName(name);
  const longer = [1, 2, 3]
    .filter((count) => count <= told.length)
    .map((count) => [base, ...told.slice(0, count)].join("-"));
  return GENERAL.has(base) && longer.length > 0
    ? longer.slice(Math.min(1, longer.length - 1))
    : [base, ...longer];
}

function isTrivial([first = "", second = ""]: readonly string[]): boolean {
  // A few words of Perl before the job are no name for it.
  return TRIVIAL.has(baseName(first)) || (isInterpreter(baseName(first)) && /^-[ecr]$/.test(second));
}

function withoutWrappers({ words }: SimpleCommand): string[] {
  let rest = words.slice(words.findIndex((word) => !KEYWORDS.has(word)));
  for (;;) {
    const wrapper = WRAPPERS[baseName(rest[0] ?? "")];
    if (wrapper === undefined || rest.length < 2) return rest;
    let at = 1;
    let own = wrapper.own;
    for (; at < rest.length; at += 1) {
      const word = rest[at] ?? "";
      if (wrapper.valued.includes(word)) at += 1;
      else if (word === "-c") return rest.slice(at + 1);
      else if (word.startsWith("-") || /^\w+=/.test(word)) continue;
      else if (own === 0) break;
      else own -= 1;
    }
    if (at >= rest.length) return rest;
    rest = rest.slice(at);
  }
}

/** Of `sh -c 'cd /app && ./run'`: what the shell is given to run. */
function innerCommand(shell: string, words: readonly string[]): string | null {
  if (shell.includes(" ")) return shell;
  if (!SHELLS.has(shell)) return null;
  const flag = words.findIndex((word) => /^-[a-z]*c$/.test(word));
  if (flag >= 0) return words[flag + 1] ?? null;
  return words.filter((word) => !word.startsWith("-")).join(" ") || null;
}

function isInterpreter(name: string): boolean {
  return INTERPRETERS.has(name.replace(/[\d.]+$/, "")) || INTERPRETERS.has(name);
}

function scriptOf(interpreter: string, words: readonly string[]): { name: string; more: readonly string[] } {
  for (const [index, word] of words.entries()) {
    if (word === "-m" || word === "-jar") continue;
    if (!word.startsWith("-")) return { name: word, more: words.slice(index + 1) };
  }
  return { name: interpreter, more: [] };
}

/** The last part of a path without its ending; of an address, its host and path. */
function baseName(word: string): string {
  const address = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)([^?#]*)/i.exec(word);
  if (address !== null) return `${address[1]}${address[2]}`.replace(EXTENSION, "");
  if (/\s/.test(word)) return word;
  return (word.replace(/\/+$/, "").split("/").at(-1) ?? word).replace(EXTENSION, "");
}
