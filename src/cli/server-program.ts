/**
 * Commands that open the database run the server's own bundle, which lies beside this one, as if it had been called
 * itself: this one stays small, and starts quickly in front of every job.
 */
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { environmentForChild } from "../system/cli-settings.ts";
import { runChild } from "./child.ts";
import { UsageError } from "./command.ts";
import type { Surroundings } from "./command.ts";

/** The first Node with the SQLite that the server keeps its data in. */
const OLDEST_NODE = 24;

/** A command that the server's bundle carries out; its options, its help and its exit code are that bundle's. */
export function serverCommand(
  parent: Command,
  { words, description }: { words: readonly string[]; description: string },
  { surroundings, leave }: { surroundings: Surroundings; leave: (code: number) => void },
): void {
  parent
    .command(words.at(-1) ?? "")
    .description(description)
    .argument("[arguments...]", "handed on to the server's program as they are")
    .allowUnknownOption()
    .helpOption(false)
    .action(async (more: string[]) => leave(await runServer([...words, ...more], surroundings)));
}

async function runServer(words: readonly string[], { programFile, terminal }: Surroundings): Promise<number> {
  // npm links the CLI from elsewhere; the server lies beside the real file.
  const server = join(dirname(realpathSync(programFile)), "server.mjs");
  if (!existsSync(server))
    throw new UsageError(`The server is not at ${server}: build it, or install Rollcall again.`);
  const { exitStatus, trouble } = await runChild({
    command: process.execPath,
    commandArguments: [...launched(server), "--enable-source-maps", server, ...words],
    environment: environmentForChild({}),
  });
  if (trouble !== null) terminal.warn(`rollcall: ${trouble}`);
  return exitStatus;
}

/** The CLI runs on older Nodes than the server does; in a checkout the launcher fetches one that will do. */
function launched(server: string): string[] {
  if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) return [];
  const launcher = join(dirname(server), "..", "config", "runtime", "launch.mjs");
  if (existsSync(launcher)) return [launcher, "node"];
  throw new UsageError(
    `The server needs Node ${OLDEST_NODE} or newer and this is ${process.versions.node}: use a newer one.`,
  );
}
