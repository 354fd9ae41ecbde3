/** Waiting on purpose, and measuring how long something took: time that no clock change disturbs. */

/** Resolves after `delayMs`, or at once when `signal` fires. Holds the process open meanwhile. */
export function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end);
  });
}

/** Milliseconds since this call, each time what is given back is called. */
export function startStopwatch(): () => number {
  const startedAt = performance.now();
  return () => performance.now() - startedAt;
}
