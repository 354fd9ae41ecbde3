/**
 * Builds, then becomes the program: `node config/run.mjs <program> [arguments]`. What npm start, npm run bench
 * and npm run sim call. The program runs in this very process, so that signals and exit code are its own.
 */
import { pathToFileURL } from "node:url";
import { build, PUBLISHED } from "./build.mjs";

const [name, ...rest] = process.argv.slice(2);
if (name === undefined) {
  console.error("Usage: node config/run.mjs <program> [arguments]");
  process.exit(2);
}
const file = await built(name);
process.argv = [process.execPath, file, ...rest];
await import(pathToFileURL(file).href);

/**
 * The bench and the simulation start the published programs, so those are always built too.
 * @param {string} program
 * @returns {Promise<string>}
 */
async function built(program) {
  try {
    const [own = ""] = await build([program, ...PUBLISHED.filter((each) => each !== program)]);
    return own;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
