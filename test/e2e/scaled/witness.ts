/**
 * Jobs that go on whatever happens, and remember what they were promised: steady ones on a schedule, which try again
 * as `curl --retry` does, and restless ones whose fortune changes all the time. Afterwards they are held against what
 * Rollcall says: nothing acknowledged is missing, nothing was alarmed for nothing, nothing was left untold.
 */
import { expect } from "vitest";
import type {
  IncidentAnswer,
  NotificationAnswer,
  RunAnswer,
  WindowAnswer,
} from "../../../src/client/answers.ts";
import { PING_KEY } from "../server-program.ts";
import { expectTold, everythingIn, largePages, repeatedIn } from "../told.ts";
import { until } from "../waiting.ts";
import { type Instance, watch } from "./instance.ts";

const STEADY = ["steady-0", "steady-1", "steady-2", "steady-3"];
/** Nobody checks in for these. */
const SILENT = ["silent-0", "silent-1"];
const RESTLESS = ["restless-0", "restless-1", "restless-2"];
const GAP_MS = 3_000;
/** Below the rate at which check-ins of one monitor are folded. */
const RESTLESS_MS = 200;
/** A job gives up on one run after so long, and Rollcall waits a little longer. */
const TRIES_MS = 6_000;
const GRACE = "8s";
const GRACE_MS = 8_000;
const ANSWER_WITHIN_MS = 2_500;

interface Promised {
  monitor: string;
  exitStatus: number;
  isAcknowledged: boolean;
}

export interface Witness {
  /** By run id: what was sent, and whether the answer said OK. */
  promised: ReadonlyMap<string, Promised>;
  /** Statuses and texts of answers that were neither a receipt nor a 503 with Retry-After. */
  faults: readonly string[];
  /** How many acknowledgements there are so far. */
  acknowledged(): number;
  /** Resolves when so many more were acknowledged. */
  until(more: number): Promise<void>;
  /** Ends the jobs, waits until what they did is judged, and holds it against what Rollcall says. */
  verify(allowed?: { repeated?: number; lost?: number }): Promise<void>;
}

/** `urls`: where jobs may knock, asked anew for each call; each call goes to the next of them. */
export async function startWitness(instance: Instance, urls: () => readonly string[]): Promise<Witness> {
  for (const slug of STEADY) await watch(instance, slug, { cron: "*/3 * * * * *", grace: GRACE });
  for (const slug of SILENT) await watch(instance, slug, { cron: "*/3 * * * * *", grace: "2s" });
  for (const slug of RESTLESS) await watch(instance, slug, {});
  const promised = new Map<string, Promised>();
  const faults: string[] = [];
  const startedAt = Date.now();
  let isOver = false;
  let knocks = 0;

  const isAcknowledged = async (path: string): Promise<boolean> => {
    knocks += 1;
    const all = urls();
    const url = `${all[knocks % all.length]}/checkin/${PING_KEY}/${path}`;
    try {
      const answer = await fetch(url, { method: "POST", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      const text = await answer.text();
      if (answer.status === 200 && text.startsWith("OK")) return true;
      const isToComeAgain = answer.status === 503 && answer.headers.get("retry-after") !== null;
      if (!isToComeAgain) faults.push(`${answer.status} ${text.slice(0, 200)}`);
    } catch {
      // No whole answer: nothing was promised.
    }
    return false;
  };
  const finish = async (
    monitor: string,
    runId: string,
    exitStatus: number,
    untilAt: number,
  ): Promise<void> => {
    const told: Promised = { monitor, exitStatus, isAcknowledged: false };
    promised.set(runId, told);
    while (!told.isAcknowledged && Date.now() < untilAt) {
      told.isAcknowledged = await isAcknowledged(`${monitor}/${exitStatus}?run=${runId}`);
      if (!told.isAcknowledged) await passed(200);
    }
  };
  const steady = async (monitor: string): Promise<void> => {
    const runs: Promise<void>[] = [];
    for (let at = nextAfter(Date.now()); !isOver; at = nextAfter(at)) {
      await passed(at - Date.now());
      runs.push(finish(monitor, `${monitor}-${at}`, 0, at + TRIES_MS));
    }
    await Promise.all(runs);
  };
  const restless = async (monitor: string): Promise<void> => {
    for (let count = 0; !isOver; count += 1) {
      await finish(monitor, `${monitor}-${count}`, Math.floor(count / 5) % 2, Date.now() + TRIES_MS);
      await passed(RESTLESS_MS);
    }
  };
  const jobs = [...STEADY.map(steady), ...RESTLESS.map(restless)];
  const acknowledged = (): number => [...promised.values()].filter((each) => each.isAcknowledged).length;
  await until("check-ins of all jobs", () => acknowledged() > 20);

  return {
    promised,
    faults,
    acknowledged,
    async until(more) {
      const wanted = acknowledged() + more;
      await until(`${more} more acknowledgements`, () => acknowledged() >= wanted, { withinMs: 60_000 });
    },
    async verify({ repeated = 0, lost = 0 } = {}) {
      isOver = true;
      await Promise.all(jobs);
      const endedAt = Date.now();
      expect(faults).toEqual([]);
      await verifyRuns(instance, promised, lost);
      await verifyLedgers(instance, promised, { startedAt, endedAt });
      await verifyTold(instance, repeated);
    },
  };
}

function nextAfter(at: number): number {
  return Math.floor(at / GAP_MS) * GAP_MS + GAP_MS;
}

/** Jobs fire by the wall's clock. */
function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

async function verifyRuns(instance: Instance, promised: Witness["promised"], lost: number): Promise<void> {
  const runs = new Map<string, RunAnswer>();
  for (const slug of [...STEADY, ...RESTLESS]) {
    const found = await everythingIn(largePages((query) => instance.client.monitors.runs(slug, query)));
    for (const run of found) if (run.run_id !== null) runs.set(run.run_id, run);
  }
  const missing = [...promised].filter(([runId, { monitor, exitStatus, isAcknowledged }]) => {
    const run = runs.get(runId);
    return isAcknowledged && (run?.monitor !== monitor || run.outcome?.exit_status !== exitStatus);
  });
  expect(missing.length, JSON.stringify(missing.slice(0, 5))).toBeLessThanOrEqual(lost);
  // Nor is there anything that nobody sent.
  expect([...runs.keys()].filter((runId) => !promised.has(runId))).toEqual([]);
}

/** Of every window that can be judged by now: what it must be, by what its job was told and by what nobody could hear. */
async function verifyLedgers(
  instance: Instance,
  promised: Witness["promised"],
  { startedAt, endedAt }: { startedAt: number; endedAt: number },
): Promise<void> {
  const spots = (await instance.client.blindSpots.list()).items.map(({ from, to }) => ({
    fromAt: Date.parse(from),
    toAt: Date.parse(to),
  }));
  for (const slug of [...STEADY, ...SILENT]) {
    const windows = await judgedWindows(instance, slug, { startedAt, endedAt });
    const at = windows.map(({ expected_at }) => Date.parse(expected_at));
    expect(at, `${slug} has a hole in its ledger`).toEqual(
      at.map((_at, index) => (at[0] ?? 0) + index * GAP_MS),
    );
    for (const { expected_at, start_by, verdict, judgements } of windows) {
      const [fromAt, toAt] = [Date.parse(expected_at) - 60_000, Date.parse(start_by)];
      const isBlind = spots.some((spot) => spot.fromAt <= toAt && spot.toAt >= fromAt);
      const sent = promised.get(`${slug}-${Date.parse(expected_at)}`);
      const isHeard = sent?.isAcknowledged === true;
      const right = rightVerdicts({ isHeard, isSent: sent !== undefined, isBlind });
      const told = { slug, expected_at, verdict, judgements, isHeard, isBlind };
      expect(right.includes(String(verdict)), JSON.stringify(told)).toBe(true);
      // What was heard in time was never missing, not even for a moment.
      if (isHeard)
        expect(
          judgements.map((each) => each.verdict),
          JSON.stringify(told),
        ).not.toContain("missing");
    }
  }
}

/** A receipt that was lost on its way may have been of a check-in that was kept. */
function rightVerdicts(of: { isHeard: boolean; isSent: boolean; isBlind: boolean }): string[] {
  if (of.isHeard) return ["on_time"];
  return ["missing", ...(of.isBlind ? ["unknown"] : []), ...(of.isSent ? ["on_time"] : [])];
}

async function judgedWindows(
  instance: Instance,
  slug: string,
  { startedAt, endedAt }: { startedAt: number; endedAt: number },
): Promise<WindowAnswer[]> {
  const from = new Date(startedAt).toISOString();
  const to = new Date(endedAt - GAP_MS).toISOString();
  return until(
    `a ledger of ${slug} in which all is judged`,
    async () => {
      const all = await everythingIn(
        largePages((query) => instance.client.monitors.windows(slug, { ...query, from, to })),
      );
      const due = all
        .filter((window) => Date.parse(window.expected_at) < endedAt - GAP_MS)
        .sort((one, other) => Date.parse(one.expected_at) - Date.parse(other.expected_at));
      return due.length > 0 && due.every(({ verdict }) => verdict !== null) && due;
    },
    { withinMs: 75_000 + GRACE_MS },
  );
}

async function verifyTold(instance: Instance, repeated: number): Promise<void> {
  const { client, hooks } = instance;
  const notifications: NotificationAnswer[] = await until(
    "an outbox in which everything is sent",
    async () => {
      const all = await everythingIn(client.notifications.list);
      return all.every(({ status }) => status === "sent") && all;
    },
    { withinMs: 60_000 },
  );
  expect(hooks.faults).toEqual([]);
  const incidents: IncidentAnswer[] = await everythingIn(client.incidents.list);
  const of = (slug: string): IncidentAnswer[] => incidents.filter(({ monitor }) => monitor === slug);
  for (const slug of SILENT) expect(of(slug), `one incident of ${slug}`).toHaveLength(1);
  for (const incident of incidents) if (incident.monitor !== null) expectTold(hooks, incident, notifications);
  expect(repeatedIn(hooks)).toBeLessThanOrEqual(repeated);
}
