/** Builds the published programs once before any test, because the end-to-end tests start the real files. */
import { build, PUBLISHED } from "../config/build.mjs";

export async function setup(): Promise<void> {
  await build(PUBLISHED);
}
