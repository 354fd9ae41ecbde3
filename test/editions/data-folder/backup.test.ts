/** A backup is taken while the store is written, is checked before it counts, and what it misses is a blind spot. */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { takeBackup } from "../../../src/editions/data-folder/backup.ts";
import { restoreBackup } from "../../../src/editions/data-folder/restore.ts";
import { at, createWorld, type World } from "../../stories/world.ts";
import { type OpenFolder, rooms } from "./folders.ts";

const { path, open } = rooms();

/** A job that ran at 02:40 and 02:50, well. */
async function aWorkingWorld(): Promise<World & { data: string }> {
  const opened = await open(path("data"));
  const world = await worldOf(opened, "2026-03-02T02:39:00Z");
  await world.monitor("sync", { schedule: { cron: "*/10 * * * *" }, graceMs: 60_000 });
  for (const instant of ["2026-03-02T02:40:00Z", "2026-03-02T02:50:00Z"]) {
    await world.until(instant);
    await world.run("sync");
  }
  return Object.assign(world, { data: opened.folder });
}

/** A data folder with something sealed in it. */
async function anInstance(): Promise<string> {
  const opened = await open(path("data"));
  await (await worldOf(opened, "2026-03-02T02:39:00Z")).monitor("sync", { schedule: { every: 600_000 } });
  return opened.folder;
}

const worldOf = ({ store, vault }: OpenFolder, startAt: string): Promise<World> =>
  createWorld(startAt, store, { vault });

const NOW = at("2026-03-02T02:55:00Z");

describe("a restored instance", () => {
  test("calls unknown what came since its backup, tells its operators, and pages nobody", async () => {
    const before = await aWorkingWorld();
    await before.until("2026-03-02T02:55:00Z");
    const backup = await takeBackup({ data: before.data, to: path("backup"), nowAt: before.wall.at });
    // What happens from now on is not in the backup.
    await before.until("2026-03-02T03:00:00Z");
    await before.run("sync");

    const data = path("data");
    const nowAt = at("2026-03-02T06:05:00Z");
    const restored = await restoreBackup({ data, from: backup, mayReplace: false, nowAt });
    expect(restored).toMatchObject({ takenAt: NOW, keptIn: null });
    expect(NOW - (restored.lastSignAt ?? 0)).toBeLessThanOrEqual(5_000);

    const after = await worldOf(await open(data), "2026-03-02T06:05:00Z");
    await after.until("2026-03-02T06:10:00Z");
    await after.run("sync");
    await after.pass("2m");
    const ledger = await after.ledger("sync");
    const since = ledger.filter((line) => line > "2026-03-02T03" && line < "2026-03-02T06:05");
    expect(since).toHaveLength(19);
    expect(since.filter((line) => !line.endsWith(" unknown"))).toEqual([]);
    expect(ledger).toContain("2026-03-02T02:50:00Z on_time");
    expect(ledger).toContain("2026-03-02T06:10:00Z on_time");
    // From the last sign of life in the backup to the first after it.
    expect(await after.store.listBlindSpots(0)).toEqual([
      { id: `blind-${restored.lastSignAt}`, fromAt: restored.lastSignAt, toAt: nowAt, cause: "stopped" },
    ]);
    expect((await after.told("ops"))[0]).toMatch(/^opened .*could not hear/i);
    const told = await after.told("chat");
    expect(told.filter((line) => /02:|03:|04:|05:/.test(line))).toEqual([]);
  });
});

describe("a backup", () => {
  test("is one folder for this user only, taken beside an open store, with what was durable then", async () => {
    const world = await aWorkingWorld();
    const to = path("backup");
    expect(await takeBackup({ data: world.data, to, nowAt: NOW })).toBe(to);
    expect(readdirSync(to).sort()).toEqual(["backup.json", "rollcall.db", "secret.key"]);
    expect(statSync(to).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(to)) expect(statSync(join(to, name)).mode & 0o777).toBe(0o600);
    await world.run("sync", { runId: "after the backup" });
    const data = path("data");
    await restoreBackup({ data, from: to, mayReplace: false, nowAt: NOW });
    const restored = await open(data);
    const ref = await restored.store.findMonitor("default", "sync");
    const runs = await restored.store.listRuns(ref?.id ?? "", { runId: null }, { cursor: null, limit: 50 });
    expect(runs.items).toHaveLength(2);
    expect(runs.items.filter(({ runId }) => runId !== null)).toEqual([]);
  });

  test("into a folder that is there becomes a dated one in it, and never takes the place of another", async () => {
    const data = await anInstance();
    const folder = path("backups");
    mkdirSync(folder);
    const first = await takeBackup({ data, to: folder, nowAt: NOW });
    expect(first).toBe(join(folder, "rollcall-2026-03-02T02-55-00Z"));
    await expect(takeBackup({ data, to: first, nowAt: NOW })).rejects.toThrow(
      /is there already: name another/,
    );
    expect(readdirSync(folder)).toEqual(["rollcall-2026-03-02T02-55-00Z"]);
    // A slash at the end says that it is to be a folder of backups, before the first one is in it.
    const other = path("others");
    await takeBackup({ data, to: `${other}/`, nowAt: NOW });
    expect(readdirSync(other)).toEqual(["rollcall-2026-03-02T02-55-00Z"]);
  });

  test("that cannot be made leaves nothing behind and says why", async () => {
    const data = await anInstance();
    const to = path("backup");
    rmSync(join(data, "secret.key"));
    await expect(takeBackup({ data, to, nowAt: NOW })).rejects.toThrow(/There is no secret\.key beside/);
    writeFileSync(join(data, "secret.key"), "ab".repeat(32));
    await expect(takeBackup({ data, to, nowAt: NOW })).rejects.toThrow(
      /secret\.key .* is of another database/,
    );
    await expect(takeBackup({ data: path("nothing"), to, nowAt: NOW })).rejects.toThrow(
      /There is no database at/,
    );
    expect(readdirSync(dirname(to))).toEqual([]);
  });
});

describe("restoring", () => {
  const damages: [string, (backup: string) => void, RegExp][] = [
    ["its note is gone", (backup) => rmSync(join(backup, "backup.json")), /holds no backup\.json/],
    [
      "its note is cut short",
      (backup) => truncateSync(join(backup, "backup.json"), 40),
      /backup\.json is not/,
    ],
    [
      "its note is of a later format",
      (backup) => writeFileSync(join(backup, "backup.json"), `{"format": 2}`),
      /backup\.json is not of format 1/,
    ],
    ["its database is gone", (backup) => rmSync(join(backup, "rollcall.db")), /rollcall\.db is gone/],
    [
      "its database is cut short",
      (backup) => truncateSync(join(backup, "rollcall.db"), 8_192),
      /rollcall\.db is not what was written/,
    ],
    [
      "its key file is another",
      (backup) => writeFileSync(join(backup, "secret.key"), `${"ab".repeat(32)}\n`),
      /secret\.key is not what was written/,
    ],
    [
      "it was written by a newer Rollcall",
      (backup) => {
        const database = new DatabaseSync(join(backup, "rollcall.db"));
        database.exec("PRAGMA user_version = 999");
        database.close();
        remark(backup);
      },
      /written by a newer Rollcall \(schema 999; .*use that version/,
    ],
  ];
  test.each(damages)("changes nothing when %s", async (_what, damage, sentence) => {
    const data = await anInstance();
    const backup = await takeBackup({ data, to: path("backup"), nowAt: NOW });
    damage(backup);
    const target = path("data");
    await expect(restoreBackup({ data: target, from: backup, mayReplace: true, nowAt: NOW })).rejects.toThrow(
      sentence,
    );
    expect(existsSync(target)).toBe(false);
  });
});

/** As if it had been written so. */
function remark(backup: string): void {
  const file = join(backup, "backup.json");
  const note = JSON.parse(readFileSync(file, "utf8")) as { files: Record<string, { sha256: string }> };
  const bytes = readFileSync(join(backup, "rollcall.db"));
  note.files["rollcall.db"] = { sha256: createHash("sha256").update(bytes).digest("hex") };
  writeFileSync(file, JSON.stringify(note));
}
