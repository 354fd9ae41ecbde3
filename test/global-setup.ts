/** Builds the published programs once before any test, because the end-to-end tests start the real files. */
import { existsSync } from "node:fs";
import { build, ENTRIES, PUBLISHED } from "../config/build.mjs";

export async function setup(): Promise<void> {
  const isThere = (name: string): boolean => existsSync(new URL(`../${ENTRIES[name]}`, import.meta.url));
  for (const name of PUBLISHED)
    if (!isThere(name)) console.warn(`!!! ${ENTRIES[name]} is not there: ${name} is not built.`);
  await build(PUBLISHED.filter(isThere));
}
