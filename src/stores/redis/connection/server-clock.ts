/**
 * The time of Redis, told without asking: this machine's clock and how far it is off. Processes on machines whose clocks
 * disagree stamp alike, because all of them go by the clock of the one thing they share.
 */
import { Cluster, type Redis } from "ioredis";
import { RollcallError } from "../../../domain/errors.ts";
import type { Clock, Log } from "../../../ports/outside.ts";
import type { Connection } from "../connection.ts";

export interface ServerClock extends Clock {
  /**
   * Measures again, as is to be done every few seconds: clocks drift, and are set. Where nobody answers, what was
   * measured last stays.
   */
  measure(): Promise<void>;
}

interface Measuring {
  connection: Connection;
  /** This machine's own. */
  local: Clock;
  log: Log | null;
}

/** Of so many tries the one that took the shortest counts: what an answer takes there and back is not known apart. */
const TRIES = 5;
/** Masters further apart than this would refuse each other's stamps by turns. */
const DISAGREEMENT_MS = 100;
const DISAGREEMENT =
  "the clocks of the Redis masters disagree: keep them in step, or check-ins will be refused";

/** Throws `unavailable` where Redis does not answer. */
export async function serverClock(measuring: Measuring): Promise<ServerClock> {
  const { connection, local, log } = measuring;
  let offsetMs = 0;
  let areApart = false;
  let underWay: Promise<void> | null = null;
  const take = ({ medianMs, apartMs }: Measured): void => {
    offsetMs = medianMs;
    const wereApart = areApart;
    areApart = apartMs > DISAGREEMENT_MS;
    if (areApart && !wereApart) log?.warn(DISAGREEMENT, { apartMs });
  };
  const measure = async (): Promise<void> => {
    try {
      take(await offsetsOf(measuring));
    } catch (error) {
      log?.debug("the time of Redis could not be asked for", { reason: String(error) });
    } finally {
      underWay = null;
    }
  };
  take(await connection.ask(() => offsetsOf(measuring)));
  return {
    now: () => Math.round(local.now() + offsetMs),
    // Where the clock was set, every commit of that moment is refused and asks for this.
    measure: () => (underWay ??= measure()),
  };
}

interface Measured {
  /** Of all masters. */
  medianMs: number;
  /** The furthest two. */
  apartMs: number;
}

async function offsetsOf({ connection: { client }, local }: Measuring): Promise<Measured> {
  const masters = client instanceof Cluster ? client.nodes("master") : [client];
  const answers = await Promise.allSettled(masters.map((master) => offsetTo(master, local)));
  const offsets = answers
    .flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []))
    .toSorted((one, other) => one - other);
  const medianMs = offsets[Math.floor(offsets.length / 2)];
  if (medianMs === undefined) throw new Error("no master tells its time");
  return { medianMs, apartMs: (offsets.at(-1) ?? medianMs) - (offsets[0] ?? medianMs) };
}

async function offsetTo(master: Redis, local: Clock): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, offsetMs: 0 };
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const askedAt = local.now();
    const [seconds, microseconds] = await master.time();
    const tookMs = local.now() - askedAt;
    const serverAt = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    // Below nothing: the clock was set meanwhile.
    if (tookMs >= 0 && tookMs < best.tookMs) best = { tookMs, offsetMs: serverAt - askedAt - tookMs / 2 };
  }
  if (best.tookMs === Number.POSITIVE_INFINITY) throw new Error("this machine's clock runs backwards");
  return best.offsetMs;
}

/** For what a script refused by the clock of its server. */
export function outOfTime(why: "clock" | "late"): RollcallError {
  const sentence =
    why === "late"
      ? "It took too long until this check-in could be kept; nothing of it was. Try again."
      : "The clock of this machine was found to differ from that of Redis; nothing was kept. Try again.";
  return new RollcallError("unavailable", sentence, { retryAfterSeconds: 1 });
}
