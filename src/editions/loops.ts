/** The embedded edition's loops. They hold no logic: each calls one thing again and again, and logs what fails. */
import { createLanes } from "../engine/delivery/lanes.ts";
import { deliverDue } from "../engine/delivery/deliver.ts";
import type { Engine } from "../engine/engine.ts";
import type { EngineParts } from "../engine/parts.ts";
import { LIMITS } from "../domain/limits.ts";
import { startLoop, type Loop } from "../system/timers.ts";

const TICK_MS = 250;
const DELIVERY_MS = 250;
/** More often than signs of life are stored, so that none comes late. */
const HEARING_MS = 1_000;
const SWEEP_MS = 60_000;
const NEXT_SWEEP_MS = 1_000;

/** `parts.clock` is engine time. */
export function startLoops(parts: EngineParts, engine: Engine): { stop(): Promise<void> } {
  const { store, clock, log } = parts;
  const loop = (name: string, everyMs: number, turn: () => Promise<number | void>): Loop =>
    startLoop({ everyMs, turn, onError: (error) => log.error(`the ${name} loop failed`, { error }) });

  const lanes = createLanes();
  const passes = new Set<Promise<unknown>>();
  const deliver = async (): Promise<void> => {
    // Not waited for: a pass lasts as long as its slowest channel, and the others must not wait for that one.
    const pass = deliverDue(parts, {
      nowAt: clock.now(),
      lanes,
      onChannelTrouble: (event) => engine.reportChannelTrouble(event),
    }).catch((error: unknown) => log.error("a delivery pass failed", { error }));
    passes.add(pass);
    void pass.finally(() => passes.delete(pass));
  };

  const loops = [
    loop("tick", TICK_MS, async () => ((await engine.tick()).isMoreDue ? 0 : TICK_MS)),
    loop("delivery", DELIVERY_MS, deliver),
    loop("hearing", HEARING_MS, () => engine.hearing.hear()),
    loop("sweep", SWEEP_MS, async () =>
      (await store.sweep(clock.now())) >= LIMITS.sweepRows ? NEXT_SWEEP_MS : SWEEP_MS,
    ),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((each) => each.stop()));
      await Promise.all(passes);
    },
  };
}
