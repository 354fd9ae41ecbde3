/**
 * Bundles each program of Rollcall into one file under dist/ (each of the server's threads is one too, and what it loads
 * only when it is asked to), so that it starts quickly and can be copied without the checkout: `node config/build.mjs [name …]`, without a name those that are
 * published, with the libraries' types and the files of the GitHub Action.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle, stop } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** @type {Record<string, string>} */
export const ENTRIES = {
  server: "src/editions/main.ts",
  "sqlite-writer": "src/stores/sqlite/writer-thread.ts",
  "check-thread": "src/checks/check-thread.ts",
  cli: "src/cli/main.ts",
  client: "src/editions/client.ts",
  guard: "src/editions/guard.ts",
  bench: "test/bench/main.ts",
  dev: "test/dev/main.ts",
  simulation: "test/simulation/main.ts",
};
/** The server's other threads lie beside it. */
export const PUBLISHED = ["server", "sqlite-writer", "check-thread", "cli", "client", "guard"];

/** What loads a part of itself only where that is needed: the part, and what both share, lie beside it as `<name>-…`. */
const LOADING_LATER = ["server"];

/** What runs in other people's programs, wherever those run: no built-in module of Node, and a language that is old enough. */
const ANYWHERE = ["guard"];

// Packages written for CommonJS look for these, which a module does not have.
const COMMONJS_NAMES = [
  `import { createRequire as createRequireForBundle } from "node:module";`,
  `const require = createRequireForBundle(import.meta.url);`,
  `const __filename = import.meta.filename, __dirname = import.meta.dirname;`,
].join("\n");

/**
 * Builds the programs named and gives back their files, in the order of the names.
 * @param {string[]} names
 * @param {string} [root] the project's folder
 * @returns {Promise<string[]>}
 */
export async function build(names, root = ROOT) {
  const built = await Promise.all(names.map((name) => buildOne(name, root)));
  await stop();
  return built;
}

/**
 * @param {string} name
 * @param {string} root
 */
async function buildOne(name, root) {
  const entry = ENTRIES[name];
  if (entry === undefined) {
    throw new Error(
      `There is no program ${JSON.stringify(name)} to build; there are ${Object.keys(ENTRIES).join(", ")}.`,
    );
  }
  if (!existsSync(join(root, entry))) throw new Error(`${entry} is not there, so ${name} cannot be built.`);
  const folder = join(root, "dist");
  await bundle({
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    splitting: LOADING_LATER.includes(name),
    // Without a hash, so that a build takes the place of the one before.
    chunkNames: `${name}-[name]`,
    bundle: true,
    platform: ANYWHERE.includes(name) ? "browser" : "node",
    format: "esm",
    target: ANYWHERE.includes(name) ? "es2022" : "node24",
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    loader: { ".lua": "text" },
    sourcemap: true,
    legalComments: "none",
    logLevel: "warning",
    // What only measures or tests runs in the checkout, where its packages are; what is published stands alone.
    packages: PUBLISHED.includes(name) ? "bundle" : "external",
    banner: { js: bannerOf(name) },
  });
  const file = join(folder, `${name}.mjs`);
  if (name === "cli") chmodSync(file, 0o755);
  return file;
}

/**
 * Builds the GitHub Action, whose files lie in the repository because GitHub runs an action as it lies there: a file for
 * each end of a job and what they share, without a map, so that little changes when little has changed.
 * @param {string} [folder] where they go
 */
export async function buildAction(folder = join(ROOT, "deploy/github-action/dist")) {
  await bundle({
    absWorkingDir: ROOT,
    entryPoints: ["deploy/github-action/src/main.ts", "deploy/github-action/src/post.ts"],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    chunkNames: "shared",
    bundle: true,
    splitting: true,
    // Most of it is the toolkit's HTTP client.
    minify: true,
    platform: "node",
    format: "esm",
    target: "node24",
    legalComments: "none",
    logLevel: "warning",
    banner: { js: COMMONJS_NAMES },
  });
  await stop();
}

/** Writes the types of the published libraries to dist/types. Throws with what the compiler says. */
export function writeTypes() {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [tsc, "-p", join(ROOT, "config/tsconfig.libraries.json")],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`The types of the libraries cannot be written: ${stdout}${stderr}`);
}

/**
 * The libraries hold no package that needs these.
 * @param {string} name
 */
function bannerOf(name) {
  if (name === "client" || name === "guard") return "";
  return name === "cli" ? `#!/usr/bin/env node\n${COMMONJS_NAMES}` : COMMONJS_NAMES;
}

if (import.meta.main) {
  try {
    const names = process.argv.slice(2);
    const files = await build(names.length > 0 ? names : PUBLISHED);
    for (const file of files) console.log(relative(process.cwd(), file));
    if (names.length === 0) {
      writeTypes();
      await buildAction();
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
