/**
 * `run`: a job in Node tells Rollcall of its start, its steps, what it did and its end. It never throws into the job
 * and never holds it up for longer than stated: what cannot be told is warned of once, and the job goes on.
 */
import type { Trigger } from "../domain/check-in.ts";
import type { CountName, StepKind } from "../domain/outcome/outcome.ts";
import type { ClientError } from "./request.ts";
import { watchedFetch } from "./run-fetch.ts";
import { createRecord } from "./run-record.ts";
import { createSender, type JobWorld } from "./run-sender.ts";
import { createSteps, sentenceOf, type StepBody } from "./run-steps.ts";
import { createTold } from "./run-told.ts";

export interface RunOptions {
  /** Where Rollcall answers. A missing or wrong one is warned of, and the job runs unseen. */
  url: string | undefined;
  /** A ping key. */
  key: string | undefined;
  /** Continues a run whose start is told elsewhere: `ROLLCALL_RUN_ID` of `rollcall exec`. */
  runId?: string | undefined;
  /** `manual`: a person runs it, out of turn. */
  trigger?: Trigger;
  /** The expected instant that this run is for, in epoch milliseconds. */
  scheduledForAt?: number;
  /** How long the job's result may wait until the end is told: 5 000 unless told. Nothing else is waited for. */
  timeoutMs?: number;
  /** Another `fetch`: for Rollcall, and what `run.fetch` calls. */
  fetch?: typeof fetch;
  /** What could not be told, each once; without it a line is written to standard error. */
  onTrouble?: (trouble: ClientError) => void;
}

/** Evidence as it goes over the wire. */
export interface EvidenceGiven {
  kind?: string;
  url?: string;
  id?: string;
  name?: string;
  /** In bytes. */
  size?: number;
  sha256?: string;
  /** Epoch milliseconds or ISO 8601. */
  created_at?: number | string;
}

export interface EnvironmentGiven {
  host?: string;
  version?: string;
  commit?: string;
  trace?: string;
}

/** Its methods may be handed on alone. None of them throws, whatever it is given; after the end they do nothing. */
export interface Run {
  /** 32 hex digits, so that it may be a trace's id too, unless another one is continued. */
  readonly id: string;
  /** The names of the steps there are to be, in their order. */
  plan(names: readonly string[]): void;
  /** Runs a step. What it gives back or throws is passed on as it is; the same step once more after it failed is a retry. */
  step: <Result>(name: string, body: StepBody<Result>, more?: { kind?: StepKind }) => Promise<Result>;
  /** How many there are to be processed. */
  expect(count: number): void;
  /** Adds to a count: one, unless told. */
  count(name: CountName, by?: number): void;
  /** The latest value stands. */
  metric(name: string, value: number): void;
  /** Something that shows the work: a file, a page, a record. */
  evidence(item: EvidenceGiven): void;
  environment(environment: EnvironmentGiven): void;
  /** A line of the log, of which the end is kept. */
  log(line: string): void;
  /** What is to be said at the end. */
  message(text: string): void;
  /** `fetch`, whose answers are counted by host and status, and shown with the step that got them. */
  fetch: typeof fetch;
}

export type RunJob = <Result>(
  monitor: string,
  job: (run: Run) => Result | PromiseLike<Result>,
  options: RunOptions,
) => Promise<Result>;

const FINISH_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;

/** `run`, in a world that has time and chance. */
export function createRun(world: JobWorld): RunJob {
  return async (monitor, job, options) => {
    const { run, finish } = begin(world, monitor, options ?? {});
    let result: Awaited<ReturnType<typeof job>>;
    try {
      result = await job(run);
    } catch (error) {
      await finish(sentenceOf(error));
      throw error;
    }
    await finish(null);
    return result;
  };
}

function begin(
  world: JobWorld,
  monitor: string,
  options: Partial<RunOptions>,
): { run: Run; finish: (failure: string | null) => Promise<void> } {
  const { url = "", key = "", runId = "", trigger = "schedule", fetch: given } = options;
  const id = runId === "" ? world.uuid().replaceAll("-", "") : runId;
  const record = createRecord();
  const sender = createSender(world, {
    connection: { url, key, timeoutMs: REQUEST_TIMEOUT_MS, ...(given ? { fetch: given } : {}) },
    common: { monitor, runId: id, trigger, scheduledForAt: options.scheduledForAt ?? null },
    record,
    isContinued: runId !== "",
    timeoutMs: options.timeoutMs ?? FINISH_TIMEOUT_MS,
    onTrouble: options.onTrouble ?? ((trouble) => world.warn(`rollcall: ${monitor}: ${trouble.message}`)),
  });
  const told = createTold(record, sender.changed);
  const steps = createSteps({ now: world.now, record, changed: sender.changed });
  const run: Run = {
    id,
    ...told.methods,
    plan: steps.plan,
    step: steps.step,
    fetch: watchedFetch(given ?? fetch, steps.answered),
  };
  return {
    run,
    finish: async (failure) => {
      told.end(failure);
      await sender.finish(failure === null ? "success" : "fail");
    },
  };
}
