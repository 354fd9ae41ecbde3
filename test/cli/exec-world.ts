/** `rollcall exec` before a server that takes its check-ins, with a spool of its own: made anew for each test of a file. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { PING_KEY, startCheckInServer, type CheckInServer } from "../stubs/check-in-server.ts";
import { cliAlone, run, start, type Ended, type Program, type Running } from "./program.ts";

/** Nothing listens there: connections are refused. */
export const DEAD = "http://127.0.0.1:2";

export interface ExecWorld {
  readonly server: CheckInServer;
  /** A folder for whatever a test needs; the spool is in it. */
  readonly folder: string;
  readonly spool: string;
  /** Of every program that is run. */
  readonly environment: Record<string, string>;
  rollcall(...words: string[]): Promise<Ended>;
  /** Around a job of the monitor `nightly`. */
  exec(...words: string[]): Promise<Ended>;
  /** The same, still running. */
  startExec(...words: string[]): Running;
  /** Check-ins that wait in the spool, and those that were kept aside. */
  spooled(): string[];
  refused(): string[];
  /** Marks a sender as at work, so that none is left behind and the spool stays as it is. */
  withoutSender(): void;
  /** What is kept for a dead address is sent to the live server instead. */
  reviveSpool(): void;
}

/** To be called where tests are declared. */
export function execWorld(): ExecWorld {
  let program: Program;
  let server: CheckInServer;
  let folder: string;
  let environment: Record<string, string>;
  beforeAll(async () => {
    program = cliAlone();
  });
  afterAll(() => program.remove());
  beforeEach(async () => {
    server = await startCheckInServer();
    folder = mkdtempSync(join(tmpdir(), "rollcall-spool-"));
    environment = { ROLLCALL_URL: server.url, ROLLCALL_PING_KEY: PING_KEY, ROLLCALL_SPOOL: world.spool };
  });
  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const world: ExecWorld = {
    get server() {
      return server;
    },
    get folder() {
      return folder;
    },
    get spool() {
      return join(folder, "spool");
    },
    get environment() {
      return environment;
    },
    rollcall: (...words) => run(program, words, environment),
    exec: (...words) => world.rollcall("exec", "nightly", ...words),
    startExec: (...words) => start(program, ["exec", "nightly", ...words], environment),
    spooled: () => namesIn(world.spool).filter((name) => name.endsWith(".json")),
    refused: () => namesIn(join(world.spool, "refused")),
    withoutSender() {
      mkdirSync(world.spool);
      writeFileSync(join(world.spool, "sender"), "");
    },
    reviveSpool() {
      for (const path of world.spooled().map((name) => join(world.spool, name))) {
        writeFileSync(path, readFileSync(path, "utf8").replaceAll(DEAD, server.url));
      }
    },
  };
  return world;
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
