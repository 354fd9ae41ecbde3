/**
 * Several processes over one memory store on a virtual clock. The memory store knows one process: each gets a view of
 * it that keeps a sign of life of its own and answers the latest of all.
 */
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { viewOf } from "../stubs/view-of-process.ts";
import { createWorld, partsOf, type World } from "./world.ts";

export interface Process {
  engine: Engine;
  /** Its own clock, beside the world's. */
  offBy: { ms: number };
  /** Stopped or stalled: nothing of it runs. */
  isDown: boolean;
}

export interface Processes {
  /** What a story looks at, and what it tells by `api`. */
  world: World;
  /** The process that was there first, and hears. */
  api: Process;
  /** Signs of life by process. */
  signs: Map<string, number>;
  /** Begins a process (again), which hears or only judges. */
  start(name: string, does: "hears" | "judges", over?: (store: Store) => Store): Promise<Process>;
  /** Lets time pass, a second a step, while everything that is not down runs. */
  until(instant: string): Promise<void>;
  pass(seconds: number): Promise<void>;
}

/** With one that hears, and what further ones the story starts. */
export async function createProcesses(startAt: string): Promise<Processes> {
  const store = createMemoryStore();
  const signs = new Map<string, number>();
  const processes = new Map<string, Process>();
  const world = await createWorld(startAt, viewOf(store, signs, "api"), { sharing: { isHearing: true } });
  const { wall } = world;
  const api = { engine: world.engine, offBy: { ms: 0 }, isDown: false };
  processes.set("api", api);

  const passTo = async (at: number): Promise<void> => {
    while (wall.at < at) {
      wall.at = Math.min(at, wall.at + 1_000);
      for (const each of processes.values()) if (!each.isDown) await tickAll(each.engine);
    }
  };
  return {
    world,
    api,
    signs,
    async start(name, does, over = (one) => one) {
      const offBy = { ms: 0 };
      const parts = partsOf(over(viewOf(store, signs, name)), wall);
      const engine = await createEngine({
        ...parts,
        clock: { now: () => wall.at + offBy.ms },
        ids: { ...parts.ids, secret: (length) => `${name}-${parts.ids.secret(length)}` },
        sharing: { isHearing: does === "hears" },
      });
      const process = { engine, offBy, isDown: false };
      processes.set(name, process);
      return process;
    },
    until: (instant) => passTo(Date.parse(instant)),
    pass: (seconds) => passTo(wall.at + seconds * 1_000),
  };
}

export async function tickAll(engine: Engine): Promise<void> {
  while ((await engine.tick()).isMoreDue);
}
