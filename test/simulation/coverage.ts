/** What has happened at least once: a run of the simulation counts only if nothing of this list stayed out. */
import type { Processes } from "./world.ts";

/** To anybody. */
const USUAL = [
  // What jobs do.
  "job: good run",
  "job: early start",
  "job: late within grace",
  "job: late after grace",
  "job: missing run",
  "job: failing run",
  "job: hanging run",
  "job: duplicate start",
  "job: duplicate finish",
  "job: lone finish",
  "job: retry after failure",
  "job: manual run",
  "job: worse finish",
  "job: overlapping run",
  "job: reused run id",
  // What the network does.
  "network: lost",
  "network: delayed",
  "network: duplicated",
  "network: reordered",
  "network: answer lost",
  "client: tried again",
  "client: delivered late with its instant",
  // What becomes of check-ins.
  "check-in: accepted",
  "check-in: found to be a duplicate",
  "check-in: refused, store unavailable",
  "check-in: nobody listening",
  "check-in: decided some time after it was received",
  // What happens to Rollcall.
  "crash: before a commit",
  "crash: after a commit",
  "crash: after a send, before it was settled",
  "crash: while a blind spot is recorded",
  "crash: at any time",
  "restart: within seconds",
  "restart: after minutes",
  "store: another writer won",
  "store: unavailable for a moment",
  "store: unavailable for long",
  "store: slow",
  "clocks: changed in a zone of this world",
  // What people do.
  "person: edited a monitor",
  "person: deleted a monitor",
  "person: made a monitor anew",
  "person: paused with a reason",
  "person: paused until",
  "person: resumed",
  "person: planned a maintenance",
  "person: planned a silence",
  "person: took a plan back",
  "person: accelerated a monitor",
  "person: took an acceleration back",
  "person: acknowledged",
  "person: resolved by hand",
  "person: commented",
  "job: told of the edit",
  "job: not told of the edit",
  "check-in: refused, wrong_secret",
  "check-in: refused, revoked",
  "check-in: refused, unknown_monitor",
  "check-in: refused, deleted",
  // What channels do.
  "channel: accepted",
  "channel: answered 500",
  "channel: answered 429 with Retry-After",
  "channel: hung",
  "channel: accepted and then broke off",
  "channel: answered 404",
  // What follows.
  "window: on_time",
  "window: late",
  "window: failed",
  "window: incomplete",
  "window: missing",
  "window: unknown",
  "window: excused",
  "window: revised",
  "incident: opened",
  "incident: changed",
  "incident: resolved",
  "incident: overlap",
  "incident: delivery",
  "incident: blind",
  "incident: opened after several bad results",
  "incident: rejected at the boundary",
  "incident: closed by a person",
  "incident: closed by deletion",
  "acceleration: ended by the first good run",
  "acceleration: ended by its time",
  "acceleration: ended by an edit",
  "acceleration: ended by a person",
  "acceleration: the scheduler was found to be set back",
  "acceleration: the scheduler was found to be accelerated still",
  "message: several changes in one",
  "message: reminder",
  "message: digest",
  "message: held by a mute and told at its end",
  "message: dropped, closed before its time",
  "message: sent again",
] as const;

/** Only to one process that has its store to itself. */
const OF_ONE = [
  "store: reopened from its file",
  "wall clock: jitter backwards",
  "wall clock: drifts",
  "wall clock: set forwards a little",
  "wall clock: set forwards far",
  "wall clock: set back a little",
  "wall clock: set back far",
  "machine: slept",
] as const;

/** Only where several processes share a store. */
const OF_SEVERAL = [
  "process: stood still",
  "process: killed between two calls of the store",
  "process: cut off from the store",
  "process: jobs could not reach it",
  "process: clock set",
  "processes: trouble for all of a kind",
  "store: answer lost",
  "queue: job lost",
  "queue: job late",
  "queue: job taken over",
] as const;

const HAPPENINGS = [...USUAL, ...OF_ONE, ...OF_SEVERAL] as const;

export type Happening = (typeof HAPPENINGS)[number];

export type Coverage = Map<Happening, number>;

export function note(coverage: Coverage, what: Happening, times = 1): void {
  if (times > 0) coverage.set(what, (coverage.get(what) ?? 0) + times);
}

export function addCoverage(sum: Coverage, one: Coverage): void {
  for (const [what, times] of one) note(sum, what, times);
}

export function neverHappened(coverage: Coverage, played: ReadonlySet<Processes>): Happening[] {
  const may: readonly Happening[] = [
    ...USUAL,
    ...(played.has("one") ? OF_ONE : []),
    ...(played.has("several") ? OF_SEVERAL : []),
  ];
  return may.filter((what) => !coverage.has(what));
}

export function coverageTable(coverage: Coverage): string {
  const width = Math.max(...HAPPENINGS.map((what) => what.length));
  return HAPPENINGS.map((what) => `  ${what.padEnd(width)}  ${coverage.get(what) ?? 0}`).join("\n");
}
