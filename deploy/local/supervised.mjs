/**
 * One program that is kept running: started again when it ends, given up when it does not become ready, and stopped
 * gently. What it writes goes on with its name before each line, so that many can share one terminal.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Starts in a row without becoming ready. What the next one would say is known by then. */
const FUTILE_STARTS = 5;
/** Longer than a server takes for the requests that are under way. */
const STOPPING_MS = 30_000;
const LOOK_MS = 100;

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {string} url where it listens
 * @property {readonly string[]} words the command
 * @property {NodeJS.ProcessEnv} environment
 * @property {() => Promise<boolean>} isReady asked again and again after each start
 *
 * @typedef {object} Surroundings
 * @property {(line: string) => void} tell takes each line that it writes
 * @property {(why: string) => void} onLost it was given up: called once
 * @property {boolean} isKeptAlive else it stays down until `start` is called: tests watch what the others do meanwhile
 * @property {number} pauseMs before the next start, doubled with each futile one: Redis may have a long file to read
 */

export class Supervised {
  #program;
  #around;
  /** @type {import("node:child_process").ChildProcess | null} */
  #child = null;
  #isReady = false;
  #wasEverReady = false;
  #futileStarts = 0;
  /** Why it will not be started again. */
  #over = "";
  /** @type {NodeJS.Timeout | undefined} */
  #pause;

  /**
   * Starts it.
   * @param {Program} program
   * @param {Surroundings} around
   */
  constructor(program, around) {
    this.#program = program;
    this.#around = around;
    this.start();
  }

  get name() {
    return this.#program.name;
  }

  get url() {
    return this.#program.url;
  }

  /** Null while it is down. */
  get pid() {
    return this.#child?.pid ?? null;
  }

  /** Starts it now, if it is down and was not given up. */
  start() {
    if (this.#child !== null || this.#over !== "") return;
    clearTimeout(this.#pause);
    const child = this.#spawned();
    this.#child = child;
    child.once("error", (error) => this.#ended(`cannot be started: ${error.message}`));
    child.once("close", (code, signal) => this.#ended(`ended with ${signal ?? `exit code ${code}`}`));
    void this.#lookUntilReady(child);
  }

  /** Sends one signal, as an operator or a fault would: it is started again after. */
  signal(/** @type {NodeJS.Signals} */ signal) {
    this.#child?.kill(signal);
  }

  /** Resolves when it is up and ready. Rejects when it was given up or stopped. */
  async ready() {
    while (!this.#isReady) {
      if (this.#over !== "") throw new Error(this.#over);
      await pause(LOOK_MS);
    }
  }

  /** SIGTERM, and SIGKILL where that is not heeded; resolves when it has ended. Twice is harmless. */
  async stop() {
    this.#over ||= `${this.name} was stopped.`;
    clearTimeout(this.#pause);
    const child = this.#child;
    if (child === null) return;
    child.kill("SIGTERM");
    const hard = setTimeout(() => child.kill("SIGKILL"), STOPPING_MS);
    while (this.#child === child) await pause(LOOK_MS);
    clearTimeout(hard);
  }

  #spawned() {
    const { name, words, environment } = this.#program;
    const [command = "", ...rest] = words;
    // A group of its own: Ctrl-C would else reach all of them at once, and Redis would go before those that need it.
    const child = spawn(command, rest, {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => this.#around.tell(`${name} | ${line}`));
    }
    return child;
  }

  /** @param {import("node:child_process").ChildProcess} child */
  async #lookUntilReady(child) {
    while (this.#child === child) {
      if ((await this.#program.isReady()) && this.#child === child) {
        this.#isReady = true;
        this.#wasEverReady = true;
        this.#futileStarts = 0;
        return;
      }
      await pause(LOOK_MS);
    }
  }

  /** @param {string} how */
  #ended(how) {
    // What cannot be started says so twice.
    if (this.#child === null) return;
    this.#child = null;
    if (!this.#isReady) this.#futileStarts += 1;
    this.#isReady = false;
    if (this.#over !== "") return;
    this.#around.tell(`${this.name} | ${how}`);
    // One that was never ready has a wrong setting, and would say the same again.
    if (!this.#wasEverReady || this.#futileStarts >= FUTILE_STARTS) {
      this.#over = `${this.name} ${how} before it was ready.`;
      this.#around.onLost(this.#over);
    } else if (this.#around.isKeptAlive) {
      this.#pause = setTimeout(() => this.start(), this.#around.pauseMs * 2 ** this.#futileStarts);
    }
  }
}

/** @param {number} durationMs */
function pause(durationMs) {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
