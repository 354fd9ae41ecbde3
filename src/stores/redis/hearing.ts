/** When each process was there, when none of them could hear, and what that left unknown. */
import type { BlindSpot } from "../../domain/hearing.ts";
import { LIMITS } from "../../domain/limits.ts";
import type { HearingStore } from "../../ports/store.ts";
import addBlindSpotLua from "./lua/add-blind-spot.lua";
import aheadLua from "./lua/ahead.lua";
import argumentsLua from "./lua/arguments.lua";
import signOfLifeLua from "./lua/sign-of-life.lua";
import type { Argument } from "./connection/arguments.ts";
import type { RedisParts } from "./parts.ts";
import { baseOf, INSTANCE } from "./places.ts";
import { type Script, scriptOf } from "./connection/scripts.ts";
import { outOfTime } from "./connection/server-clock.ts";
import { unknownsLister } from "./unknowns.ts";

const SIGN = scriptOf("sign-of-life", argumentsLua, aheadLua, signOfLifeLua);
const ADD_SPOT = scriptOf("add-blind-spot", argumentsLua, aheadLua, addBlindSpotLua);

/** A process that gave no sign for so long is gone; until then its last one is kept, and the latest of all always. */
const GONE_AFTER_MS = 3_600_000;

export function hearingSection(parts: RedisParts): HearingStore {
  const { connection, process, probe, clock } = parts;
  const base = baseOf(connection, INSTANCE);
  const signsKey = `${base}signs`;
  /** All believe what one says of its hearing: by a clock that is ahead it would speak of what is still to come. */
  const said = async (script: Script, ...given: readonly Argument[]): Promise<void> => {
    const tolerance = clock === null ? null : LIMITS.clockOffMs;
    if ((await connection.run(script, INSTANCE, tolerance, ...given)) !== "clock") return;
    await clock?.measure();
    throw outOfTime("clock");
  };

  return {
    async lastSignOfLifeAt() {
      const [[, at]] = await Promise.all([
        connection.ask((client) => client.zrevrange(signsKey, 0, 0, "WITHSCORES")),
        connection.assertSame(),
      ]);
      return at === undefined ? null : Number(at);
    },

    async signOfLife(at) {
      // Whoever could not keep a check-in does not hear, and nobody hears for another Rollcall.
      await connection.assertSame();
      await probe();
      await said(SIGN, at, process.name, at - GONE_AFTER_MS);
    },

    async addBlindSpot(spot) {
      await said(ADD_SPOT, spot.id, spot.toAt, JSON.stringify(spot), process.name);
    },

    async listBlindSpots(sinceAt) {
      const ids = await connection.ask((client) =>
        client.zrangebyscore(`${base}spots:by-end`, sinceAt, "+inf"),
      );
      if (ids.length === 0) return [];
      const documents = await connection.ask((client) => client.hmget(`${base}spots`, ...ids));
      return documents
        .flatMap((document) => (document === null ? [] : (JSON.parse(document) as BlindSpot)))
        .toSorted((one, other) => one.fromAt - other.fromAt || (one.id < other.id ? -1 : 1));
    },

    blindUnknowns: unknownsLister(parts),
  };
}
