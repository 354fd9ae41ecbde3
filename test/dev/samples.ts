/** The sample monitors and their jobs: one in every status, and down with every kind and phase that there can be. */
import type { MonitorGiven } from "../../src/client/client.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** When the machine of the samples is suspended, counted from the start, and for how long. */
export const SUSPENDED = { afterMs: 6 * MINUTE, forMs: 7 * MINUTE };

/** Sends one check-in: what follows the monitor's name in its path, and the body. */
export type Say = (path: string, body?: string) => Promise<void>;

export interface Sample {
  slug: string;
  monitor: MonitorGiven;
  /** What its job does every so often, for the first time at the start; `count`: how many times before. */
  job?: { everyMs: number; run: (say: Say, count: number) => Promise<void> };
  /** Its job has a key that is not right, as after a rotation that was not carried through; or an old name. */
  refusedFor?: "key" | { name: string };
  /** The job is a route of a program, with a guard on it; `rules`: their hash. */
  guard?: { route: string; rules: string; refuses: boolean };
  /** Paused from the start, for this reason. */
  pausedFor?: string;
}

/** `startAt`: where the clock stands; schedules that must fall at a certain moment are made from it. */
export function samplesAt(startAt: number): readonly Sample[] {
  return [...GOING_WELL, ...DOWN, ...waitingFrom(startAt)];
}

const NEARLY_ALL: NonNullable<MonitorGiven["checks"]> = [
  { metric: "processed", of: "expected", op: ">=", value: 0.95 },
];
const AGENT_PLAN = JSON.stringify({
  plan: ["load", "split", "enrich", "score", "merge", "save", "report"],
  counts: { expected: 200 },
});
const ENRICH_FAILS = JSON.stringify({
  step: {
    name: "enrich",
    status: "failed",
    http: { method: "POST", host: "api.openai.com", status: 429, retry_after: 20 },
    error: { type: "RateLimitError", message: "Rate limit reached for requests" },
  },
});

function step(name: string): string {
  return JSON.stringify({ step: { name, status: "ok" } });
}

function told(expected: number, processed: number): string {
  return JSON.stringify({ counts: { expected, processed } });
}

const GOING_WELL: readonly Sample[] = [
  {
    slug: "up",
    monitor: { name: "Mail digest", tags: ["mail"], schedule: { every: "5m" } },
    job: {
      everyMs: 5 * MINUTE,
      async run(say) {
        await say("start");
        await say("success", "318 digests sent");
      },
    },
  },
  {
    slug: "verified",
    monitor: { name: "Contact sync", tags: ["crm"], schedule: { every: "5m" }, checks: NEARLY_ALL },
    job: { everyMs: 5 * MINUTE, run: (say, count) => say("success", told(200, 196 + (count % 5))) },
  },
  {
    // Good, and something is to be looked at.
    slug: "degraded",
    monitor: { name: "Ticket triage", tags: ["agents"], schedule: { every: "5m" } },
    job: { everyMs: 5 * MINUTE, run: (say) => say("success", told(50, 46)) },
  },
  {
    // Incidents that open and close: the resolved ones of the pages.
    slug: "up-and-down",
    monitor: { name: "Price feed", tags: ["prices"], schedule: { every: "10m" } },
    job: {
      everyMs: 10 * MINUTE,
      run: (say, count) => say(count % 3 === 2 ? "fail" : "success", `round ${count}`),
    },
  },
  {
    slug: "running",
    monitor: { name: "Model training", schedule: { every: "1d" }, max_runtime: "23h" },
    job: {
      everyMs: DAY,
      async run(say, count) {
        await say(`start?run=training-${count}`);
        await say(`progress?run=training-${count}`, "epoch 3 of 40");
      },
    },
  },
];

const DOWN: readonly Sample[] = [
  {
    slug: "missing",
    monitor: {
      name: "Nightly backup",
      tags: ["backup"],
      schedule: { every: "3m" },
      grace: "30s",
      channels: [{ name: "team", remind_every: "30m" }],
    },
  },
  {
    slug: "missing-rejected",
    monitor: { name: "Invoice export", schedule: { every: "3m" }, grace: "30s" },
    job: { everyMs: 3 * MINUTE, run: (say) => say("success") },
    refusedFor: "key",
  },
  {
    slug: "missing-misnamed",
    monitor: { name: "Stock import", schedule: { every: "20m" }, grace: "1m" },
    job: { everyMs: 5 * MINUTE, run: (say) => say("success") },
    refusedFor: { name: "missing-misnaned" },
  },
  {
    slug: "missing-refused",
    monitor: { name: "Report route", schedule: { every: "5m" }, grace: "1m" },
    guard: { route: "GET /api/reports", rules: "8c1f0b52d7", refuses: true },
  },
  {
    slug: "missing-undispatched",
    monitor: { name: "Clean-up route", schedule: { every: "10m" }, grace: "4m" },
    guard: { route: "POST /api/clean-up", rules: "41e09ba3c6", refuses: false },
  },
  {
    slug: "incomplete",
    monitor: { name: "Video rendering", schedule: { every: "15m" }, max_runtime: "2m" },
    job: { everyMs: 15 * MINUTE, run: (say, count) => say(`start?run=render-${count}`) },
  },
  {
    slug: "failed",
    monitor: {
      name: "Lead agent",
      tags: ["agents"],
      schedule: { every: "10m" },
      // One of its channels is gone: an incident of its own.
      channels: [{ name: "team" }, { name: "gone" }],
    },
    job: {
      everyMs: 10 * MINUTE,
      async run(say, count) {
        await say(`start?run=agent-${count}`, AGENT_PLAN);
        await say(`step?run=agent-${count}`, step("load"));
        await say(`step?run=agent-${count}`, step("split"));
        await say(`step?run=agent-${count}`, ENRICH_FAILS);
        await say(`1?run=agent-${count}`, told(200, 50));
      },
    },
  },
  {
    slug: "unverified",
    monitor: { name: "Lead scoring", tags: ["agents"], schedule: { every: "10m" }, checks: NEARLY_ALL },
    job: { everyMs: 10 * MINUTE, run: (say) => say("success", told(200, 3)) },
  },
  {
    slug: "overlap",
    monitor: { name: "Ledger close", schedule: { every: "10m" }, overlap: "forbid" },
    job: {
      everyMs: 10 * MINUTE,
      async run(say, count) {
        await say(`start?run=close-${count}`);
        if (count > 0) await say(`success?run=close-${count - 1}`);
      },
    },
  },
];

function waitingFrom(startAt: number): Sample[] {
  /** Once a day, so long after the start. */
  const dailyAfter = (ms: number): MonitorGiven["schedule"] => {
    const at = new Date(startAt + ms);
    return { cron: `${at.getUTCMinutes()} ${at.getUTCHours()} * * *` };
  };
  const once = { everyMs: 1_000 * DAY, run: (say: Say) => say("success", "by hand, to try it") };
  return [
    {
      slug: "late",
      monitor: { name: "Weekly report", schedule: dailyAfter(3 * MINUTE), grace: "12h", early: "1m" },
      job: once,
    },
    {
      // Its window falls where nothing could be heard, and the next one is a day away.
      slug: "unknown",
      monitor: { name: "Hourly import", schedule: dailyAfter(10 * MINUTE), grace: "1m" },
      job: once,
    },
    { slug: "never-seen", monitor: { name: "Quarter end", schedule: { cron: "0 0 1 1 *" } } },
    {
      slug: "paused",
      monitor: { name: "Old synchronisation", schedule: { every: "1h" } },
      pausedFor: "moves to the new cluster",
    },
  ];
}
