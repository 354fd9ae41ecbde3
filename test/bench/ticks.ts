/** What a tick costs follows the monitors that are due, not those that there are. */
import { createExpertChecks } from "../../src/checks/all.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { randomIds } from "../../src/system/ids.ts";
import { createOutbound } from "../../src/system/outbound.ts";
import { after } from "../../src/system/timers.ts";
import { vaultOf } from "../../src/system/vault.ts";
import { zoneDataVersion } from "../../src/system/zone-data.ts";
import { timed, type Benchmark, type Figure } from "./figures.ts";
import { fill, openStore } from "./monitors.ts";
import { makeFolder } from "./programs.ts";
import { noMatrix } from "../stubs/no-matrix.ts";

const DUE = 10_000;
const MANY = 100_000;
const MANY_IN_FULL = 1_000_000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export const ticks: Benchmark = {
  name: "ticks",
  about: `${DUE} due monitors judged, alone and among many that are not due`,
  async run({ isFull }) {
    const alone = await ticked(DUE);
    const many = isFull ? MANY_IN_FULL : MANY;
    const among = await ticked(many);
    const ratio = among.cpuMs / alone.cpuMs;
    return [
      figureOf(`${DUE} monitors, all due`, alone),
      {
        ...figureOf(`${DUE} due among ${many}`, among),
        figure: `${ratio.toFixed(2)} times the CPU time of these alone`,
        wanted: "1",
      },
    ];
  },
};

interface Taken {
  wallMs: number;
  cpuMs: number;
}

function figureOf(what: string, { wallMs, cpuMs }: Taken): Figure {
  return { what, perSecond: (DUE * 1_000) / wallMs, perCpuSecond: (DUE * 1_000) / cpuMs };
}

/** So many monitors, the first ones due a minute later. */
async function ticked(count: number): Promise<Taken> {
  const folder = makeFolder();
  const store = await openStore(folder.path);
  let nowAt = Date.now();
  const input = (index: number) => ({ schedule: { every: index < DUE ? MINUTE_MS / 2 : DAY_MS } });
  await fill(store, { count, createdAt: nowAt, input });
  const engine = await engineOver(store, () => nowAt);
  // Once, with the first time-zone data that it knows, an engine looks at every monitor.
  await tickAll(engine);
  nowAt += MINUTE_MS;
  let judged = 0;
  const taken = await timed(async () => {
    judged = await tickAll(engine);
  });
  await store.close();
  folder.remove();
  if (judged !== DUE) throw new Error(`${judged} were judged, not ${DUE}.`);
  return taken;
}

/** Until nothing more is due; how many were judged. */
export async function tickAll(engine: Engine): Promise<number> {
  let judged = 0;
  for (let isMoreDue = true; isMoreDue;) {
    const result = await engine.tick();
    judged += result.judged;
    ({ isMoreDue } = result);
  }
  return judged;
}

export function engineOver(store: Parameters<typeof fill>[0], now: () => number) {
  const quiet = (): void => undefined;
  return createEngine({
    store,
    clock: { now },
    ids: randomIds(),
    vault: vaultOf(Buffer.alloc(32, 1)),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    outbound: createOutbound({ allow: [] }),
    matrix: noMatrix,
    experts: createExpertChecks({ after }),
    channels: [],
    publicUrl: "http://127.0.0.1",
    zoneData: zoneDataVersion(),
  });
}
