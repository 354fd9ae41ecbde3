/**
 * One structured log line an event, to standard error, so that what a person is shown stays apart from it. What happened
 * is always said in the same words (`msg`), what it happened to in fields: whoever searches looks for either.
 */
import { hostname } from "node:os";
import { destination, pino } from "pino";
import type { DestinationStream } from "pino";
import type { Log } from "../ports/outside.ts";
import type { LogLevel } from "./settings.ts";

export type LogTo = DestinationStream;

/** `role`: of one of several processes; then every line says which of them it was. */
export function createLog(
  level: LogLevel,
  to: LogTo = destination({ fd: 2, sync: true }),
  role: string | null = null,
): Log {
  const base = role === null ? null : { role, host: hostname(), pid: process.pid };
  const logger = pino({ level, base, timestamp: pino.stdTimeFunctions.isoTime }, to);
  return {
    debug: (what, more) => {
      // Of every request: where nobody wants to see it, not even its fields are made.
      if (logger.isLevelEnabled("debug")) logger.debug(shown(more), what);
    },
    info: (what, more) => logger.info(shown(more), what),
    warn: (what, more) => logger.warn(shown(more), what),
    error: (what, more) => logger.error(shown(more), what),
  };
}

/** Errors say their message, stack and cause wherever they stand; what was thrown and is none is told in their form. */
function shown(more: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(more).map(([name, value]) => {
      if (value instanceof Error) return [name, pino.stdSerializers.errWithCause(value)];
      const isText = name === "error" && typeof value === "string";
      return [name, isText ? { type: "string", message: value } : value];
    }),
  );
}
