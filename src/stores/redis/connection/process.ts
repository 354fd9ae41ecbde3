/** This process among all that share a Redis: Redis numbers them, so that no two are taken for one another. */
import type { Clock } from "../../../ports/outside.ts";
import type { Connection } from "../connection.ts";

export interface Process {
  /** Another one each time that a store is opened. */
  name: string;
  /** A number above every earlier one of this process, near those of others in time, and the same as none of them. */
  ordinal(): number;
}

/** Ordinals of so many processes at once are never the same. */
const SHARES = 1_000;

/** `clock`: the server's. Where time is not real, ordinals count from the instant of opening. */
export async function enrolled(connection: Connection, clock: Clock | null): Promise<Process> {
  const key = `${connection.prefix}:processes`;
  const [number, [seconds, microseconds]] = await connection.ask((client) =>
    Promise.all([client.incr(key), client.time()]),
  );
  const openedAt = Number(seconds) * 1_000_000 + Number(microseconds);
  const share = number % SHARES;
  let last = Math.floor(openedAt / SHARES) * SHARES + share;
  return {
    // A Redis that lost its last second may give a number twice, but at another time.
    name: `${number}-${openedAt}`,
    ordinal() {
      last = Math.max(last + SHARES, clock === null ? 0 : clock.now() * SHARES + share);
      return last;
    },
  };
}
