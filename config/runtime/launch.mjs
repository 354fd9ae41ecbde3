/**
 * Runs a command under a Node that is new enough: `node config/runtime/launch.mjs <command> [arguments]`.
 * A Node of the age Rollcall needs is used as it is; under an older one, the Node pinned beside this file is
 * fetched from the npm registry once, and everything after that works offline. Runs on old Nodes itself.
 */
import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const INSTALLED = join(HERE, "node_modules");
const LOCK = join(HERE, ".installing");
const STAGING = join(HERE, `.staging-${process.pid}`);
const ON_WINDOWS = process.platform === "win32";

// The holder of the lock touches it every two seconds; one that has not for half a minute was killed.
const LOCK_TOUCH_MS = 2_000;
const LOCK_STALE_MS = 30_000;
const LOCK_WAIT_MS = 200;
const PARENT_LOOK_MS = 250;

/** @type {{ config: { oldestNode: string }, optionalDependencies: Record<string, string> }} */
const pinned = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));

const [command, ...commandArguments] = process.argv.slice(2);
if (command === undefined) {
  console.error("Usage: node config/runtime/launch.mjs <command> [arguments]");
  process.exit(2);
}
try {
  const isNewEnough = Number.parseInt(process.versions.node, 10) >= Number(pinned.config.oldestNode);
  run({ command, commandArguments, node: isNewEnough ? process.execPath : await fetchedNode() });
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

/**
 * Runs the command as if it had been called itself: same terminal, same signals, same exit code.
 * @param {{ command: string, commandArguments: string[], node: string }} what
 */
function run({ command, commandArguments, node }) {
  const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  const env = { ...process.env, [pathName]: [dirname(node), process.env[pathName] ?? ""].join(delimiter) };
  // What npm links on Windows are .cmd files, which only the shell starts.
  const isShellNeeded = ON_WINDOWS && command !== "node";
  const child = isShellNeeded
    ? spawn([command, ...commandArguments].map((word) => `"${word}"`).join(" "), {
        stdio: "inherit",
        env,
        shell: true,
      })
    : spawn(command === "node" ? node : command, commandArguments, { stdio: "inherit", env });

  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child as well; twice would read as "now, at once".
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  stopWithParent(child);
  child.on("error", (error) => {
    console.error(`${command} could not be started: ${error.message}. Run npm ci, then try again.`);
    process.exit(127);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/**
 * npm passes a signal on to the shell it runs a script in; many shells die of it and tell nobody. A server
 * started by `npm start` would then outlive it, so the death of that shell is taken for the signal.
 * @param {import("node:child_process").ChildProcess} child
 */
function stopWithParent(child) {
  if (process.env["npm_lifecycle_event"] === undefined || ON_WINDOWS) return;
  const parent = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looking);
    child.kill("SIGTERM");
  }, PARENT_LOOK_MS);
}

/**
 * The pinned Node of this platform, fetched if it is not there yet. Of several starts at once one fetches and
 * the others wait for it. The lock only saves work: what makes it safe is that each fetch happens in a folder
 * of its own and is moved into place whole.
 * @returns {Promise<string>}
 */
async function fetchedNode() {
  const suffix = `-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const name = Object.keys(pinned.optionalDependencies).find((each) => each.endsWith(suffix));
  if (name === undefined)
    throw new Error(sentence(`there is no package for ${process.platform} on ${process.arch}`));
  const node = nodeIn(INSTALLED, name);
  let isTold = false;
  while (!isInstalled(name)) {
    if (!isTold)
      console.error(
        `${needed()} Fetching Node ${pinned.optionalDependencies[name]} from the npm registry, once.`,
      );
    isTold = true;
    if (takeLock()) await fetchWhileLocked(name);
    else await new Promise((resolve) => setTimeout(resolve, LOCK_WAIT_MS));
  }
  return node;
}

/** @param {string} name */
async function fetchWhileLocked(name) {
  const clean = () => {
    rmSync(STAGING, { recursive: true, force: true });
    rmSync(LOCK, { recursive: true, force: true });
  };
  process.on("exit", clean);
  const leave = () => process.exit(130);
  process.on("SIGINT", leave).on("SIGTERM", leave).on("SIGHUP", leave);
  const touching = setInterval(
    () => existsSync(LOCK) && utimesSync(LOCK, new Date(), new Date()),
    LOCK_TOUCH_MS,
  );
  try {
    if (!isInstalled(name)) await fetchInto(STAGING, name);
  } finally {
    clearInterval(touching);
    clean();
    process.off("exit", clean).off("SIGINT", leave).off("SIGTERM", leave).off("SIGHUP", leave);
  }
}

/**
 * @param {string} folder
 * @param {string} name
 */
async function fetchInto(folder, name) {
  mkdirSync(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    copyFileSync(join(HERE, file), join(folder, file));
  const { code, output } = await npm(
    ["ci", "--prefix", folder, "--include=optional", "--ignore-scripts"],
    folder,
  );
  const fetched = nodeIn(join(folder, "node_modules"), name);
  if (code !== 0) throw new Error(sentence(`npm ci ended with ${code}`, output));
  if (!existsSync(fetched)) throw new Error(sentence(`npm could not download ${name}`));
  const trial = spawnSync(fetched, ["--version"], { encoding: "utf8" });
  if (trial.status !== 0)
    throw new Error(sentence(`it does not run on this machine`, trial.error?.message ?? trial.stderr));
  if (isInstalled(name)) return;
  if (existsSync(INSTALLED)) renameSync(INSTALLED, join(folder, "replaced"));
  renameSync(join(folder, "node_modules"), INSTALLED);
}

/**
 * @param {string[]} npmArguments
 * @param {string} cwd
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function npm(npmArguments, cwd) {
  // Under `npm start` npm says where it is itself; other package managers set the same variable.
  const own = process.env["npm_execpath"] ?? "";
  const child = /npm-cli\.[cm]?js$/.test(own)
    ? spawn(process.execPath, [own, ...npmArguments], { cwd })
    : spawn("npm", npmArguments, { cwd, shell: ON_WINDOWS });
  process.once("exit", () => child.kill());
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: 127, output: error.message }));
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** @returns {boolean} whether this process is now the one that fetches */
function takeLock() {
  try {
    mkdirSync(LOCK);
    return true;
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    if (code !== "EEXIST")
      throw new Error(sentence(`${HERE} cannot be written to (${code})`), { cause: error });
  }
  const touchedAt = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  if (Date.now() - touchedAt > LOCK_STALE_MS) rmSync(LOCK, { recursive: true, force: true });
  return false;
}

/** @param {string} name */
function isInstalled(name) {
  try {
    const { version } = JSON.parse(readFileSync(join(INSTALLED, name, "package.json"), "utf8"));
    return version === pinned.optionalDependencies[name] && existsSync(nodeIn(INSTALLED, name));
  } catch {
    // Not there, or half of it: both mean that it has to be fetched.
    return false;
  }
}

/**
 * @param {string} modules
 * @param {string} name
 */
function nodeIn(modules, name) {
  return join(modules, name, "bin", ON_WINDOWS ? "node.exe" : "node");
}

function needed() {
  return `Rollcall needs Node ${pinned.config.oldestNode} or newer, and this is Node ${process.versions.node}.`;
}

/**
 * @param {string} reason
 * @param {string} [output]
 */
function sentence(reason, output = "") {
  const tail = output.trim().split("\n").slice(-12).join("\n");
  return [
    ...(tail === "" ? [] : [tail]),
    `${needed()} Fetching a newer one from the npm registry failed: ${reason}.`,
    `Connect this machine to the registry and try again, or put Node ${pinned.config.oldestNode} or newer first on PATH.`,
  ].join("\n");
}
