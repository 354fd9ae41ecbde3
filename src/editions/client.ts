/**
 * The library published as `rollcall/client`: the typed calls of the management API, and `run` for jobs in Node, joined
 * here with the time and chance of the process that it runs in.
 */
import { createRun } from "../client/run.ts";
import { wallClock } from "../system/clock.ts";
import { randomIds } from "../system/ids.ts";
import { pause } from "../system/pause.ts";
import { after } from "../system/timers.ts";

export * from "../client/client.ts";
export type { EnvironmentGiven, EvidenceGiven, Run, RunJob, RunOptions } from "../client/run.ts";
export type { RunStep, RunSteps, StepBody } from "../client/run-steps.ts";

/**
 * Runs `job` and tells Rollcall of it: its start, its steps, what it did and its end. Gives back what the job gives back
 * and throws what it throws, unchanged. It never throws anything of its own, and only the end is waited for, for
 * `timeoutMs` at most (5 s unless told).
 *
 *     await run("lead-agent", async (run) => {
 *       run.expect(leads.length);
 *       await run.step("enrich", () => enrich(leads, { fetch: run.fetch }));
 *     }, { url: process.env.ROLLCALL_URL, key: process.env.ROLLCALL_PING_KEY });
 */
export const run = createRun({
  now: wallClock().now,
  uuid: randomIds().uuid,
  after,
  pause,
  warn: (sentence) => console.warn(sentence),
});
