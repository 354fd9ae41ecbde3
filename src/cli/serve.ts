/** `rollcall serve`: runs the server's own bundle, which lies beside this one, as if it had been called itself. */
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { environmentForChild } from "../system/cli-settings.ts";
import { runChild } from "./child.ts";
import { UsageError } from "./command.ts";
import type { AddCommand, Surroundings } from "./command.ts";

/** The first Node with the SQLite that the server keeps its data in. */
const OLDEST_NODE = 24;

export const add: AddCommand = (program, surroundings, leave) => {
  program
    .command("serve")
    .description("run the server; its settings are environment variables (ROLLCALL_PORT, ROLLCALL_DATA …)")
    .argument("[arguments...]", "handed on to the server as they are")
    .allowUnknownOption()
    .action(async (words: string[]) => leave(await serve(words, surroundings)));
};

async function serve(words: string[], { programFile, terminal }: Surroundings): Promise<number> {
  // npm links the CLI from elsewhere; the server lies beside the real file.
  const server = join(dirname(realpathSync(programFile)), "server.mjs");
  if (!existsSync(server))
    throw new UsageError(`The server is not at ${server}: build it, or install Rollcall again.`);
  const { exitStatus, trouble } = await runChild({
    command: process.execPath,
    commandArguments: [...launched(server), "--enable-source-maps", server, "serve", ...words],
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
