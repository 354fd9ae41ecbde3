/** A real Rollcall that a guard on a real route tells: both are started and ended for the tests of a file. */
import { afterAll, afterEach, beforeAll } from "vitest";
import type { Client } from "../../src/client/client.ts";
import { createGuard, type Guard } from "../../src/editions/guard.ts";
import { makeHome, PING_KEY, startServer, type Home, type ServerProgram } from "../e2e/server-program.ts";
import { startProgram, type Program } from "./programs.ts";

export interface ToldRollcall {
  readonly client: Client;
  /** Where guards tell. */
  readonly address: { url: string; key: string };
  readonly guard: Guard;
  readonly program: Program;
  /** A program whose route asks for these contracts, in the place of the one before. */
  guarded(contracts: Parameters<typeof createGuard>[0]["contracts"]): Promise<void>;
  /** The same with a guard that was made otherwise. */
  guardedBy(guard: Guard): Promise<void>;
}

/** To be called where tests are declared. `prepare`: what the Rollcall knows before the first of them. */
export function toldRollcall(prepare: (client: Client) => Promise<unknown>): ToldRollcall {
  let home: Home;
  let server: ServerProgram;
  let running: { guard: Guard; program: Program } | null = null;
  beforeAll(async () => {
    home = makeHome();
    server = await startServer(home);
    await prepare(server.client);
  }, 60_000);
  const end = async (): Promise<void> => {
    await running?.program.close();
    await running?.guard.close();
    running = null;
  };
  afterEach(end);
  afterAll(async () => {
    await server.kill();
    home.remove();
  });
  const known = (): NonNullable<typeof running> => {
    if (running === null) throw new Error("There is no guarded program yet.");
    return running;
  };
  const told: ToldRollcall = {
    get client() {
      return server.client;
    },
    get address() {
      return { url: server.url, key: PING_KEY };
    },
    get guard() {
      return known().guard;
    },
    get program() {
      return known().program;
    },
    guarded: (contracts) => told.guardedBy(createGuard({ rollcall: told.address, contracts })),
    async guardedBy(guard) {
      await end();
      running = { guard, program: await startProgram("hono", guard) };
    },
  };
  return told;
}
