/**
 * The environment as the command line sees it, read in one place. Nothing here stops a command: a wrapped job
 * has to run whatever the environment says, so wrong values are left to whoever uses them.
 */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { CONFIGURATION_FILE } from "../domain/managed.ts";

export interface CliSettings {
  /** The server, as written; checked by the client. */
  url: string;
  pingKey: string | null;
  /** For changing. */
  adminKey: string | null;
  /** For reading: the admin key where there is one, else the read key. */
  readingKey: string | null;
  /** The configuration file that is meant where none is named. */
  config: string;
  /** Of a Healthchecks project that is to be imported. */
  healthchecksKey: string | null;
  /** Absolute. Null where the user has no home and names no folder: then nothing can be kept. */
  spool: string | null;
  /** One by its name, where the name follows from what the user says: `ROLLCALL_SECRET_<CONTRACT>`. */
  variable(name: string): string | null;
  /** `NO_COLOR` is set: https://no-color.org. */
  isColourUnwanted: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function readCliSettings(environment: Environment = process.env): CliSettings {
  return {
    url: read(environment, "ROLLCALL_URL") ?? "http://127.0.0.1:8377",
    pingKey: read(environment, "ROLLCALL_PING_KEY"),
    adminKey: read(environment, "ROLLCALL_ADMIN_KEY"),
    readingKey: read(environment, "ROLLCALL_ADMIN_KEY") ?? read(environment, "ROLLCALL_READ_KEY"),
    config: read(environment, "ROLLCALL_CONFIG") ?? CONFIGURATION_FILE,
    healthchecksKey: read(environment, "HEALTHCHECKS_API_KEY"),
    spool: spoolOf(environment),
    variable: (name) => read(environment, name),
    isColourUnwanted: read(environment, "NO_COLOR") !== null,
  };
}

/** The whole environment for a child program, with `more` set on top; what is undefined there is taken away. */
export function environmentForChild(
  more: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return { ...process.env, ...more };
}

/** An empty variable is an unset one: that is how compose files and unit files leave things out. */
function read(environment: Environment, name: string): string | null {
  const text = environment[name]?.trim();
  return text === undefined || text === "" ? null : text;
}

function spoolOf(environment: Environment): string | null {
  const named = read(environment, "ROLLCALL_SPOOL");
  if (named !== null) return resolve(named);
  const state = read(environment, "XDG_STATE_HOME");
  if (state !== null) return join(resolve(state), "rollcall", "spool");
  const home = read(environment, "HOME") ?? homeByUser();
  return home === null ? null : join(resolve(home), ".local", "state", "rollcall", "spool");
}

/** A container may run under a user id that has no entry, and then asking for its home throws. */
function homeByUser(): string | null {
  try {
    return homedir();
  } catch {
    return null;
  }
}
