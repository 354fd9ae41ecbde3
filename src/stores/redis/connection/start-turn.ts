/**
 * One process at a time: for what all of them do at their start and only the first has to. Whoever dies in its turn loses
 * it after a while; two at once are harmless then, and the first keys might be made twice.
 */
import type { Connection } from "../connection.ts";
import argumentsLua from "../lua/arguments.lua";
import giveBackLua from "../lua/give-back-turn.lua";
import keepLua from "../lua/keep-turn.lua";
import { baseOf, INSTANCE } from "../places.ts";
import { scriptOf } from "./scripts.ts";

/** `token`: nobody else's. */
export interface StartTurn {
  /** False while another has it: ask again. */
  take(token: string): Promise<boolean>;
  /** To be called more often than `keepEveryMs` says while it lasts. False where another has it by now. */
  keep(token: string): Promise<boolean>;
  keepEveryMs: number;
  /** Nothing happens where another has it by now. */
  giveBack(token: string): Promise<void>;
}

/** All others wait so long for one that died: less than a probe gives a start. */
const TURN_MS = 20_000;
const KEEP_EVERY_MS = 5_000;
const KEEP = scriptOf("keep-turn", argumentsLua, keepLua);
const GIVE_BACK = scriptOf("give-back-turn", argumentsLua, giveBackLua);

export function startTurnIn(connection: Connection): StartTurn {
  const key = `${baseOf(connection, INSTANCE)}turn`;
  return {
    take: async (token) =>
      (await connection.ask((client) => client.set(key, token, "PX", TURN_MS, "NX"))) === "OK",
    keep: async (token) => (await connection.run(KEEP, INSTANCE, token, TURN_MS)) === 1,
    keepEveryMs: KEEP_EVERY_MS,
    async giveBack(token) {
      await connection.run(GIVE_BACK, INSTANCE, token);
    },
  };
}
