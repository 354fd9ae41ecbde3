/** Seeds in which Rollcall once broke a rule. They are played for ever, so that what was mended stays mended. */
import type { Processes } from "./world.ts";

export interface Failing {
  seed: number;
  /** As it was when it broke one, whatever the seed would choose today. */
  processes: Processes;
}

const OF_ONE = [122, 230, 365, 520, 1004, 4021, 4036, 6034, 7062, 7090, 8057, 8102, 31007];

export const FAILING_SEEDS: readonly Failing[] = OF_ONE.map((seed) => ({ seed, processes: "one" }));
