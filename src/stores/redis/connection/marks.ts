/**
 * Marks all over a Cluster, written once and for all when it is first used: a master that comes back without what it had
 * is found out by the marks that it has no more. They move with their slots, and a replica has them.
 */
import type { Connection } from "../connection.ts";
import { baseOf, INSTANCE } from "../places.ts";
import { stop } from "./reaching.ts";
import type { Spread } from "./spread.ts";

export interface Marks {
  /** Looks at some on each master, and at those that were missing before. */
  areThere(): Promise<boolean>;
}

/** Throws where some are missing: `instance` is what each of them says, and what stands at `instanceKey`. */
export async function marksIn(
  { client, prefix, ask }: Connection,
  { bases, oneOfEach }: Spread,
  { instance, instanceKey }: { instance: string; instanceKey: string },
): Promise<Marks> {
  const markedKey = `${baseOf({ prefix }, INSTANCE)}marked`;
  const keyOf = (index: number): string => `${bases[index]}:mark`;
  const all = [...bases.keys()];
  const told = (indexes: readonly number[]): Promise<(string | null)[]> =>
    ask(() => Promise.all(indexes.map((index) => client.get(keyOf(index)))));

  const isMarked = (await ask(() => client.get(markedKey))) === instance;
  const found = await told(all);
  const other = found.find((mark) => mark !== null && mark !== instance);
  if (other !== undefined) throw emptied(`set ${instanceKey} to ${other}`);
  if (isMarked && found.includes(null)) throw emptied(`delete ${markedKey}`);
  if (!isMarked) {
    // Whoever dies in between is followed by the next one. Several at once write the same.
    await ask(() => Promise.all(all.map((index) => client.set(keyOf(index), instance))));
    await ask(() => client.set(markedKey, instance));
  }

  const missing = new Set<number>();
  return {
    async areThere() {
      const indexes = [...new Set([...missing, ...oneOfEach()])];
      for (const [at, mark] of (await told(indexes)).entries()) {
        const index = indexes[at] ?? 0;
        if (mark === instance) missing.delete(index);
        else missing.add(index);
      }
      return missing.size === 0;
    },
  };
}

function emptied(act: string): Error {
  return stop(
    "A master of the Redis Cluster has lost what it held: put its data back, or begin anew under another" +
      ` ROLLCALL_REDIS_PREFIX; to go on with what is left, ${act}, and start again`,
  );
}
