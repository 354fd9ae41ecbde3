/**
 * Work on one thing after another, on different things side by side. Writers of one process would otherwise
 * push each other out at the same monitor, round after round, until one of them is refused.
 */
export interface Turns {
  /** Runs `work` when all earlier work under this key has passed its turn on or has ended, well or badly. */
  take<Result>(key: string, work: (passOn: () => void) => Promise<Result>): Promise<Result>;
}

export function createTurns(): Turns {
  /** By key: when the turn of the last in line is over. */
  const last = new Map<string, Promise<void>>();
  return {
    take(key, work) {
      const before = last.get(key);
      let passOn = (): void => {};
      const mine = new Promise<void>((resolve) => {
        passOn = () => {
          if (last.get(key) === mine) last.delete(key);
          resolve();
        };
      });
      last.set(key, mine);
      const result = before === undefined ? work(passOn) : before.then(() => work(passOn));
      void result.then(passOn, passOn);
      return result;
    },
  };
}
