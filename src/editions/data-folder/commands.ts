/** The commands that work on a data folder rather than serve it, and what they tell the person who called. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { durationInWords } from "../../domain/duration.ts";
import { instantText } from "../../domain/instant.ts";
import { wallClock } from "../../system/clock.ts";
import { readSettings } from "../../system/settings.ts";
import { takeBackup } from "./backup.ts";
import { exportInstance } from "./export.ts";
import { importInstance } from "./import.ts";
import { restoreBackup } from "./restore.ts";

/** `say` writes a line for a person, to where it does not mix with what is exported. */
export function addDataCommands(program: Command, say: (line: string) => void): void {
  const place = () => ({ data: resolve(readSettings().data), nowAt: wallClock().now() });
  addBackups(program, { say, place });
  program
    .command("export")
    .description("write all of the instance as lines of JSON, also while a server runs on it")
    .argument("[file]", "a file that is not there yet (default: standard output)")
    .option(
      "--with-key",
      "also what opens the sealed secrets: then keep the file like the secrets themselves",
    )
    .action(async (file: string | undefined, { withKey = false }: { withKey?: boolean }) => {
      await exportInstance({ ...place(), to: file ?? null, withKey });
      const apart = withKey
        ? "It opens every secret: keep it safe."
        : "Its secrets open only with the key file.";
      if (file !== undefined) say(`Exported to ${resolve(file)}. ${apart}`);
    });
  program
    .command("import")
    .description("take in what was exported")
    .command("instance")
    .description("make the data folder, which must hold no instance, the one that was exported")
    .argument("<file>", "what export has written")
    .option(
      "--key-file <file>",
      "the key file of the instance exported, if the export does not carry its key",
    )
    .option("--force", "put aside the instance that is there")
    .action(async (file: string, { keyFile, force = false }: { keyFile?: string; force?: boolean }) => {
      const wanted = { ...place(), from: file, keyFile: keyFile ?? null, mayReplace: force };
      const { madeAt, counts, keptIn } = await importInstance(wanted);
      say(`Imported ${counts["monitor"] ?? 0} monitors into ${wanted.data}.`);
      say(blindSince(madeAt, wanted.nowAt));
      if (keptIn !== null) say(keptSentence(keptIn));
    });
}

function addBackups(
  program: Command,
  { say, place }: { say: (line: string) => void; place: () => { data: string; nowAt: number } },
): void {
  program
    .command("backup")
    .description("copy the database and its key file, also while a server runs on them")
    .argument("<folder>", "becomes the backup; if it is there or ends in a slash, a dated one in it does")
    .action(async (folder: string) => {
      say(
        `Backed up to ${await takeBackup({ ...place(), to: folder })}. It opens every secret: keep it safe.`,
      );
    });
  program
    .command("restore")
    .description("put a backup in the place of an instance whose server is stopped")
    .argument("<backup>", "the folder that backup has made")
    .option("--force", "put aside the instance that is there")
    .action(async (backup: string, { force = false }: { force?: boolean }) => {
      const wanted = { ...place(), from: backup, mayReplace: force };
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
