/** What a schedule is made of: plain data, stored as it is. */

export const SCHEDULERS = ["cron", "kubernetes", "systemd", "utc-platform"] as const;
export type Scheduler = (typeof SCHEDULERS)[number];

export interface CronSchedule {
  kind: "cron";
  /** A run is expected whenever any of them matches. */
  expressions: readonly string[];
  timezone: string;
  /** Null when nobody said who fires the job. */
  scheduler: Scheduler | null;
}

export interface EverySchedule {
  kind: "every";
  everyMs: number;
  /** What the next run is counted from: the start of the last one, or its finish. */
  from: "start" | "finish";
}

export type Schedule = CronSchedule | EverySchedule;

/** What a person sends; `readSchedule` makes a schedule of it. */
export interface ScheduleInput {
  cron?: string | readonly string[];
  /** Already a duration, in milliseconds. */
  every?: number;
  from?: string;
  timezone?: string;
  scheduler?: string;
}
