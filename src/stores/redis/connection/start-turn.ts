/**
 * One process at a time: for what all of them do at their start and only the first has to. Whoever dies in its turn loses
 * it after a while; two at once are harmless then, and the first keys might be made twice.
 */
import type { Connection } from "../connection.ts";
import argumentsLua from "../lua/arguments.lua";
import giveBackLua from "../lua/give-back-turn.lua";
import { baseOf, INSTANCE } from "../places.ts";
import { scriptOf } from "./scripts.ts";

/** `token`: nobody else's. */
export interface StartTurn {
  /** False while another has it: ask again. */
  take(token: string): Promise<boolean>;
  /** Nothing happens where another has it by now. */
  giveBack(token: string): Promise<void>;
}

/** Longer than a start takes, with the largest configuration. */
const TURN_MS = 60_000;
const GIVE_BACK = scriptOf("give-back-turn", argumentsLua, giveBackLua);

export function startTurnIn(connection: Connection): StartTurn {
  const key = `${baseOf(connection, INSTANCE)}turn`;
  return {
    take: async (token) =>
      (await connection.ask((client) => client.set(key, token, "PX", TURN_MS, "NX"))) === "OK",
    async giveBack(token) {
      await connection.run(GIVE_BACK, INSTANCE, token);
    },
  };
}
