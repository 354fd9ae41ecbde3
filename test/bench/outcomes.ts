/**
 * What it costs that a run is looked at: a start and an end with an outcome of 2 kB, ten steps and three checks, beside a
 * plain start and end on the same server.
 */
import type { Check } from "../../src/domain/checks/check.ts";
import { PING_KEY } from "../e2e/server-program.ts";
import { inTurns, perCpuSecond, perSecond, type Rate } from "./check-ins.ts";
import { percent, type Benchmark, type Figure } from "./figures.ts";
import { fillFolder } from "./monitors.ts";
import { makeFolder, startRollcall } from "./programs.ts";

const MONITORS_EACH = 250;
const HOUR_MS = 3_600_000;

const CHECKS: readonly Check[] = [
  { severity: "fail", kind: "metric", metric: "processed", of: "expected", op: ">=", value: 0.95 },
  { severity: "fail", kind: "evidence", evidence: "leads.csv", must: { rule: "min_size", bytes: 1_000 } },
  { severity: "fail", kind: "complete" },
];

const NAMES = ["fetch", "dedupe", "enrich", "score", "rank", "draft", "review", "send", "save", "report"];

const OUTCOME = JSON.stringify({
  counts: { expected: 200, processed: 198, failed: 2 },
  metrics: { cost_usd: 0.42, tokens: 51_234 },
  plan: NAMES,
  steps: NAMES.map((name, index) => ({
    seq: index + 1,
    name,
    kind: index % 2 === 0 ? "llm" : "tool",
    status: "ok",
    started_at: `2026-11-22T06:0${index}:00Z`,
    ended_at: `2026-11-22T06:0${index}:59Z`,
    http: { method: "POST", host: "api.openai.com", status: 200 },
    tokens: 5_000 + index,
  })),
  evidence: [{ kind: "file", name: "leads.csv", size: 48_123, sha256: "0123456789abcdef".repeat(4) }],
  message: "198 of 200 leads have been enriched and saved.",
});

export const outcomes: Benchmark = {
  name: "outcomes",
  about: `check-ins with an outcome of ${(OUTCOME.length / 1_000).toFixed(1)} kB, ten steps and three checks`,
  async run({ isProfiled }) {
    const folder = makeFolder();
    await fillFolder(folder.path, {
      count: 2 * MONITORS_EACH,
      input: (index) => ({
        schedule: { every: HOUR_MS },
        ...(index < MONITORS_EACH ? {} : { checks: CHECKS }),
      }),
    });
    const rollcall = await startRollcall({ data: folder.path, isProfiled });
    try {
      const rates = await inTurns({
        plain: { ...rollcall, request: runs({ firstMonitor: 0, end: "" }) },
        told: { ...rollcall, request: runs({ firstMonitor: MONITORS_EACH, end: OUTCOME }) },
      });
      return figuresOf(rates);
    } finally {
      await rollcall.stop();
      folder.remove();
    }
  },
};

function figuresOf({ plain, told }: Record<"plain" | "told", Rate>): Figure[] {
  const speed = (rate: Rate): number => perCpuSecond(rate) ?? perSecond(rate);
  const shown = (what: string, rate: Rate): Figure => ({
    what,
    perSecond: perSecond(rate),
    perCpuSecond: perCpuSecond(rate),
  });
  return [
    shown("starts and ends", plain),
    {
      ...shown("starts, and ends with an outcome that is checked", told),
      figure: `${percent(speed(told) / speed(plain))} of plain ones a CPU second`,
    },
  ];
}

/** Starts and ends in turns, each pair a run of its own. */
function runs({ firstMonitor, end }: { firstMonitor: number; end: string }): () => string {
  const begunAt = Date.now();
  let count = 0;
  return () => {
    const run = count >> 1;
    const isStart = count % 2 === 0;
    count += 1;
    const path = `/checkin/${PING_KEY}/job-${firstMonitor + (run % MONITORS_EACH)}`;
    const head = `POST ${path}/${isStart ? "start" : "0"}?run=${begunAt}-${run} HTTP/1.1\r\nhost: 127.0.0.1\r\n`;
    const body = isStart ? "" : end;
    const type = body === "" ? "" : "content-type: application/json\r\n";
    return `${head}${type}content-length: ${body.length}\r\n\r\n${body}`;
  };
}
