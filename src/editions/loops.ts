/** The embedded edition's loops. They hold no logic: each calls one thing again and again, and logs what fails. */
import { deliverDue, nothingUnderWay } from "../engine/delivery/deliver.ts";
import type { Engine } from "../engine/engine.ts";
import type { EngineParts } from "../engine/parts.ts";
import { LIMITS } from "../domain/limits.ts";
import { startLoop, type Loop } from "../system/timers.ts";

/** How long each loop rests between two turns, on the machine's clock. */
export interface Pace {
  tickMs: number;
  deliveryMs: number;
  hearingMs: number;
  sweepMs: number;
  selfTestMs: number;
}

export const USUAL_PACE: Pace = {
  tickMs: 250,
  deliveryMs: 250,
  // More often than signs of life are stored, so that none comes late.
  hearingMs: 1_000,
  sweepMs: 60_000,
  selfTestMs: 600_000,
};
const NEXT_SWEEP_MS = 1_000;

/** `parts.clock` is engine time. */
export function startLoops(parts: EngineParts, engine: Engine, pace: Pace): { stop(): Promise<void> } {
  const { store, clock, log } = parts;
  const loop = (name: string, everyMs: number, turn: () => Promise<number | void>): Loop =>
    startLoop({ everyMs, turn, onError: (error) => log.error("a loop failed", { loop: name, error }) });

  const underWay = nothingUnderWay();
  const passes = new Set<Promise<unknown>>();
  const deliver = async (): Promise<void> => {
    // Not waited for: a pass lasts as long as its slowest channel, and the others must not wait for that one.
    const pass = deliverDue(parts, {
      ...underWay,
      nowAt: clock.now(),
      onChannelTrouble: (event) => engine.reportChannelTrouble(event),
    }).catch((error: unknown) => log.error("a delivery pass failed", { error }));
    passes.add(pass);
    void pass.finally(() => passes.delete(pass));
  };

  const loops = [
    loop("tick", pace.tickMs, async () => ((await engine.tick()).isMoreDue ? 0 : pace.tickMs)),
    loop("delivery", pace.deliveryMs, deliver),
    loop("hearing", pace.hearingMs, () => engine.hearing.hear()),
    loop("sweep", pace.sweepMs, async () =>
      (await store.sweep(clock.now())) >= LIMITS.sweepRows ? NEXT_SWEEP_MS : pace.sweepMs,
    ),
    loop("self-test", pace.selfTestMs, () => engine.testQuietChannels()),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((each) => each.stop()));
      await Promise.all(passes);
      await engine.proofsSettled();
      await engine.heartbeatSettled();
    },
  };
}
