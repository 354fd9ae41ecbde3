/**
 * Work on one thing after another, on different things side by side. Writers of one process would otherwise
 * push each other out at the same monitor, round after round, until one of them is refused.
 */
export interface Turns {
  /** Runs `work` when all earlier work under this key has ended, well or badly. */
  take<Result>(key: string, work: () => Promise<Result>): Promise<Result>;
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    take(key, work) {
      const before = last.get(key);
      const mine = before === undefined ? work() : before.then(work, work);
      last.set(key, mine);
      const forget = (): void => {
        if (last.get(key) === mine) last.delete(key);
      };
      void mine.then(forget, forget);
      return mine;
    },
  };
}
