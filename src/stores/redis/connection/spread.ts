/**
 * Keys that lie all over a Cluster, so that each master has some, whichever slots it has just now. Of one server it is one
 * key.
 */
import { Cluster } from "ioredis";
import type { Connection } from "../connection.ts";

export interface Spread {
  /** What the names of these keys begin with, each in a slot of its own. */
  bases: readonly string[];
  /** The numbers of such bases, one on each master; others with every call, so that in the end all had their turn. */
  oneOfEach(): readonly number[];
}

/** That none of so many lies on one master of fifty has a chance of 3 in 100 000. */
const KEYS = 512;

export async function spreadOver({ client, prefix, ask }: Connection): Promise<Spread> {
  const many = client instanceof Cluster ? KEYS : 1;
  const bases = Array.from({ length: many }, (_none, index) => `${prefix}:{probe-${index}}`);
  if (!(client instanceof Cluster)) return { bases, oneOfEach: () => [0] };

  const slots = await ask(() => Promise.all(bases.map((base) => client.cluster("KEYSLOT", base))));
  let turn = 0;
  return {
    bases,
    oneOfEach() {
      turn += 1;
      // A slot without a master counts as one: whoever asks for it finds out.
      const byMaster = Map.groupBy(bases.keys(), (index) => client.slots[slots[index] ?? 0]?.[0]);
      return [...byMaster.values()].map((there) => there[turn % there.length] ?? 0);
    },
  };
}
