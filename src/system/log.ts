/** One structured log line an event, to standard error, so that what a person is shown stays apart from it. */
import { destination, pino } from "pino";
import type { DestinationStream } from "pino";
import type { Log } from "../ports/outside.ts";
import type { LogLevel } from "./settings.ts";

export type LogTo = DestinationStream;

export function createLog(level: LogLevel, to: LogTo = destination({ fd: 2, sync: true })): Log {
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, to);
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

/** Errors say their message, stack and cause wherever they stand among the fields. */
function shown(more: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(more).map(([name, value]) => [
      name,
      value instanceof Error ? pino.stdSerializers.errWithCause(value) : value,
    ]),
  );
}
