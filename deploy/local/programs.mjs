/** The two programs of the scaled edition: a Redis that loses nothing, and the server in one of its roles. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isRedisReady, isRollcallReady } from "./ports.mjs";

/** The same settings as everywhere else, explained there. */
const REDIS_SETTINGS = fileURLToPath(new URL("../redis/redis.conf", import.meta.url));

/**
 * Throws where the Redis of an earlier start still has this folder: two that write one file would ruin it.
 * @param {{ port: number, folder: string, fsync: string }} redis
 * @returns {import("./supervised.mjs").Program}
 */
export function redisProgram({ port, folder, fsync }) {
  const pidFile = join(resolve(folder), "redis.pid");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  refuseSecond(pidFile);
  const settings = { bind: "127.0.0.1", port, dir: resolve(folder), pidfile: pidFile, appendfsync: fsync };
  return {
    name: "redis",
    url: `redis://127.0.0.1:${port}`,
    words: [
      "redis-server",
      REDIS_SETTINGS,
      ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ],
    environment: process.env,
    isReady: () => isRedisReady(port),
  };
}

/** @param {string} pidFile */
function refuseSecond(pidFile) {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, "utf8"));
  try {
    process.kill(pid, 0);
  } catch {
    // It died without taking its file away, and is no more.
    return;
  }
  throw new Error(
    `A Redis already has this folder (process ${pid}): end it, or remove ${pidFile} if it is none.`,
  );
}

/**
 * @param {{ name: string, role: "api" | "worker", port: number, server: string, environment: NodeJS.ProcessEnv }} wanted
 * @returns {import("./supervised.mjs").Program}
 */
export function rollcallProgram({ name, role, port, server, environment }) {
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    words: [process.execPath, "--enable-source-maps", server, "serve", "--role", role],
    environment: { ...environment, ROLLCALL_PORT: String(port) },
    isReady: () => isRollcallReady(port),
  };
}
