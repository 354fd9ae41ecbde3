/** The jobs themselves: they mostly do well, and each now and then fails in one of the ways in which jobs fail. */
import { LIMITS } from "../../src/domain/limits.ts";
import type { Chance } from "./chance.ts";
import { note, type Coverage, type Happening } from "./coverage.ts";
import type { Network, Saying } from "./network.ts";
import { expectedInstants } from "./schedules.ts";
import type { Spec } from "./specs.ts";
import type { VirtualTime } from "./virtual-time.ts";

interface Around {
  time: VirtualTime;
  chance: Chance;
  coverage: Coverage;
  network: Network;
}

interface Job extends Around {
  spec: Spec;
  runs: number;
  /** Its owner has put another in its place. */
  isGone: boolean;
  /** Nothing runs before then: an outage of the host. */
  isOutUntilAt: number;
}

type Deed =
  | "good"
  | "early"
  | "late_in_grace"
  | "late_after_grace"
  | "missing"
  | "failing"
  | "hanging"
  | "double_start"
  | "double_finish"
  | "lone_finish"
  | "retry"
  | "manual"
  | "worse_finish"
  | "overlapping"
  | "reused_id"
  | "outage"
  | "overtaken";

const HAPPENING_OF: Readonly<Record<Deed, Happening>> = {
  good: "job: good run",
  early: "job: early start",
  late_in_grace: "job: late within grace",
  late_after_grace: "job: late after grace",
  missing: "job: missing run",
  failing: "job: failing run",
  hanging: "job: hanging run",
  double_start: "job: duplicate start",
  double_finish: "job: duplicate finish",
  lone_finish: "job: lone finish",
  retry: "job: retry after failure",
  manual: "job: manual run",
  worse_finish: "job: worse finish",
  overlapping: "job: overlapping run",
  reused_id: "job: reused run id",
  outage: "job: missing run",
  overtaken: "network: reordered",
};
const DEEDS = Object.keys(HAPPENING_OF) as Deed[];

/** Sets a job going until `endAt`; gives back what ends it before that. Run ids never come twice by accident. */
export function startJob(around: Around, given: { spec: Spec; endAt: number; runs: number }): () => void {
  const { spec, endAt, runs } = given;
  const job: Job = { ...around, spec, runs, isGone: false, isOutUntilAt: 0 };
  if (spec.temperament !== "dead") setGoing(job, endAt);
  return () => {
    job.isGone = true;
  };
}

function setGoing(job: Job, endAt: number): void {
  const { spec } = job;
  if (spec.every === null) {
    for (const expectedAt of expectedInstants(spec, job.time.now(), endAt)) {
      const deed = chooseDeed(job);
      const startAt = expectedAt + startDelayMs(job, deed);
      job.time.at(startAt, () => {
        if (!job.isGone) run(job, deed, expectedAt);
      });
    }
    return;
  }
  const { everyMs, from } = spec.every;
  const loop = (): void => {
    if (job.isGone || job.time.now() >= endAt) return;
    const deed = chooseDeed(job);
    const takesMs = run(job, deed, null);
    const pauseMs = everyMs + startDelayMs(job, deed) + (deed === "missing" ? 2 * everyMs : 0);
    job.time.after(Math.max(1_000, from === "finish" ? takesMs + pauseMs : pauseMs), loop);
  };
  job.time.after(everyMs, loop);
}

function chooseDeed(job: Job): Deed {
  if (job.spec.temperament === "citizen") return "good";
  return job.chance.isTrue(0.72) ? "good" : job.chance.pick(DEEDS);
}

/** From the expected instant (or the end of the pause) to the start. */
function startDelayMs({ spec, chance }: Job, deed: Deed): number {
  const gapMs = spec.typicalGapMs;
  const graceMs = spec.graceMs ?? Math.min(600_000, Math.max(5_000, gapMs / 4));
  switch (deed) {
    case "early":
      return -Math.round(Math.min(graceMs, gapMs / 2) * chance.next());
    case "late_in_grace":
      return Math.round(graceMs * (0.5 + 0.5 * chance.next()));
    case "late_after_grace":
      return Math.round(graceMs + (gapMs - graceMs) * chance.next() * 0.9);
    default:
      return Math.max(leastDelayMs(spec), chance.between(0, Math.min(2_000, Math.round(graceMs / 2))));
  }
}

/** Where no start may come early, who does well leaves room for the clock of whoever stamps it. */
function leastDelayMs({ temperament, earlyMs }: Spec): number {
  return temperament === "citizen" && earlyMs === 0 ? LIMITS.clockOffMs : 0;
}

/** One run as this deed has it; gives back how long it takes. */
function run(job: Job, deed: Deed, expectedAt: number | null): number {
  const { spec, time, chance, coverage } = job;
  if (time.now() < job.isOutUntilAt) return 0;
  note(coverage, HAPPENING_OF[deed]);
  if (deed === "outage") {
    job.isOutUntilAt = time.now() + Math.min(3_600_000, chance.between(1, 6) * spec.typicalGapMs);
    return 0;
  }
  if (deed === "missing") return 0;
  job.runs += 1;
  const longestMs = Math.min(spec.maxRuntimeMs ?? spec.typicalGapMs, spec.typicalGapMs) * 0.7;
  const usualMs = spec.signals === "finish" ? Math.min(3_000, longestMs) : longestMs;
  // A citizen is done long before its next run, however uneven its schedule.
  const shortMs = spec.temperament === "citizen" ? Math.min(usualMs, 20_000) : usualMs;
  const takesMs = Math.round(shortMs * (0.05 + 0.9 * chance.next()));
  const id = `${spec.slug}-${deed === "reused_id" ? "fixed" : job.runs}`;
  const about = {
    runId: spec.style.hasRunIds || deed === "manual" || deed === "overlapping" ? id : null,
    ...(spec.style.namesWindow && expectedAt !== null ? { scheduledForAt: expectedAt } : {}),
  };
  play(job, { deed, about, takesMs });
  return takesMs;
}

interface Playing {
  deed: Deed;
  about: Pick<Saying, "runId" | "scheduledForAt">;
  takesMs: number;
}

function play(job: Job, { deed, about, takesMs }: Playing): void {
  const { spec, time, chance } = job;
  const say = (kind: Saying["kind"], more: Partial<Saying> = {}): void =>
    job.network.say(spec, { kind, ...about, ...more });
  const start = (): void => {
    if (spec.signals === "both") say("start");
  };
  const finish = (kind: "success" | "fail", afterMs = takesMs, more: Partial<Saying> = {}): void =>
    time.after(afterMs, () => say(kind, spec.signals === "finish" ? { durationMs: takesMs, ...more } : more));
  const failure = (): "success" | "fail" => (chance.isTrue(0.5) ? "fail" : "success");
  switch (deed) {
    case "failing": {
      start();
      const kind = failure();
      finish(kind, takesMs, kind === "success" ? { exitStatus: 3 } : {});
      return;
    }
    case "hanging":
      start();
      return;
    case "double_start":
      start();
      time.after(chance.between(1, 20_000), start);
      finish("success");
      return;
    case "double_finish":
      start();
      finish("success");
      finish("success", takesMs + chance.between(1, 20_000));
      return;
    case "worse_finish":
      start();
      finish("success");
      finish("fail", takesMs + chance.between(1, 20_000));
      return;
    case "lone_finish":
      finish("success", takesMs, chance.isTrue(0.5) ? { durationMs: takesMs } : {});
      return;
    case "overtaken":
      finish("success");
      time.after(takesMs + chance.between(1, 2_000), start);
      return;
    case "retry":
      start();
      finish("fail");
      time.after(takesMs + 2_000, () =>
        play(job, { deed: "good", about: otherRun(job, about), takesMs: Math.round(takesMs / 4) }),
      );
      return;
    case "manual":
      start();
      finish("success");
      time.after(Math.round(takesMs / 2), () => playManual(job));
      return;
    case "overlapping":
      start();
      finish("success");
      time.after(Math.round(takesMs / 2), () =>
        play(job, { deed: "good", about: otherRun(job, about), takesMs }),
      );
      return;
    default:
      start();
      finish("success");
  }
}

function otherRun(job: Job, about: Playing["about"]): Playing["about"] {
  job.runs += 1;
  return { runId: about.runId === null ? null : `${job.spec.slug}-${job.runs}` };
}

/** A person tries the job by hand. */
function playManual(job: Job): void {
  job.runs += 1;
  const about = { runId: `${job.spec.slug}-by-hand-${job.runs}`, trigger: "manual" as const };
  if (job.spec.signals === "both") job.network.say(job.spec, { kind: "start", ...about });
  const kind = job.chance.isTrue(0.7) ? "success" : "fail";
  job.time.after(job.chance.between(1_000, 20_000), () => job.network.say(job.spec, { kind, ...about }));
}
