/**
 * How many check-ins a second are made durable through one API and through two, beside what the same Redis takes of the
 * barest script that writes as much: the monitor's state by compare-and-set, its due instant, a run and a journal entry.
 */
import { createHash } from "node:crypto";
import { Redis } from "ioredis";
import { PING_KEY } from "../../e2e/server-program.ts";
import { percent, type Benchmark, type Figure } from "../figures.ts";
import { loadFor } from "../load.ts";
import { cpuMsOf } from "../programs.ts";
import { type ScaledRollcall, startScaled } from "./instance.ts";

const MONITORS = 500;
const CONNECTIONS = 64;
const WARM_UP_MS = 2_000;
const MEASURED_MS = 5_000;
const WANTED_RATIO = 0.6;
/** As long as what a check-in without an outcome writes. */
const DOCUMENTS = { state: 1_600, run: 400, journal: 600 };

const BARE = `
  local key = KEYS[1]
  if tonumber(redis.call("HGET", key, "version") or 0) ~= tonumber(ARGV[1]) then return 0 end
  redis.call("HSET", key, "version", ARGV[1] + 1, "state", ARGV[2])
  redis.call("HSET", "bare:{b}:run:" .. ARGV[5], ARGV[1] % 20, ARGV[3])
  redis.call("ZADD", "bare:{b}:journal:" .. ARGV[5], ARGV[1] % 20, ARGV[1] % 20 .. ARGV[4])
  redis.call("ZADD", "bare:{b}:due", ARGV[1], ARGV[5])
  return 1`;

export const scaledCheckIns: Benchmark = {
  name: "scaled-check-ins",
  group: "scaled",
  about: "durable check-ins through APIs over Redis, beside the barest script on the same Redis",
  async run({ isProfiled }) {
    const figures: Figure[] = [];
    for (const fsync of ["everysec", "always"] as const) {
      const filling = { count: MONITORS, input: () => ({ schedule: { every: 3_600_000 } }), partitions: 4 };
      const rollcall = await startScaled({ filling, fsync, apis: 1, isProfiled });
      try {
        const bare = await bareScripts(rollcall);
        const name = `appendfsync ${fsync}`;
        figures.push({ what: `${name}: bare scripts`, ...bare });
        figures.push(
          figureOf(`${name}: check-ins through 1 API`, await through(rollcall, rollcall.apis), bare),
        );
        const two = [...rollcall.apis, await rollcall.start("api")];
        figures.push(figureOf(`${name}: check-ins through 2 APIs`, await through(rollcall, two), bare));
      } finally {
        await rollcall.stop();
      }
    }
    return figures;
  },
};

interface Rate {
  perSecond: number;
  /** Of Redis alone where it is the bare script, of APIs and Redis together where it is check-ins. */
  perCpuSecond: number | null;
  redisPerCpuSecond: number | null;
}

function figureOf(what: string, rate: Rate, bare: Rate): Figure {
  const ofRedis =
    rate.redisPerCpuSecond === null || bare.redisPerCpuSecond === null
      ? ""
      : `, ${percent(rate.redisPerCpuSecond / bare.redisPerCpuSecond)} a CPU second of Redis`;
  const { perSecond, perCpuSecond } = rate;
  return {
    what,
    perSecond,
    perCpuSecond,
    figure: `${percent(perSecond / bare.perSecond)} of bare scripts${ofRedis}`,
    wanted: percent(WANTED_RATIO),
  };
}

async function bareScripts({ redis }: ScaledRollcall): Promise<Rate> {
  const client = new Redis(redis.url, { enableAutoPipelining: true });
  const sha = createHash("sha1").update(BARE).digest("hex");
  await client.script("LOAD", BARE);
  const text = (length: number): string => "x".repeat(length);
  const { state, run, journal } = {
    state: text(DOCUMENTS.state),
    run: text(DOCUMENTS.run),
    journal: text(DOCUMENTS.journal),
  };
  let done = 0;
  const one = async (id: number, endsAt: number): Promise<void> => {
    for (
      let version = Number(await client.hget(`bare:{b}:${id}`, "version"));
      performance.now() < endsAt;
      version += 1
    ) {
      const took = await client.evalsha(sha, 1, `bare:{b}:${id}`, version, state, run, journal, id);
      if (took !== 1) throw new Error("a bare script was stale");
      done += 1;
    }
  };
  const all = (ms: number) =>
    Promise.all(Array.from({ length: CONNECTIONS }, (_none, id) => one(id, performance.now() + ms)));
  await all(WARM_UP_MS);
  done = 0;
  const cpuBeforeMs = cpuMsOf(redis.pid);
  await all(MEASURED_MS);
  const cpuMs = cpuMsOf(redis.pid) - cpuBeforeMs;
  client.disconnect();
  const perCpuSecond = cpuMs > 0 ? (done * 1_000) / cpuMs : null;
  return { perSecond: (done * 1_000) / MEASURED_MS, perCpuSecond, redisPerCpuSecond: perCpuSecond };
}

async function through(
  { redis }: ScaledRollcall,
  apis: readonly { port: number; pid: number }[],
): Promise<Rate> {
  const load = async (ms: number): Promise<number> => {
    const measured = await Promise.all(
      apis.map(({ port }, index) =>
        loadFor({
          port,
          connections: CONNECTIONS / apis.length,
          ms,
          request: pairs(`${ms}-${apis.length}-${index}`),
        }),
      ),
    );
    return measured.reduce((sum, { answers }) => sum + answers, 0);
  };
  await load(WARM_UP_MS);
  const cpuOfApis = (): number => apis.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
  const before = { apis: cpuOfApis(), redis: cpuMsOf(redis.pid) };
  const answers = await load(MEASURED_MS);
  const redisMs = cpuMsOf(redis.pid) - before.redis;
  const cpuMs = cpuOfApis() - before.apis + redisMs;
  return {
    perSecond: (answers * 1_000) / MEASURED_MS,
    perCpuSecond: cpuMs > 0 ? (answers * 1_000) / cpuMs : null,
    redisPerCpuSecond: redisMs > 0 ? (answers * 1_000) / redisMs : null,
  };
}

/** A start and its finish, then the next run, of one monitor after the other. */
function pairs(name: string): () => string {
  let count = 0;
  return () => {
    const run = Math.floor(count / 2);
    const end = count % 2 === 0 ? "/start" : "";
    count += 1;
    return `GET /checkin/${PING_KEY}/job-${run % MONITORS}${end}?run=${name}-${run} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;
  };
}
