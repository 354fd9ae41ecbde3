/** The store under a Node that watches files, which says things of its own over the line to the writing thread. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dataFolders } from "./folders.ts";

const folders = dataFolders();
const SOURCES = new URL("../../../src/", import.meta.url).href;

test("opens, and keeps what is written", async () => {
  const folder = folders.make();
  const watched = join(folder, "watched");
  mkdirSync(watched);
  const script = join(watched, "script.mjs");
  writeFileSync(
    script,
    `import { sqliteStore } from ${JSON.stringify(`${SOURCES}stores/sqlite.ts`)};
     import { afterTurn } from ${JSON.stringify(`${SOURCES}system/timers.ts`)};
     const store = await sqliteStore.open({ folder: ${JSON.stringify(join(folder, "data"))}, afterTurn });
     await store.signOfLife(7);
     console.log("kept", await store.lastSignOfLifeAt());
     await store.close();`,
  );
  const child = spawn(process.execPath, [`--watch-path=${watched}`, script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const hear = (chunk: Buffer): void => {
    said += chunk.toString();
    if (/(Completed|Failed) running/.test(said)) child.kill("SIGTERM");
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  await once(child, "close");
  expect(said).toContain("kept 7");
});
