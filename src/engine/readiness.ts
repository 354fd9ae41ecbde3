/** Whether this Rollcall can do its work now: for the probes that decide about traffic and restarts. */
import { durationInWords } from "../domain/duration.ts";
import { LIMITS } from "../domain/limits.ts";
import type { EngineParts } from "./parts.ts";

export interface Readiness {
  isReady: boolean;
  /** One sentence for each thing that is wrong. */
  problems: readonly string[];
  /** How long the oldest due monitor has been waiting to be looked at. */
  lagMs: number;
}

export async function readiness({ store, clock, log }: EngineParts): Promise<Readiness> {
  try {
    await store.ping();
    const nowAt = clock.now();
    const [oldest] = await store.dueMonitors(nowAt, 1);
    const lagMs = oldest === undefined ? 0 : Math.max(0, nowAt - oldest.dueAt);
    if (lagMs <= LIMITS.readyLagMs) return { isReady: true, problems: [], lagMs };
    const problem = `The oldest due window has been waiting for ${durationInWords(lagMs)}: ticks do not keep up.`;
    return { isReady: false, problems: [problem], lagMs };
  } catch (error) {
    log.error("the store does not answer a readiness probe", { error });
    return { isReady: false, problems: ["The store cannot be written: check its disk."], lagMs: 0 };
  }
}
