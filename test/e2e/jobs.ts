/**
 * Real jobs for end-to-end tests: a shell script that a loop fires every three seconds of the wall clock, as cron
 * would, and that checks in by curl or is wrapped in `rollcall exec`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PING_KEY, startChild, type Child, type Home } from "./server-program.ts";
import { until } from "./waiting.ts";

/** As cron writes it, with seconds. */
export const EVERY_THREE_SECONDS = "*/3 * * * * *";
export const THREE_SECONDS_MS = 3_000;

/** What is expected after monitors were made and before their jobs begin is missing: resolves when there is time for both. */
export function justBehindTick(): Promise<unknown> {
  return until("a moment just behind a tick", () => Date.now() % THREE_SECONDS_MS < 1_000);
}

export interface Job {
  /** The loop and the run that is under way die at once, as when a machine is pulled out of the wall. */
  kill(): Promise<void>;
}

/** What people put around a job: a line before and a line after, which never make the job itself fail. */
const BY_CURL = `
tell() { curl -fsS -m 2 --retry 3 --retry-connrefused -o /dev/null "$ROLLCALL_URL/checkin/$ROLLCALL_PING_KEY/$1" || :; }
run=$$-$(date +%s)
for monitor in $MONITORS; do (
  tell "$monitor/start?run=$run"
  echo "working for $monitor"
  tell "$monitor/$??run=$run"
) & done
wait
`;

const BY_EXEC = `
for monitor in $MONITORS; do
  "$NODE" "$CLI" exec "$monitor" --quiet -- sh -c 'echo "working as $ROLLCALL_RUN_ID"' &
done
wait
`;

/** Every run is a program of its own, so that a slow one does not keep the next one waiting. */
const LOOP = `
while :; do
  sleep "$((3 - $(date +%s) % 3))"
  sh "$SCRIPT" &
done
`;

export function startJob(
  home: Home,
  job: { by: "curl" | "exec"; monitors: readonly string[]; url: string },
): Job {
  const script = join(home.folder, `job-by-${job.by}.sh`);
  writeFileSync(script, job.by === "curl" ? BY_CURL : BY_EXEC);
  const child: Child = startChild(
    ["sh", "-c", LOOP],
    {
      PATH: process.env["PATH"],
      ROLLCALL_URL: job.url,
      ROLLCALL_PING_KEY: PING_KEY,
      ROLLCALL_SPOOL: join(home.folder, "spool"),
      MONITORS: job.monitors.join(" "),
      SCRIPT: script,
      NODE: process.execPath,
      CLI: home.cli,
    },
    { isOwnGroup: true },
  );
  return {
    async kill() {
      if (child.process.exitCode === null && child.process.signalCode === null)
        process.kill(-child.pid, "SIGKILL");
      await child.ended;
    },
  };
}
