/** The memory store knows one process: this is what each of several sees of it. */
import type { Store } from "../../src/ports/store.ts";

/** `signs`: of life, by process; each keeps its own, and is answered the latest of all. */
export function viewOf(store: Store, signs: Map<string, number>, name: string): Store {
  return {
    ...store,
    lastSignOfLifeAt: async () => (signs.size === 0 ? null : Math.max(...signs.values())),
    signOfLife: async (at) => void signs.set(name, at),
    async addBlindSpot(spot) {
      const known = await store.listBlindSpots(0);
      if (known.some(({ id }) => id === spot.id)) return;
      await store.addBlindSpot(spot);
      signs.set(name, Math.max(spot.toAt, signs.get(name) ?? spot.toAt));
    },
  };
}
