/**
 * Whether a check-in would be taken now, wherever its monitor lies. Of a Cluster every master is tried: while one is away
 * its monitors are not heard, however well the others hear theirs.
 */
import { Cluster } from "ioredis";
import type { Connection } from "../connection.ts";

/** Throws `unavailable` unless every server takes writes. */
export type Probe = () => Promise<void>;

/** So many keys lie all over a Cluster: that none of them lies on one master of fifty has a chance of 3 in 100 000. */
const KEYS = 512;

export function probing(connection: Connection): Probe {
  const { client, prefix } = connection;
  const keyOf = (index: number): string => `${prefix}:{probe-${index}}`;
  const write = async (indexes: readonly number[]): Promise<void> => {
    await connection.ask(() => Promise.all(indexes.map((index) => client.set(keyOf(index), "1"))));
  };
  if (!(client instanceof Cluster)) return () => write([0]);

  let slots: readonly number[] | null = null;
  const slotsOfKeys = (): Promise<readonly number[]> =>
    connection.ask(() =>
      Promise.all(Array.from({ length: KEYS }, (_none, index) => client.cluster("KEYSLOT", keyOf(index)))),
    );
  return async () => {
    slots ??= await slotsOfKeys();
    // A slot without a master counts as one: whoever asks for it finds out.
    const oneOfEach = new Map(slots.map((slot, index) => [client.slots[slot]?.[0], index]));
    await write([...oneOfEach.values()]);
  };
}
