/**
 * Runs another program in our place: same input, same output, same signals, same exit code. The wrapper must be
 * invisible to the job and to whoever started it.
 */
import { spawn } from "node:child_process";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { pause } from "../system/pause.ts";
import { closeWriters, openPipes } from "./pipes.ts";

export interface Ending {
  /** As a shell has it: 128 + n after signal n, 127 when there is no such command, 126 when it cannot be run. */
  exitStatus: number;
  /** Why it could not be run at all; null when it ran. */
  trouble: string | null;
}

interface Program {
  command: string;
  commandArguments: readonly string[];
  environment: Record<string, string | undefined>;
  /** Sees every piece of output as it passes. Without it the child writes to our own outputs directly. */
  onOutput?: (chunk: Uint8Array) => void;
  /** Called as soon as it has ended, before the rest of its output has passed. */
  onEnd?: () => void;
  /** A signal that came after the child had ended: whatever is still going on should hurry. */
  onLateSignal?: () => void;
}

const RELAYED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

/** Background programs may hold the pipes open for ever: after the end, output counts until it pauses this long. */
const QUIET_MS = 50;
const MOST_QUIET_ROUNDS = 10;

export async function runChild(program: Program): Promise<Ending> {
  const { command, commandArguments, environment, onOutput } = program;
  const pipes = onOutput === undefined ? null : openPipes();
  const stdio: StdioOptions =
    onOutput === undefined
      ? "inherit"
      : ["inherit", pipes?.stdout.writerFile ?? "pipe", pipes?.stderr.writerFile ?? "pipe"];
  let child: ChildProcess;
  try {
    child = spawn(command, commandArguments, { env: environment, stdio });
  } catch (error) {
    // Some troubles (a NUL in an argument, too many arguments) are thrown instead of told.
    program.onEnd?.();
    return endingOfTrouble(error, command);
  } finally {
    closeWriters(pipes);
  }
  const stopRelaying = relaySignals(child, program.onLateSignal);
  const passed =
    onOutput === undefined
      ? null
      : passOutput(
          { stdout: pipes?.stdout.reader ?? child.stdout, stderr: pipes?.stderr.reader ?? child.stderr },
          onOutput,
        );
  return await new Promise<Ending>((resolve) => {
    child.once("error", (error) => {
      // A signal that could not be sent is told here too; the child still runs then.
      if (child.pid !== undefined) return;
      stopRelaying();
      program.onEnd?.();
      resolve(endingOfTrouble(error, command));
    });
    child.once("exit", (code, signal) => {
      program.onEnd?.();
      const exitStatus = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
      void (passed?.() ?? Promise.resolve()).then(() => resolve({ exitStatus, trouble: null }));
    });
  });
}

/** Stays in place after the child has ended: the signal that would end us early then only makes us hurry. */
function relaySignals(child: ChildProcess, onLateSignal: (() => void) | undefined): () => void {
  const relay = (signal: NodeJS.Signals): void => {
    if (child.exitCode !== null || child.signalCode !== null) onLateSignal?.();
    else if (!isFromTerminal(signal)) child.kill(signal);
  };
  for (const signal of RELAYED) process.on(signal, relay);
  return () => {
    for (const signal of RELAYED) process.off(signal, relay);
  };
}

/** A terminal sends Ctrl-C to the child as well; relayed, it would arrive twice and read as "now, at once". */
function isFromTerminal(signal: NodeJS.Signals): boolean {
  return process.stdin.isTTY && (signal === "SIGINT" || signal === "SIGQUIT");
}

interface Outputs {
  stdout: Readable | null;
  stderr: Readable | null;
}

/** Gives back what resolves once the output written so far has passed. */
function passOutput(from: Outputs, onOutput: (chunk: Uint8Array) => void): () => Promise<unknown> {
  let pieces = 0;
  const pass = async (reader: Readable | null, to: Writable): Promise<void> => {
    if (reader === null) return;
    reader.on("data", (chunk: Uint8Array) => {
      pieces += 1;
      onOutput(chunk);
    });
    reader.pipe(to, { end: false });
    // Nobody reads any more (`| head`): the job is to learn of it at its next write, as it would without us.
    to.on("error", () => reader.destroy());
    await new Promise<void>((resolve) => reader.once("close", () => resolve()));
  };
  const closed = Promise.all([pass(from.stdout, process.stdout), pass(from.stderr, process.stderr)]);
  const quiet = async (): Promise<void> => {
    for (let round = 0; round < MOST_QUIET_ROUNDS; round++) {
      const before = pieces;
      await pause(QUIET_MS);
      if (pieces === before) return;
    }
  };
  return () => Promise.race([closed, quiet()]);
}

function endingOfTrouble(error: unknown, command: string): Ending {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ENOENT") return { exitStatus: 127, trouble: `${command}: command not found` };
  const why = error instanceof Error ? error.message : String(error);
  return {
    exitStatus: 126,
    trouble: `${command}: cannot be run (${code === "EACCES" ? "permission denied" : why})`,
  };
}
