/**
 * The scaled edition on one machine, without containers: a Redis that keeps what it is told, API processes and workers,
 * each started again when it ends, all stopped together. `node deploy/local/start.mjs --help`; tests call `startLocally`.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { freePorts } from "./ports.mjs";
import { redisProgram, rollcallProgram } from "./programs.mjs";
import { keptSecrets } from "./secrets.mjs";
import { together } from "./together.mjs";

const HELP = `Starts the scaled edition of Rollcall on this machine; Ctrl-C stops it.

  --apis <n>          processes that take check-ins and show pages (2)
  --workers <n>       processes that judge and deliver (2)
  --port <n>          of the first API; the others and the workers have those after it (8377)
  --redis <url>       the Redis to use, else ROLLCALL_REDIS_URL; without either one is started
  --fsync <policy>    of the Redis that is started: always or everysec (always)
  --data <folder>     its files, and the secrets that the processes share (data/scaled)
  --server <file>     the server program (dist/server.mjs: npm run build)

Settings are ROLLCALL_ variables, as ever.`;

/**
 * @typedef {object} Options
 * @property {number} [apis]
 * @property {number} [workers]
 * @property {number} [port] of the first API; 0: any free ports
 * @property {string} [redis] a URL; empty: one is started
 * @property {string} [fsync] of the one that is started
 * @property {string} [data] the folder of its files and of the secrets
 * @property {string} [server] the server program
 * @property {NodeJS.ProcessEnv} [environment] of every process; a secret that is set here is used before a kept one
 * @property {(line: string) => void} [tell] takes every line that any of them writes, its name first
 * @property {boolean} [isKeptAlive] false: what ends stays down until its `start` is called
 * @property {number} [pauseMs] before what ended is started again
 * @property {AbortSignal} [signal] stops all, also while they start
 *
 * @typedef {object} Running
 * @property {import("./supervised.mjs").Supervised | null} redis null where it was given
 * @property {string} redisUrl
 * @property {readonly import("./supervised.mjs").Supervised[]} apis
 * @property {readonly import("./supervised.mjs").Supervised[]} workers
 * @property {Readonly<Record<string, string>>} secrets what the processes share, by the names of the settings
 * @property {Promise<string | null>} over resolves when all have ended: null where they were stopped, else why
 * @property {() => Promise<void>} stop twice is harmless
 */

/**
 * Resolves when all are ready. Throws where one never is, or all were stopped before; then nothing is left running.
 * @param {Options} [options]
 * @returns {Promise<Running>}
 */
export async function startLocally({
  apis: apiCount = 2,
  workers: workerCount = 2,
  port = 8377,
  redis: givenRedis = "",
  fsync = "always",
  data = "data/scaled",
  server = SERVER,
  environment = process.env,
  tell = (line) => console.log(line),
  isKeptAlive = true,
  pauseMs = 500,
  signal,
} = {}) {
  if (!existsSync(server)) throw new Error(`${server} is not there: npm run build makes it.`);
  const secrets = keptSecrets(data, environment);
  const ports = await freePorts({ first: port, count: apiCount + workerCount });
  const [redisPort = 0] = await freePorts({ first: 0, count: 1 });
  signal?.throwIfAborted();

  const all = together({ tell, isKeptAlive, pauseMs });
  signal?.addEventListener("abort", () => void all.stop(), { once: true });
  try {
    const redis =
      givenRedis === ""
        ? all.start(redisProgram({ port: redisPort, folder: join(data, "redis"), fsync }))
        : null;
    await all.ready();
    const redisUrl = redis?.url ?? givenRedis;
    // Links and ping URLs have to lead to one place, which no process knows by itself.
    const publicUrl = environment["ROLLCALL_PUBLIC_URL"] || `http://127.0.0.1:${ports[0]}`;
    const alike = { ...secrets, ROLLCALL_REDIS_URL: redisUrl, ROLLCALL_PUBLIC_URL: publicUrl };
    const shared = { server, environment: { ...environment, ...alike } };
    const members = ports.map((port, place) => {
      const role = place < apiCount ? "api" : "worker";
      const number = place < apiCount ? place + 1 : place - apiCount + 1;
      return all.start(rollcallProgram({ ...shared, name: `${role}-${number}`, role, port }));
    });
    await all.ready();
    const apis = members.slice(0, apiCount);
    return {
      redis,
      redisUrl,
      apis,
      workers: members.slice(apiCount),
      secrets,
      over: all.over,
      stop: all.stop,
    };
  } catch (error) {
    await all.stop();
    // The one that was given up, where others only say that they were stopped with it.
    const why = await all.over;
    throw why === null ? error : new Error(why, { cause: error });
  }
}

const SERVER = fileURLToPath(new URL("../../dist/server.mjs", import.meta.url));

if (import.meta.main) await run(process.argv.slice(2));

/** @param {string[]} words */
async function run(words) {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stopping.abort());
  try {
    const options = optionsOf(words);
    if (options === null) {
      console.log(HELP);
      return;
    }
    const { apis, redisUrl, over } = await startLocally({ ...options, signal: stopping.signal });
    console.log(`Ready at ${apis.map(({ url }) => url).join(" and ")}, over ${redisUrl}.`);
    console.log(`The keys are in ${options.data}/secrets.env. Ctrl-C stops all of it.`);
    const why = await over;
    if (why !== null) throw new Error(why);
  } catch (error) {
    if (stopping.signal.aborted) return;
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

/**
 * Null where help is asked for.
 * @param {string[]} words
 */
function optionsOf(words) {
  const text = /** @type {const} */ ({ type: "string" });
  const { values } = parseArgs({
    args: words,
    options: {
      help: { type: "boolean", short: "h" },
      apis: { ...text, default: "2" },
      workers: { ...text, default: "2" },
      port: { ...text, default: "8377" },
      redis: { ...text, default: process.env["ROLLCALL_REDIS_URL"] ?? "" },
      fsync: { ...text, default: "always" },
      data: { ...text, default: "data/scaled" },
      server: { ...text, default: SERVER },
    },
  });
  if (values.help === true) return null;
  const { apis, workers, port, redis, fsync, data, server } = values;
  if (!/^(always|everysec)$/.test(fsync)) throw new Error(`--fsync is ${fsync}: give it always or everysec.`);
  return {
    apis: numberOf("apis", apis),
    workers: numberOf("workers", workers),
    port: numberOf("port", port),
    redis,
    fsync,
    data,
    server,
  };
}

/**
 * @param {string} name
 * @param {string} text
 */
function numberOf(name, text) {
  if (!/^\d{1,5}$/.test(text)) throw new Error(`--${name} is ${text}: give it a whole number.`);
  return Number(text);
}
