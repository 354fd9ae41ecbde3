/**
 * What a process of the scaled edition does again and again, by its role. As the embedded edition's loops it holds no
 * logic: what is to be ticked and sent comes from the queues, so that all workers share it.
 */
import { LIMITS } from "../domain/limits.ts";
import { deliverDue, nothingUnderWay, type UnderWay } from "../engine/delivery/deliver.ts";
import { recordAgain } from "../engine/delivery/record.ts";
import type { Engine } from "../engine/engine.ts";
import type { EngineParts } from "../engine/parts.ts";
import type { Log } from "../ports/outside.ts";
import type { Partition } from "../ports/store.ts";
import type { Queues, Work } from "../queues/bullmq.ts";
import { startStopwatch } from "../system/pause.ts";
import { type Loop, startLoop, within } from "../system/timers.ts";
import type { Pulses } from "./pulses.ts";
import { hears, type Role, works } from "./roles.ts";

/** More often than signs of life are stored, so that none comes late. */
const HEARING_MS = 250;
const CLOCK_MS = 2_000;
const LOOK_AGAIN_MS = 60_000;
const UNRECORDED_MS = 500;
const TOLD_EVERY = 100;
const SWEEP_MS = 10_000;
const SELF_TEST_MS = 600_000;

export interface SharedWork {
  /** Engine time stands in `parts.clock`. */
  parts: EngineParts;
  engine: Engine;
  queues: Queues;
  role: Role;
  pulses: Pulses;
  /** Measures how far this machine's clock is off. */
  measureClock: () => Promise<void>;
  /** Looks whether Redis is still set up to keep what it acknowledges. */
  lookAtRedis: () => Promise<void>;
}

export async function startSharedWork(shared: SharedWork): Promise<{ stop(): Promise<void> }> {
  const { parts, engine, queues, role, pulses } = shared;
  const loop = (name: string, everyMs: number, turn: () => Promise<void>): Loop =>
    startLoop({ everyMs, ...toldNowAndThen(parts.log, name, turn) });

  const loops = [
    loop("clock", CLOCK_MS, shared.measureClock),
    loop("redis", LOOK_AGAIN_MS, shared.lookAtRedis),
  ];
  // A worker looks for the signs of others: which ticks come its way says nothing about them.
  const heard = hears(role)
    ? "This process has stored no sign of life"
    : "This worker could not look for signs of life";
  const hearing = pulses.steady(heard, LIMITS.blindAfterMs);
  loops.push(loop("hearing", HEARING_MS, () => hearing.during(() => engine.hearing.hear())));
  const underWay = nothingUnderWay();
  const part = works(role) ? await queues.takePart(workOf(shared, underWay)) : null;
  if (part !== null) {
    const pulse = pulses.steady("This worker could not ask for ticks", LIMITS.ticksSilentMs);
    loops.push(loop("tick", LIMITS.sharedTickMs, () => pulse.during(part.ask)));
    // Before another sends it again: whose turn the next drain is nobody knows.
    const onChannelTrouble = engine.reportChannelTrouble;
    loops.push(
      loop("unrecorded", UNRECORDED_MS, () => recordAgain(parts, { ...underWay, onChannelTrouble })),
    );
  }
  return {
    async stop() {
      // Before the loops: jobs that wait are taken by others at once.
      await part?.stop();
      await Promise.all(loops.map((each) => each.stop()));
      await engine.proofsSettled();
      await engine.heartbeatSettled();
    },
  };
}

/** While Redis is away every turn fails: the first is logged, now and then another, and the end. */
function toldNowAndThen(log: Log, loop: string, turn: () => Promise<void>) {
  let failures = 0;
  return {
    async turn() {
      await turn();
      if (failures > 0) log.info("a loop works again", { loop, failures });
      failures = 0;
    },
    onError(error: unknown) {
      if (failures % TOLD_EVERY === 0) log.error("a loop failed", { loop, failures: failures + 1, error });
      failures += 1;
    },
  };
}

function workOf({ parts, engine, queues, pulses }: SharedWork, underWay: UnderWay): Work {
  const { store, clock, log } = parts;
  const pulse = pulses.whenAsked("Ticks of this worker have failed", LIMITS.ticksSilentMs);

  const tick = async (partitions: readonly Partition[]): Promise<void> => {
    const elapsedMs = startStopwatch();
    for (;;) {
      const { isMoreDue } = await engine.tick({ partitions });
      if (!isMoreDue || elapsedMs() > LIMITS.tickTurnMs) break;
    }
    const nowAt = clock.now();
    const waiting = await Promise.all(partitions.map((partition) => store.waitingChannels(nowAt, partition)));
    // What a crash left between a commit and its drain is found here too.
    await queues.askForDrains(waiting.flat());
  };
  return {
    partitions: () => store.partitions(),
    tick: (partitions) => pulse.during(() => within(tick(partitions), LIMITS.tickStuckMs)),
    async drain(only) {
      const onChannelTrouble = engine.reportChannelTrouble;
      await deliverDue(parts, { ...underWay, nowAt: clock.now(), onChannelTrouble, only });
    },
    chores: [
      {
        name: "sweep",
        everyMs: SWEEP_MS,
        async turn() {
          const removed = await store.sweep(clock.now());
          if (removed > 0) log.debug("retention", { removed });
        },
      },
      { name: "self-test", everyMs: SELF_TEST_MS, turn: () => engine.testQuietChannels() },
    ],
  };
}
