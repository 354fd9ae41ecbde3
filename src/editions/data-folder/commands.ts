/** The commands that work on an instance rather than serve it, and what they tell the person who called. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { assert } from "../../domain/assert.ts";
import { durationInWords } from "../../domain/duration.ts";
import { RollcallError } from "../../domain/errors.ts";
import { instantText } from "../../domain/instant.ts";
import { wallClock } from "../../system/clock.ts";
import type { ScaledSettings } from "../../system/scaled-settings.ts";
import { readSettings, type Settings } from "../../system/settings.ts";
import { takeBackup } from "./backup.ts";
import { exportInstance } from "./export.ts";
import { importInstance } from "./import.ts";
import { restoreBackup } from "./restore.ts";

/** `say` writes a line for a person, to where it does not mix with what is exported. */
export function addDataCommands(program: Command, say: (line: string) => void): void {
  addBackups(program, say);
  program
    .command("export")
    .description("write all of the instance as lines of JSON, also while a server runs on it")
    .argument("[file]", "a file that is not there yet (default: standard output)")
    .option(
      "--with-key",
      "also what opens the sealed secrets: then keep the file like the secrets themselves",
    )
    .action(async (file: string | undefined, { withKey = false }: { withKey?: boolean }) => {
      const { settings, data, nowAt } = place();
      const wanted = { to: file ?? null, withKey, nowAt };
      if (settings.scaled === null) await exportInstance({ ...wanted, data });
      else await (await import("../scaled.ts")).exportScaled(inRedis(settings), wanted);
      const apart = withKey
        ? "It opens every secret: keep it safe."
        : "Its secrets open only with the key file.";
      if (file !== undefined) say(`Exported to ${resolve(file)}. ${apart}`);
    });
  program
    .command("import")
    .description("take in what was exported")
    .command("instance")
    .description("make the data folder or the Redis, which must hold no instance, the one that was exported")
    .argument("<file>", "what export has written")
    .option(
      "--key-file <file>",
      "the key file of the instance exported, if the export does not carry its key",
    )
    .option("--force", "put aside the instance that is there")
    .action(async (file: string, { keyFile, force = false }: { keyFile?: string; force?: boolean }) => {
      const { settings, data, nowAt } = place();
      const wanted = { from: file, keyFile: keyFile ?? null };
      const done =
        settings.scaled === null
          ? await importInstance({ ...wanted, data, nowAt, mayReplace: force })
          : { ...(await importIntoRedis(inRedis(settings), { ...wanted, force })), keptIn: null };
      const into = settings.scaled === null ? data : `Redis, under the prefix ${settings.scaled.prefix}`;
      say(`Imported ${done.counts["monitor"] ?? 0} monitors into ${into}.`);
      say(blindSince(done.lastSignAt ?? done.madeAt, nowAt));
      if (done.keptIn !== null) say(keptSentence(done.keptIn));
    });
}

/** Where the environment says that the instance is. */
function place() {
  const settings = readSettings();
  return { settings, data: resolve(settings.data), nowAt: wallClock().now() };
}

function inRedis(settings: Settings): Settings & { scaled: ScaledSettings } {
  const { scaled } = settings;
  assert(scaled !== null, "settings of the scaled edition");
  return { ...settings, scaled };
}

async function importIntoRedis(
  settings: Settings & { scaled: ScaledSettings },
  { force, ...wanted }: { from: string; keyFile: string | null; force: boolean },
) {
  if (force) {
    throw new RollcallError(
      "invalid_request",
      "--force puts a data folder's instance aside: in Redis, set ROLLCALL_REDIS_PREFIX to another prefix instead.",
    );
  }
  return (await import("../scaled.ts")).importScaled(settings, wanted);
}

/** A copy of the folder of a scaled instance would hold its key at most, and be taken for a backup. */
function folderOnly() {
  const { settings, ...here } = place();
  if (settings.scaled === null) return here;
  throw new RollcallError(
    "invalid_request",
    "backup and restore are for a data folder: where ROLLCALL_REDIS_URL is set, keep copies of the files of Redis, or use rollcall export.",
  );
}

function addBackups(program: Command, say: (line: string) => void): void {
  program
    .command("backup")
    .description("copy the database and its key file, also while a server runs on them")
    .argument("<folder>", "becomes the backup; if it is there or ends in a slash, a dated one in it does")
    .action(async (folder: string) => {
      say(
        `Backed up to ${await takeBackup({ ...folderOnly(), to: folder })}. It opens every secret: keep it safe.`,
      );
    });
  program
    .command("restore")
    .description("put a backup in the place of an instance whose server is stopped")
    .argument("<backup>", "the folder that backup has made")
    .option("--force", "put aside the instance that is there")
    .action(async (backup: string, { force = false }: { force?: boolean }) => {
      const wanted = { ...folderOnly(), from: backup, mayReplace: force };
      const { takenAt, lastSignAt, keptIn } = await restoreBackup(wanted);
      say(`Restored the backup of ${instantText(takenAt)} into ${wanted.data}.`);
      say(blindSince(lastSignAt ?? takenAt, wanted.nowAt));
      if (keptIn !== null) say(keptSentence(keptIn));
    });
}

function blindSince(at: number, nowAt: number): string {
  const sinceWords = durationInWords(Math.max(0, nowAt - at));
  return `What came since ${instantText(at)} (${sinceWords}) was not heard here: its windows will be unknown, not missing.`;
}

function keptSentence(keptIn: string): string {
  return `What was there is kept in ${keptIn}: delete it when all is well.`;
}
