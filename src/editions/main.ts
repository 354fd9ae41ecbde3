/** The server program: `serve` runs an edition until it is told to stop; the others work on its data. */
import { resolve } from "node:path";
import { Command } from "commander";
import { RollcallError } from "../domain/errors.ts";
import { readSettings, type Settings } from "../system/settings.ts";
import { addDataCommands } from "./data-folder/commands.ts";
import { startEmbedded } from "./embedded.ts";
import { tellStart } from "./first-start.ts";
import type { Running } from "./joined.ts";
import { roleNamed } from "./roles.ts";

const program = new Command("rollcall").description("Rollcall's server.").showHelpAfterError();
program
  .command("serve", { isDefault: true })
  .description("serve check-ins, the API and the status page; set by ROLLCALL_… variables")
  .option(
    "--role <role>",
    "with ROLLCALL_REDIS_URL: api, worker, or all that one process can do (default: all)",
  )
  .action(serve);
addDataCommands(program, (line) => void process.stderr.write(`${line}\n`));
await program.parseAsync().catch(failed);

async function serve({ role }: { role?: string }): Promise<void> {
  try {
    const settings = readSettings();
    const begun: { running?: Running } = {};
    // From the beginning: the first program of a container does not hear a signal that it has no handler for.
    const stop = (): void =>
      void (begun.running?.stop() ?? Promise.resolve()).then(() => process.exit(0), failed);
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
    const running = await start(settings, role ?? null);
    begun.running = running;
    void running.broken.then(failed);
    for (const trouble of running.troubles) process.stderr.write(`${trouble}\n`);
    tellStart({
      keys: running.keys,
      listensAt: running.url,
      url: running.publicUrl,
      data: resolve(settings.data),
      isTerminal: process.stdout.isTTY,
      isShared: settings.scaled !== null,
      say: (line) => void process.stdout.write(`${line}\n`),
    });
  } catch (error) {
    failed(error);
  }
}

async function start(settings: Settings, role: string | null): Promise<Running> {
  const { scaled } = settings;
  if (scaled === null) {
    if (role === null) return startEmbedded(settings);
    throw new RollcallError(
      "invalid_request",
      "--role is for the scaled edition: set ROLLCALL_REDIS_URL, or leave it out.",
    );
  }
  // Only here, so that nobody waits for what it needs and the other edition does not.
  const { startScaled } = await import("./scaled.ts");
  return startScaled({ ...settings, scaled }, roleNamed(role ?? "all"));
}

/** One sentence for what a person can change; all there is for a mistake of ours. */
function failed(error: unknown): never {
  const told =
    error instanceof RollcallError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${told ?? "The server failed."}\n`);
  process.exit(1);
}
