/** Database and key file change together or not at all, wherever the change is interrupted. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { finishReplacement, replaceContents } from "../../../src/editions/data-folder/replace.ts";
import { rooms } from "./folders.ts";

const { path, open } = rooms();
const NOW = Date.UTC(2026, 2, 2);

/** Stands for a database and its key file, which are not looked into here. */
function put(folder: string, which: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of ["rollcall.db", "secret.key"]) writeFileSync(join(folder, name), which);
}

function contents(folder: string): string[] {
  return ["rollcall.db", "secret.key"].map((name) => readFileSync(join(folder, name), "utf8"));
}

const replaced = (folder: string, mayReplace = true, which = "new"): Promise<{ keptIn: string | null }> =>
  replaceContents({ folder, mayReplace, nowAt: NOW, fill: async (empty) => put(empty, which) });

test("an empty folder, or none, is filled and nothing else is left in it", async () => {
  const folder = path("data");
  expect(await replaced(folder, false)).toEqual({ keptIn: null });
  expect(contents(folder)).toEqual(["new", "new"]);
  expect(readdirSync(folder).sort()).toEqual(["rollcall.db", "rollcall.lock", "secret.key"]);
});

test("an instance that is there stays untouched, unless it may be put aside; then all of it is kept", async () => {
  const folder = path("data");
  put(folder, "old");
  writeFileSync(join(folder, "rollcall.db-wal"), "the old log");
  await expect(replaced(folder, false)).rejects.toThrow(/already holds an instance: .*--force/);
  expect(contents(folder)).toEqual(["old", "old"]);

  const { keptIn } = await replaced(folder);
  expect(contents(folder)).toEqual(["new", "new"]);
  expect(existsSync(join(folder, "rollcall.db-wal"))).toBe(false);
  expect(contents(keptIn ?? "")).toEqual(["old", "old"]);
  expect(readFileSync(join(keptIn ?? "", "rollcall.db-wal"), "utf8")).toBe("the old log");
});

test("a key file alone is an instance too: what it opens may only be elsewhere for the moment", async () => {
  const folder = path("data");
  put(folder, "old");
  rmSync(join(folder, "rollcall.db"));
  await expect(replaced(folder, false)).rejects.toThrow(/already holds an instance/);
});

test("what fails while it is filled changes nothing and leaves nothing behind", async () => {
  const folder = path("data");
  put(folder, "old");
  const failing = replaceContents({
    folder,
    mayReplace: true,
    nowAt: NOW,
    async fill(empty) {
      put(empty, "new");
      throw new Error("the disk is full");
    },
  });
  await expect(failing).rejects.toThrow("the disk is full");
  expect(contents(folder)).toEqual(["old", "old"]);
  expect(readdirSync(folder).sort()).toEqual(["rollcall.db", "rollcall.lock", "secret.key"]);
});

test("a folder that a store has open is left alone", async () => {
  const folder = path("data");
  await open(folder);
  await expect(replaced(folder)).rejects.toThrow(/in use by another Rollcall/);
  await expect(async () => {
    put(join(folder, "replacement"), "new");
    finishReplacement(folder);
  }).rejects.toThrow(/in use by another Rollcall/);
});

/** What a folder looks like when the program was killed after each step, and which contents count then. */
const interrupted: [string, (folder: string) => void, string][] = [
  ["in the middle of filling", (folder) => put(join(folder, "replacement.part"), "new"), "old"],
  ["when it was filled", (folder) => put(join(folder, "replacement"), "new"), "new"],
  [
    "when the old log was removed",
    (folder) => {
      put(join(folder, "replacement"), "new");
      rmSync(join(folder, "rollcall.db-wal"));
    },
    "new",
  ],
  [
    "between key file and database",
    (folder) => {
      put(join(folder, "replacement"), "new");
      rmSync(join(folder, "rollcall.db-wal"));
      cpSync(join(folder, "replacement", "secret.key"), join(folder, "secret.key"));
      rmSync(join(folder, "replacement", "secret.key"));
    },
    "new",
  ],
  [
    "before the end",
    (folder) => {
      put(folder, "new");
      rmSync(join(folder, "rollcall.db-wal"));
      mkdirSync(join(folder, "replacement"));
    },
    "new",
  ],
];

test.each(interrupted)("killed %s, the next start finds one whole instance", async (_when, kill, which) => {
  const folder = path("data");
  put(folder, "old");
  writeFileSync(join(folder, "rollcall.db-wal"), "the old log");
  kill(folder);
  finishReplacement(folder);
  expect(contents(folder)).toEqual([which, which]);
  expect(existsSync(join(folder, "rollcall.db-wal"))).toBe(which === "old");
  expect(readdirSync(folder).filter((name) => name.startsWith("replacement"))).toEqual([]);
  // Twice is harmless, and so is another replacement afterwards.
  finishReplacement(folder);
  await replaced(folder, true, "newest");
  expect(contents(folder)).toEqual(["newest", "newest"]);
});

test("a log written since the change is the new database's, and stays", () => {
  const folder = path("data");
  put(folder, "new");
  mkdirSync(join(folder, "replacement"));
  writeFileSync(join(folder, "rollcall.db-wal"), "the new log");
  finishReplacement(folder);
  expect(readFileSync(join(folder, "rollcall.db-wal"), "utf8")).toBe("the new log");
});
