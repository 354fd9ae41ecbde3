/** The server program: `serve` runs the embedded edition until it is told to stop; the others work on its data. */
import { resolve } from "node:path";
import { Command } from "commander";
import { RollcallError } from "../domain/errors.ts";
import { readSettings } from "../system/settings.ts";
import { addDataCommands } from "./data-folder/commands.ts";
import { startEmbedded } from "./embedded.ts";
import { tellStart } from "./first-start.ts";

const program = new Command("rollcall").description("Rollcall's server.").showHelpAfterError();
program
  .command("serve", { isDefault: true })
  .description("serve check-ins, the API and the status page; set by ROLLCALL_… variables")
  .action(serve);
addDataCommands(program, (line) => void process.stderr.write(`${line}\n`));
await program.parseAsync().catch(failed);

async function serve(): Promise<void> {
  try {
    const settings = readSettings();
    const running = await startEmbedded(settings);
    void running.broken.then(failed);
    // Before anybody is told that it runs: whoever is told may stop it at once.
    const stop = (): void => void running.stop().then(() => process.exit(0), failed);
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
    for (const trouble of running.troubles) process.stderr.write(`${trouble}\n`);
    tellStart({
      keys: running.keys,
      url: running.publicUrl,
      data: resolve(settings.data),
      isTerminal: process.stdout.isTTY,
      say: (line) => void process.stdout.write(`${line}\n`),
    });
  } catch (error) {
    failed(error);
  }
}

/** One sentence for what a person can change; all there is for a mistake of ours. */
function failed(error: unknown): never {
  const told =
    error instanceof RollcallError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${told ?? "The server failed."}\n`);
  process.exit(1);
}
