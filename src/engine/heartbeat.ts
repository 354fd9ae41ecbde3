/**
 * Who watches the watcher: after every completed tick an address that the operator names is called, so that somebody
 * outside misses it when this Rollcall stands still. Another Rollcall will do.
 */
import { LIMITS } from "../domain/limits.ts";
import { type Outbound, OutboundError } from "../ports/outbound.ts";
import { loggable } from "./delivery/loggable.ts";
import type { EngineParts } from "./parts.ts";

/** Where it goes. The operator says so and no project does: no address is closed to it. */
export interface HeartbeatTo {
  /** May hold a secret: it is in no log. */
  url: string;
  way: Pick<Outbound, "request">;
}

export interface Heartbeat {
  /** A tick is completed, and what it judged was heard. Waits for nothing and throws nothing. */
  beat(): void;
  /** How many in a row did not arrive. */
  failures(): number;
  /** Resolves when none is under way. */
  settled(): Promise<void>;
}

export function createHeartbeat({ heartbeatTo, clock, log }: EngineParts): Heartbeat {
  let lastAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let underway: Promise<void> | null = null;

  const send = async (to: HeartbeatTo): Promise<void> => {
    const trouble = await troubleOf(to);
    if (trouble === null && failures > 0) log.info("the heartbeat arrives again", { failures });
    if (trouble !== null && failures === 0) log.warn("the heartbeat does not arrive", trouble);
    failures = trouble === null ? 0 : failures + 1;
  };

  return {
    beat() {
      const nowAt = clock.now();
      if (heartbeatTo === undefined || underway !== null || nowAt - lastAt < LIMITS.heartbeatEveryMs) return;
      lastAt = nowAt;
      underway = send(heartbeatTo).finally(() => {
        underway = null;
      });
    },
    failures: () => failures,
    settled: async () => (await underway) ?? undefined,
  };
}

/** Null: it was answered as one that has arrived. */
async function troubleOf({ url, way }: HeartbeatTo): Promise<Record<string, unknown> | null> {
  try {
    const { status } = await way.request({ url, method: "GET", headers: {}, body: "" });
    return status >= 200 && status < 300 ? null : { why: `It was answered with ${status}.` };
  } catch (error) {
    return error instanceof OutboundError ? { why: error.message } : loggable(error);
  }
}
