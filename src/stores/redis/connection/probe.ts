/**
 * Whether a check-in would be taken now, wherever its monitor lies. Of a Cluster every master is tried: while one is away
 * its monitors are not heard, however well the others hear theirs.
 */
import type { Connection } from "../connection.ts";
import type { Spread } from "./spread.ts";

/** Throws `unavailable` unless every server takes writes. */
export type Probe = () => Promise<void>;

export function probing({ client, ask }: Connection, { bases, oneOfEach }: Spread): Probe {
  const write = (index: number): Promise<unknown> => client.set(bases[index] ?? "", "1");
  return async () => {
    await ask(() => Promise.all(oneOfEach().map(write)));
  };
}
