/**
 * What each scheduler does with a job where the clock changes: the one table in which they differ. A *fixed* job
 * names minute and hour; all others are wildcard jobs.
 */
import type { CronFields } from "./cron-expression.ts";
import type { Scheduler } from "./schedule-kinds.ts";

type Jobs = "none" | "fixed" | "all";

export interface ClockRule {
  /** Whose skipped times are made up for by one run at the change, where the clock goes forward. */
  readonly catchesUp: Jobs;
  /** Who sleeps through the second pass, where the clock goes back: those jobs ran in the first. */
  readonly sleeps: Jobs;
}

/** `utc-platform` never meets a change. */
export const CLOCK_RULES: Readonly<Record<Scheduler, ClockRule>> = {
  cron: { catchesUp: "fixed", sleeps: "fixed" },
  kubernetes: { catchesUp: "none", sleeps: "none" },
  systemd: { catchesUp: "none", sleeps: "all" },
  "utc-platform": { catchesUp: "fixed", sleeps: "fixed" },
};

/** Where nobody said which scheduler it is: every run that one of them would make … */
export const POSSIBLE: ClockRule = { catchesUp: "fixed", sleeps: "none" };

/** … and the runs that all of them would make. */
export const CERTAIN: ClockRule = { catchesUp: "none", sleeps: "all" };

export function mayCatchUp(rule: ClockRule, fields: CronFields): boolean {
  return concerns(rule.catchesUp, fields);
}

export function maySleep(rule: ClockRule, fields: CronFields): boolean {
  return concerns(rule.sleeps, fields);
}

function concerns(jobs: Jobs, fields: CronFields): boolean {
  return jobs === "all" || (jobs === "fixed" && fields.isFixed);
}
