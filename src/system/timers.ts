/** Timers and loops: the only place where something happens because time passed. */

export interface Loop {
  /** No further turn begins; resolves when the one under way has ended. Twice is harmless. */
  stop(): Promise<void>;
}

/**
 * Calls `turn`, waits until it has ended and `everyMs` more, and so on. A turn that fails is told to `onError`
 * and the next one comes all the same. A turn may ask for the next one sooner by answering its delay in ms.
 */
export function startLoop(loop: {
  everyMs: number;
  turn: () => Promise<number | void>;
  onError: (error: unknown) => void;
}): Loop {
  let isStopped = false;
  let timer: NodeJS.Timeout | null = null;
  let underWay: Promise<void> = Promise.resolve();

  const plan = (delayMs: number): void => {
    if (isStopped) return;
    timer = setTimeout(() => {
      underWay = once();
    }, delayMs);
    timer.unref();
  };
  const once = async (): Promise<void> => {
    let delayMs = loop.everyMs;
    try {
      delayMs = Math.min((await loop.turn()) ?? loop.everyMs, loop.everyMs);
    } catch (error) {
      loop.onError(error);
    }
    plan(delayMs);
  };

  plan(0);
  return {
    async stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      await underWay;
    },
  };
}

/** Calls `act` once after `delayMs`, unless what is given back is called before. Holds no process open. */
export function after(delayMs: number, act: () => void): () => void {
  const timer: { unref?(): unknown } | number = setTimeout(act, delayMs);
  // Elsewhere than in Node a timer is a number, and holds nothing.
  if (typeof timer !== "number") timer.unref?.();
  return () => clearTimeout(timer as NodeJS.Timeout);
}

/** The same promise, rejected after `durationMs`. The work itself goes on, and nobody hears of its end. */
export function within<Result>(work: Promise<Result>, durationMs: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = after(durationMs, () => reject(new Error(`Nothing came of it within ${durationMs} ms.`)));
    work.then(resolve, reject).finally(cancel);
  });
}

/** Calls `act` when everything that is ready to run now has run. */
export function afterTurn(act: () => void): void {
  setImmediate(act);
}
