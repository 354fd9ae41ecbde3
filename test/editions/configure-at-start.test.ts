/** The server's own configuration file: applied at every start, and a mistake in it leaves no job unwatched. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createClient, type MonitorAnswer } from "../../src/client/client.ts";
import { startEmbedded } from "../../src/editions/embedded.ts";
import type { Running } from "../../src/editions/joined.ts";
import { readSettings } from "../../src/system/settings.ts";

const ADMIN_KEY = "rck_admin_default_0123456789abcdefABCDEF";
const FILE = 'monitors:\n  nightly:\n    schedule: { cron: "0 2 * * *" }\n    grace: 10m\n';

let folder: string;
let file: string;
let running: Running | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-configure-"));
  file = join(folder, "rollcall.yaml");
  running = null;
});
afterEach(async () => {
  await running?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts (again) with this text in the file; null: without the file. */
async function startWith(text: string | null): Promise<MonitorAnswer[]> {
  await running?.stop();
  running = null;
  if (text === null) rmSync(file, { force: true });
  else writeFileSync(file, text);
  running = await startEmbedded(
    readSettings({
      ROLLCALL_ADMIN_KEY: ADMIN_KEY,
      ROLLCALL_DATA: join(folder, "data"),
      ROLLCALL_PORT: "0",
      ROLLCALL_LOG_LEVEL: "silent",
      ROLLCALL_CONFIG: file,
    }),
  );
  return (await createClient({ url: running.url, key: ADMIN_KEY }).monitors.list()).items;
}

test("what it says is there before the first request, and what was edited after the next start", async () => {
  expect(await startWith(FILE)).toMatchObject([{ slug: "nightly", grace: 600, managed_by: "rollcall.yaml" }]);
  expect(await startWith(FILE)).toMatchObject([{ schedule_version: 1 }]);
  expect(await startWith(FILE.replace("10m", "20m"))).toMatchObject([{ grace: 1200, schedule_version: 2 }]);
  expect(running?.troubles).toEqual([]);
});

test("what has left it is paused and never deleted; most of it leaves only before somebody's eyes", async () => {
  const other = FILE.replace("monitors:\n", "").replace("nightly", "weekly");
  await startWith(FILE + other);
  const paused = { slug: "weekly", status: "paused", pause: { reason: "Not in rollcall.yaml any more" } };
  expect(await startWith(FILE)).toMatchObject([{ slug: "nightly", pause: null }, paused]);
  expect(await startWith("monitors: {}\n")).toMatchObject([{ slug: "nightly", pause: null }, paused]);
  expect(running?.troubles[0]).toContain("1 of the 1 monitors of rollcall.yaml are not in it any more");
});

test("where something is watched already, a mistake in it changes nothing and is told with its line", async () => {
  await startWith(FILE);
  for (const [text, sentence] of [
    [FILE.replace("10m", "soon"), `${file}:4:5: monitors.nightly.grace: "soon" is not a duration`],
    [FILE.replace("0 2", "0 25"), `${file}:3:17: monitors.nightly.schedule.cron[0]: hour: 25 is not in 0-23`],
    [FILE.slice(0, 8), `${file}:1:`],
    [FILE.slice(0, 40), `${file}:3:`],
    ["", `${file} is empty`],
    [null, "it is not there"],
  ] as const) {
    expect(await startWith(text)).toMatchObject([{ slug: "nightly", grace: 600, pause: null }]);
    const told = running?.troubles ?? [];
    expect(
      told.some((line) => line.includes(sentence)),
      `${told.join("\n")} for ${text}`,
    ).toBe(true);
    expect(told.at(-1)).toContain(
      `what was there before is watched. Mend it, then run: rollcall apply ${file}`,
    );
  }
});

test("where nothing is watched yet, a mistake in it stops the start", async () => {
  await expect(startWith(FILE.replace("10m", "soon"))).rejects.toThrow(
    `${file}:4:5: monitors.nightly.grace: "soon" is not a duration`,
  );
  await expect(startWith(null)).rejects.toThrow("it is not there");
  expect(await startWith(FILE)).toHaveLength(1);
});
