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

export const STEADY = ["steady-0", "steady-1", "steady-2", "steady-3"];
/** Nobody checks in for these. */
export const SILENT = ["silent-0", "silent-1"];
const RESTLESS = ["restless-0", "restless-1", "restless-2"];
const GAP_MS = 3_000;
/** Below the rate at which check-ins of one monitor are folded. */
const RESTLESS_MS = 200;
/** A job gives up on one run after so long, and Rollcall waits a little longer. */
const TRIES_MS = 6_000;
const GRACE = "8s";
const GRACE_MS = 8_000;
const ANSWER_WITHIN_MS = 2_500;
/** Signs of life come so close together. */
const SIGN_MS = 1_500;

interface Promised {
  monitor: string;
  exitStatus: number;
  /** When the answer said OK; null: none did. */
  acknowledgedAt: number | null;
  /** It was acknowledged, and is not there. */
  isLost: boolean;
}

type Promises = ReadonlyMap<string, Promised>;

export interface Witness {
  /** By run id: what was sent, and whether the answer said OK. */
  promised: Promises;
  /** Statuses and texts of answers that were neither a receipt nor a 503 with Retry-After. */
  faults: readonly string[];
  /** How many acknowledgements there are so far. */
  acknowledged(): number;
  /** Resolves when so many more were acknowledged. */
  until(more: number): Promise<void>;
  /**
   * Waits until what the jobs did is judged and holds it against what Rollcall says; steady jobs go on meanwhile. Then
   * they end, and each has to be missed. Resolves with what was acknowledged and is lost.
   */
  verify(allowed?: { repeated?: number; lost?: Interval }): Promise<readonly Promised[]>;
}

/** Of what was acknowledged. */
interface Interval {
  fromAt: number;
  toAt: number;
}

/** `urls`: where jobs may knock, asked anew for each call; each call goes to the next of them. */
export async function startWitness(instance: Instance, urls: () => readonly string[]): Promise<Witness> {
  for (const slug of SILENT) await watch(instance, slug, { cron: "*/3 * * * * *", grace: "2s" });
  for (const slug of RESTLESS) await watch(instance, slug, {});
  const promised = new Map<string, Promised>();
  const faults: string[] = [];
  const over = { restless: false, steady: false };
  let knocks = 0;

  const isAcknowledged = async (path: string, runId: string): Promise<boolean> => {
    knocks += 1;
    const all = urls();
    const url = `${all[knocks % all.length]}/checkin/${PING_KEY}/${path}`;
    try {
      // The same for each try: one whose answer was lost may have been taken.
      const headers = { "idempotency-key": runId };
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const answer = await fetch(url, { method: "POST", headers, signal });
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
    of: { exitStatus: number; untilAt: number; more?: string },
  ): Promise<void> => {
    const { exitStatus, untilAt, more = "" } = of;
    const told: Promised = { monitor, exitStatus, acknowledgedAt: null, isLost: false };
    promised.set(runId, told);
    while (told.acknowledgedAt === null && Date.now() < untilAt) {
      const path = `${monitor}/${exitStatus}?run=${runId}${more}`;
      if (await isAcknowledged(path, runId)) told.acknowledgedAt = Date.now();
      else await passed(200);
    }
  };
  const steady = async (monitor: string, createdAt: number): Promise<void> => {
    const runs: Promise<void>[] = [];
    for (let at = nextAfter(createdAt); !over.steady; at = nextAfter(at)) {
      await passed(at - Date.now());
      // A try that comes after the next run has begun is still of this one.
      const more = `&scheduled_for=${new Date(at).toISOString()}`;
      runs.push(finish(monitor, `${monitor}-${at}`, { exitStatus: 0, untilAt: at + TRIES_MS, more }));
    }
    await Promise.all(runs);
  };
  const restless = async (monitor: string): Promise<void> => {
    for (let count = 0; !over.restless; count += 1) {
      const exitStatus = Math.floor(count / 5) % 2;
      await finish(monitor, `${monitor}-${count}`, { exitStatus, untilAt: Date.now() + TRIES_MS });
      await passed(RESTLESS_MS);
    }
  };
  const startedAt = Date.now();
  const steadies: Promise<void>[] = [];
  // Each from its first window on: what nobody checks in for is missing.
  for (const slug of STEADY) {
    steadies.push(steady(slug, await watch(instance, slug, { cron: "*/3 * * * * *", grace: GRACE })));
  }
  const restlesses = Promise.all(RESTLESS.map(restless));
  const acknowledged = (): number =>
    [...promised.values()].filter(({ acknowledgedAt }) => acknowledgedAt !== null).length;
  await until("check-ins of all jobs", () => acknowledged() > 20);

  return {
    promised,
    faults,
    acknowledged,
    async until(more) {
      const wanted = acknowledged() + more;
      await until(`${more} more acknowledgements`, () => acknowledged() >= wanted, { withinMs: 60_000 });
    },
    async verify({ repeated = 0, lost: mayBeLost } = {}) {
      over.restless = true;
      await restlesses;
      const endedAt = Date.now();
      expect(faults).toEqual([]);
      const lost = await findLost(instance, promised);
      const unforgivable = lost.filter(
        ({ acknowledgedAt }) => !isWithin(acknowledgedAt, mayBeLost ?? { fromAt: endedAt, toAt: startedAt }),
      );
      expect(unforgivable).toEqual([]);
      await verifyLedgers(instance, promised, { startedAt, endedAt });
      await verifyTold(instance, promised, repeated);
      over.steady = true;
      await Promise.all(steadies);
      for (const slug of STEADY) await missed(instance, slug);
      return lost;
    },
  };
}

function nextAfter(at: number): number {
  return Math.floor(at / GAP_MS) * GAP_MS + GAP_MS;
}

/** Jobs fire by the wall's clock. */
function passed(ms: number): Promise<unknown> {
  const endsAt = Date.now() + ms;
  return until("the time of it", () => Date.now() >= endsAt, { withinMs: Infinity });
}

function isWithin(at: number | null, { fromAt, toAt }: Interval): boolean {
  return at !== null && at >= fromAt && at <= toAt;
}

/** What was acknowledged and is not there, marked as lost. */
async function findLost(instance: Instance, promised: Promises): Promise<Promised[]> {
  const acknowledged = [...promised].filter(([, { acknowledgedAt }]) => acknowledgedAt !== null);
  const runs = new Map<string, RunAnswer>();
  for (const slug of [...STEADY, ...RESTLESS]) {
    const found = await everythingIn(largePages((query) => instance.client.monitors.runs(slug, query)));
    for (const run of found) if (run.run_id !== null) runs.set(run.run_id, run);
  }
  // Nor is there anything that nobody sent.
  expect([...runs.keys()].filter((runId) => !promised.has(runId))).toEqual([]);
  return acknowledged.flatMap(([runId, told]) => {
    const run = runs.get(runId);
    told.isLost = run?.monitor !== told.monitor || run.outcome?.exit_status !== told.exitStatus;
    return told.isLost ? [told] : [];
  });
}

/** A job that has ended for good is told of, by those who are there now. */
function missed({ hooks }: Instance, slug: string): Promise<unknown> {
  return until(`an alarm that ${slug} is missing`, () => hooks.told.some(({ path }) => path === `/${slug}`), {
    withinMs: 60_000,
  });
}

/** Of every window that can be judged by now: what it must be, by what its job was told and by what nobody could hear. */
async function verifyLedgers(
  instance: Instance,
  promised: Promises,
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
      const isBlindFrom = (delayMs: number): boolean =>
        spots.some((spot) => spot.fromAt + delayMs <= toAt && spot.toAt >= fromAt);
      // The sign of life up to which it was judged may have been lost itself.
      const isBlind = isBlindFrom(SIGN_MS) ? "yes" : isBlindFrom(0) ? "perhaps" : "no";
      const sent = promised.get(`${slug}-${Date.parse(expected_at)}`);
      const right = rightVerdicts(sent, { isBlind });
      const told = JSON.stringify({ slug, expected_at, verdict, judgements, sent, isBlind, right });
      expect(right.includes(String(verdict)), told).toBe(true);
      // Where it must not be missing it never was, not even for a moment.
      const isAlarmed = judgements.some((each) => each.verdict === "missing");
      expect(isAlarmed && !right.includes("missing"), told).toBe(false);
    }
  }
}

/** A receipt that was lost on its way may have been of a check-in that was kept. */
function rightVerdicts(
  sent: Promised | undefined,
  { isBlind }: { isBlind: "yes" | "perhaps" | "no" },
): string[] {
  // What was promised and lost must be seen to be unknown.
  if (sent?.isLost === true) return ["unknown"];
  if (sent !== undefined && sent.acknowledgedAt !== null) return ["on_time"];
  const absent = { yes: ["unknown"], perhaps: ["unknown", "missing"], no: ["missing"] }[isBlind];
  return sent === undefined ? absent : [...absent, "on_time"];
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

async function verifyTold(instance: Instance, promised: Promises, repeated: number): Promise<void> {
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
  for (const slug of [...STEADY, ...RESTLESS]) {
    const runs = [...promised.values()].filter(({ monitor }) => monitor === slug);
    // Whether what nobody acknowledged was kept is not known, nor what came of it.
    if (!runs.every(({ acknowledgedAt, isLost }) => acknowledgedAt !== null && !isLost)) continue;
    const turned = runs.filter(({ exitStatus }, index) => exitStatus > (runs[index - 1]?.exitStatus ?? 0));
    expect(of(slug).length, `as many incidents of ${slug} as changes for the worse`).toBe(turned.length);
  }
  for (const incident of incidents) if (incident.monitor !== null) expectTold(hooks, incident, notifications);
  expect(repeatedIn(hooks)).toBeLessThanOrEqual(repeated);
}
