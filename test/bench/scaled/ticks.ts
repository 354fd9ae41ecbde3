/**
 * What a tick over Redis costs where one in a hundred of many monitors is due, beside as many that are all there are;
 * and what a monitor takes of Redis' memory, at rest and after a run.
 */
import { Redis } from "ioredis";
import { type Benchmark, timed } from "../figures.ts";
import { cpuMsOf } from "../programs.ts";
import { engineOver, tickAll } from "../ticks.ts";
import { type ScaledRollcall, startScaled } from "./instance.ts";

const MANY = 100_000;
const MANY_IN_FULL = 1_000_000;
const DUE_OF = 100;
const PARTITIONS = 16;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export const scaledTicks: Benchmark = {
  name: "scaled-ticks",
  group: "scaled",
  about: "a tick over Redis where one in a hundred is due, and what a monitor takes of its memory",
  async run({ isFull }) {
    const many = isFull ? MANY_IN_FULL : MANY;
    const alone = await ticked(many / DUE_OF, many / DUE_OF);
    const among = await ticked(many, many / DUE_OF);
    return [
      {
        what: `${alone.due} monitors, all due`,
        perSecond: alone.perSecond,
        perCpuSecond: alone.perCpuSecond,
      },
      {
        what: `${among.due} due among ${many}`,
        perSecond: among.perSecond,
        perCpuSecond: among.perCpuSecond,
        figure: `${(alone.perCpuSecond / among.perCpuSecond).toFixed(2)} times the CPU time of these alone`,
        wanted: "1",
      },
      { what: `Redis memory of ${many} monitors`, figure: `${among.bytesAtRest} bytes a monitor` },
      { what: "the same with a judged window each, where due", figure: `${among.bytesOfWindow} bytes more` },
    ];
  },
};

async function ticked(count: number, due: number) {
  let nowAt = Date.now();
  const input = (index: number) => ({ schedule: { every: index < due ? MINUTE_MS / 2 : DAY_MS } });
  const empty = await startScaled({ filling: { count: 0, input } });
  const emptyBytes = await memoryOf(empty);
  await empty.stop();
  const rollcall = await startScaled({ filling: { count, createdAt: nowAt, input, partitions: PARTITIONS } });
  try {
    const engine = await engineOver(rollcall.store, () => nowAt);
    const restBytes = await memoryOf(rollcall);
    nowAt += MINUTE_MS;
    const redisBeforeMs = cpuMsOf(rollcall.redis.pid);
    let judged = 0;
    const { wallMs, cpuMs } = await timed(async () => {
      judged = await tickAll(engine);
    });
    const allMs = cpuMs + cpuMsOf(rollcall.redis.pid) - redisBeforeMs;
    if (judged !== due) throw new Error(`${judged} were judged, not ${due}.`);
    return {
      due,
      perSecond: (due * 1_000) / wallMs,
      perCpuSecond: (due * 1_000) / allMs,
      bytesAtRest: Math.round((restBytes - emptyBytes) / count),
      bytesOfWindow: Math.round(((await memoryOf(rollcall)) - restBytes) / due),
    };
  } finally {
    await rollcall.stop();
  }
}

async function memoryOf({ redis }: ScaledRollcall): Promise<number> {
  const client = new Redis(redis.url);
  const text = await client.info("memory");
  client.disconnect();
  return Number(/^used_memory:(\d+)/m.exec(text)?.[1]);
}
