/**
 * Tells Rollcall what the guard decided, without ever being in a route's way: one request at a time, what comes meanwhile
 * together, and again later what could not be told.
 */
import { LIMITS } from "../domain/limits.ts";
import type { BoundaryReceipt } from "../domain/trust/guarded-route.ts";
import { readWhole } from "./read-whole.ts";
import { batchBody } from "./receipt-body.ts";
import type { Place } from "./routes.ts";
import { createSigns, type Signs } from "./signs.ts";
import type { GuardWorld } from "./world.ts";

export interface Teller {
  /** Queues it and gives back at once. Never throws. */
  tell(receipt: BoundaryReceipt): void;
  /** A route that is guarded from now on, though nobody has called it yet. */
  guards(place: Place): void;
  /** Resolves when all that waits was told, or after so long. Never throws. */
  flush(timeoutMs: number): Promise<void>;
  /** Nothing is told any more. */
  stop(): void;
}

export interface TellerParts {
  world: GuardWorld;
  connection: { address: string; key: string };
  configHash: () => Promise<string>;
  /** A person may read it; each sentence once. */
  warn: (sentence: string) => void;
}

/** `later`: it may be told when tried again; `never`: it would be refused each time. */
type Result = "told" | "later" | "never";

export function createTeller(parts: TellerParts): Teller {
  const { world, warn } = parts;
  const waiting: BoundaryReceipt[] = [];
  let isSignDue = false;
  let underWay: Promise<void> | null = null;
  let failures = 0;
  let triedAt = -Infinity;
  let waitMs = 0;
  let cancel = (): void => undefined;
  let isStopped = false;
  const drained = new Set<() => void>();

  const signs = createSigns(world, () => {
    isSignDue = true;
    go();
  });
  const isIdle = (): boolean => underWay === null && waiting.length === 0 && !isSignDue;
  /** Sends now if it may, else as soon as it may. */
  const go = (): void => {
    if (isStopped || underWay !== null || isIdle()) return;
    cancel();
    const isHurried = drained.size > 0 && failures === 0;
    const leftMs = isHurried ? 0 : triedAt + waitMs - world.now();
    // A clock that was put back must not hold it for ever; a process that was frozen may be late already.
    if (leftMs > 0) cancel = world.after(Math.min(leftMs, waitMs), () => ((waitMs = 0), go()));
    else underWay = turn();
  };
  const turn = async (): Promise<void> => {
    const batch = waiting.splice(0, LIMITS.receiptsPerBatch);
    isSignDue = false;
    triedAt = world.now();
    const result = await send(parts, { batch, isMore: waiting.length > 0, signs });
    failures = result === "later" ? failures + 1 : 0;
    waitMs = failures === 0 ? LIMITS.guardBatchMs : pauseAfter(failures, world.chance());
    if (result === "later") waiting.unshift(...batch);
    makeRoom(waiting, warn);
    underWay = null;
    if (isIdle()) for (const end of drained) end();
    go();
  };

  return {
    tell(receipt) {
      waiting.push({ ...receipt, route: signs.nameOf(receipt) });
      makeRoom(waiting, warn);
      go();
    },
    guards: (place) => void signs.nameOf(place),
    async flush(timeoutMs) {
      if (isIdle() || isStopped) return;
      const giveUp = new AbortController();
      const end = (): void => giveUp.abort();
      drained.add(end);
      waitMs = 0;
      go();
      await world.pause(timeoutMs, giveUp.signal);
      drained.delete(end);
    },
    stop() {
      isStopped = true;
      signs.stop();
      cancel();
      waiting.length = 0;
    },
  };
}

async function send(
  { world, connection, configHash, warn }: TellerParts,
  { batch, isMore, signs }: { batch: readonly BoundaryReceipt[]; isMore: boolean; signs: Signs },
): Promise<Result> {
  const giveUp = new AbortController();
  const cancel = world.after(LIMITS.guardSendMs, () => giveUp.abort());
  try {
    // With a receipt nothing is waited for: it is on its way before the route's own code runs.
    const hash = batch[0]?.configHash ?? (await configHash());
    // Who was there says that nobody else called, so that goes only with the last of what waits.
    const sign = isMore ? null : signs.now(hash);
    const response = await world.fetch(connection.address, {
      method: "POST",
      headers: { authorization: `Bearer ${connection.key}`, "content-type": "application/json" },
      body: JSON.stringify(batchBody(sign, batch)),
      redirect: "manual",
      signal: giveUp.signal,
    });
    // Read to its end, so that the connection serves the next batch too; whoever else may answer there is bounded.
    await readWhole(response.body, LIMITS.responseReadBytes);
    return resultOf(response.status, warn);
  } catch {
    warn("Rollcall cannot be reached: decisions are kept in memory, and told when it answers.");
    return "later";
  } finally {
    cancel();
  }
}

function resultOf(status: number, warn: (sentence: string) => void): Result {
  if (status >= 200 && status < 300) return "told";
  const isOurs = status === 400 || status === 413 || status === 422;
  const what = WHAT_TO_DO[status] ?? (isOurs ? "what is wrong with it is lost" : "it is tried again");
  warn(`Rollcall answered ${status} to what the guard told: ${what}.`);
  return isOurs ? "never" : "later";
}

const WHAT_TO_DO: Readonly<Record<number, string>> = {
  401: "the key is wrong or was revoked",
  403: "this key may not tell that; a ping key of the project may",
  404: "its version knows no guards, or the url leads elsewhere",
};

/** Twice as long each time, and not all processes of a program at once. */
function pauseAfter(failures: number, chance: number): number {
  const longest = Math.min(LIMITS.guardRetryMs * 2 ** (failures - 1), LIMITS.guardLongestRetryMs);
  return longest * (0.75 + chance / 4);
}

/** Refused calls make room first: a flood of them must not cost the one call that was let in. */
function makeRoom(waiting: BoundaryReceipt[], warn: (sentence: string) => void): void {
  while (waiting.length > LIMITS.guardReceiptsWaiting) {
    warn("More decisions wait to be told than are kept: the oldest are lost.");
    const refused = waiting.findIndex(({ isOk }) => !isOk);
    waiting.splice(Math.max(refused, 0), 1);
  }
}
