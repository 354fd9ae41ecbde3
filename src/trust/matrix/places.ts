/** So much at once and no more: a target is tried, not loaded. */

export interface Places {
  /** Begins `work` when there is a place. */
  take<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function createPlaces(count: number): Places {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    async take(work) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => void waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        // The place goes to the next in line, or is free again.
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}
