/**
 * Asks the addresses that show a run's work whether they answer, and tells the monitor. What is under way here may
 * be lost with the process: the monitor's state says when to ask again.
 */
import { LIMITS } from "../domain/limits.ts";
import type { ProbeAnswer } from "../domain/change.ts";
import type { Run } from "../domain/run.ts";
import { OutboundError, type Outbound } from "../ports/outbound.ts";
import { judgeableNow } from "./arrivals.ts";
import type { Wanted } from "../ports/store.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import { createLanes } from "./delivery/lanes.ts";
import type { LiveParts } from "./live-parts.ts";

export interface Proofs {
  /** Returns at once; the answers are decided on as they come. */
  ask(monitorId: string, runs: readonly Run[]): void;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

/** `parts` are asked for when they are needed: these proofs are one of them. */
export function createProofs(parts: () => LiveParts): Proofs {
  const lanes = createLanes({ inLane: LIMITS.proofsPerMonitor, inAll: LIMITS.proofsAtOnce });
  const underWay = new Map<string, Promise<void>>();
  return {
    ask(monitorId, runs) {
      for (const run of runs) {
        if (underWay.has(run.id) || underWay.size >= LIMITS.proofsWaiting) continue;
        const asking = lanes
          .run(monitorId, () => askFor(parts(), run))
          .finally(() => underWay.delete(run.id));
        underWay.set(run.id, asking);
      }
    },
    async settled() {
      await Promise.all(underWay.values());
    },
  };
}

async function askFor(parts: LiveParts, run: Run): Promise<void> {
  const pending = (run.checks ?? []).filter(({ status, url }) => status === "pending" && url !== undefined);
  const urls = [...new Set(pending.flatMap(({ url }) => url ?? []))];
  try {
    const answers = await Promise.all(urls.map((url) => answerOf(parts.outbound, url)));
    await decideAndCommit(parts, {
      monitorId: run.monitorId,
      wanted: wantedForProof(run.windowAt),
      judgedAt: () => judgeableNow(parts),
      eventOf: () => ({ type: "probed", run: run.id, windowAt: run.windowAt, answers }),
    });
  } catch (error) {
    parts.log.error("a proof could not be noted", { monitorId: run.monitorId, error });
  }
}

/** The row of the run's window, which a proof may let it recover. */
function wantedForProof(windowAt: number | null): Wanted {
  return { windowsAt: windowAt === null ? [] : [windowAt] };
}

async function answerOf(outbound: Outbound, url: string): Promise<ProbeAnswer> {
  try {
    const { status } = await outbound.request({ url, method: "GET", headers: {}, body: "" });
    const isOk = status >= 200 && status < 300;
    return { url, isOk, said: `answered ${status}` };
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    return { url, isOk: false, said: `could not be reached (${error.code})` };
  }
}
