/**
 * The steps of a run as they go on: which one it is, how it ended, and what the hosts that it asked had answered last
 * when it failed.
 */
import type { StepKind, StepStatus } from "../domain/outcome/outcome.ts";
import type { HttpAnswer } from "./run-fetch.ts";
import type { RunRecord } from "./run-record.ts";
import { createCounting, NAME_CHARACTERS, TEXT_CHARACTERS, textOf, type Counting } from "./run-told.ts";

export type StepBody<Result> = (step: RunStep) => Result | PromiseLike<Result>;
export type RunSteps = <Result>(
  name: string,
  body: StepBody<Result>,
  more?: { kind?: StepKind },
) => Promise<Result>;

/** What a step may say while it goes on. Counts here are its own, beside those of the run. */
export interface RunStep extends Counting {
  /** Tokens used, in and out together; adds up. */
  tokens(count: number): void;
  /** Adds up. */
  cost(amount: number): void;
  /** A step within this one. */
  step: RunSteps;
}

/** As it goes over the wire; told again whenever it has changed. */
interface StepGiven {
  id: string;
  parent_id?: string;
  seq?: number;
  name: string;
  kind?: StepKind;
  status: StepStatus;
  started_at: number;
  ended_at?: number;
  attempt?: number;
  counts?: Record<string, number>;
  http?: { method?: string; host?: string; status: number; retry_after?: number | null };
  error?: { type: string; message: string };
  tokens?: number;
  cost?: number;
}

interface UnderWay {
  given: StepGiven;
  /** The last answer of each host, which is counted when the next one comes or the step ends. */
  answers: Map<string, { answer: HttpAnswer; at: number }>;
}

const STEP_WITHIN_MS = 1_000;
const COUNTS_WITHIN_MS = 10_000;
const PLANNED = 200;
const FAILED_REMEMBERED = 200;

export function createSteps({
  now,
  record,
  changed,
}: {
  now: () => number;
  record: RunRecord;
  changed: (withinMs: number) => void;
}) {
  const underWay: UnderWay[] = [];
  /** The latest try of each step that has failed, by its name and parent. */
  const failed = new Map<string, StepGiven>();
  let plan: readonly string[] = [];
  let begun = 0;
  let topmost = 0;

  const tell = (given: StepGiven, withinMs: number): void => {
    // Each try is told, for what hosts answered to it is counted by it.
    record.put(`step ${given.id} ${given.attempt ?? 1}`, { into: "steps", value: given });
    changed(withinMs);
  };
  const tally = ({ answer, at }: { answer: HttpAnswer; at: number }): void => {
    const { host, status, retryAfterSeconds } = answer;
    const value = { host, status, count: 1, first_at: at, last_at: at, retry_after: retryAfterSeconds };
    record.put(`http ${status} ${host}`, { into: "http", value });
    changed(COUNTS_WITHIN_MS);
  };
  const begin = (name: string, parentId: string | null, kind: StepKind | undefined): UnderWay => {
    // The same once more after it failed is a further try of it.
    const before = failed.get(keyOf(name, parentId));
    if (before === undefined) begun += 1;
    const seq = before === undefined && parentId === null ? seqOf(name) : before?.seq;
    const given: StepGiven = {
      id: before?.id ?? String(begun),
      ...(parentId === null ? {} : { parent_id: parentId }),
      ...(seq === undefined ? {} : { seq }),
      name,
      ...(kind === undefined ? {} : { kind }),
      status: "running",
      started_at: now(),
      ...(before === undefined ? {} : { attempt: (before.attempt ?? 1) + 1 }),
    };
    const step: UnderWay = { given, answers: new Map() };
    underWay.push(step);
    tell(given, STEP_WITHIN_MS);
    return step;
  };
  const seqOf = (name: string): number => {
    topmost += 1;
    const planned = plan.indexOf(name) + 1;
    return planned === 0 ? topmost : planned;
  };
  const end = ({ given, answers }: UnderWay, failure: { error: unknown } | null): void => {
    underWay.splice(
      underWay.findIndex((step) => step.given === given),
      1,
    );
    const key = keyOf(given.name, given.parent_id ?? null);
    given.status = failure === null ? "ok" : "failed";
    given.ended_at = now();
    failed.delete(key);
    if (failure !== null) {
      if (failed.size < FAILED_REMEMBERED) failed.set(key, given);
      given.error = errorOf(failure.error);
      const refusal = [...answers.values()].findLast(({ answer }) => answer.status >= 400);
      // Told with the step, it is counted by that.
      if (refusal !== undefined) answers.delete(refusal.answer.host);
      given.http = refusal === undefined ? statusOf(failure.error) : httpOf(refusal.answer);
    }
    for (const answered of answers.values()) tally(answered);
    tell(given, STEP_WITHIN_MS);
  };
  const stepsOf = (parentId: string | null): RunSteps => {
    return async (name, body, more) => {
      const step = begin(textOf(name, NAME_CHARACTERS), parentId, more?.kind);
      try {
        const result = await body(handleOf(step.given));
        end(step, null);
        return result;
      } catch (error) {
        end(step, { error });
        throw error;
      }
    };
  };
  const handleOf = (given: StepGiven): RunStep => {
    const counting = createCounting((counts) => {
      given.counts = counts;
      tell(given, COUNTS_WITHIN_MS);
    });
    const addTo =
      (name: "tokens" | "cost") =>
      (amount: number): void => {
        if (Number.isFinite(amount)) given[name] = (given[name] ?? 0) + amount;
        tell(given, COUNTS_WITHIN_MS);
      };
    return { ...counting, tokens: addTo("tokens"), cost: addTo("cost"), step: stepsOf(given.id) };
  };

  return {
    plan(names: readonly string[]): void {
      plan = Array.isArray(names) ? names.slice(0, PLANNED).map((name) => textOf(name, NAME_CHARACTERS)) : [];
      record.put("plan", { into: "plan", value: plan });
      changed(STEP_WITHIN_MS);
    },
    step: stepsOf(null),
    /** Of the step that began last; of the run where none is under way. */
    answered(answer: HttpAnswer): void {
      const answered = { answer, at: now() };
      const answers = underWay.at(-1)?.answers;
      const before = answers?.get(answer.host);
      if (answers === undefined) return tally(answered);
      if (before !== undefined) tally(before);
      // The latest one last.
      answers.delete(answer.host);
      answers.set(answer.host, answered);
    },
  };
}

/** `TypeError: fetch failed: connect ECONNREFUSED 127.0.0.1:80`, whatever was thrown. */
export function sentenceOf(error: unknown): string {
  const { type, message } = errorOf(error);
  return message === "" ? type : `${type}: ${message}`;
}

function keyOf(name: string, parentId: string | null): string {
  return JSON.stringify([parentId, name]);
}

function errorOf(error: unknown): { type: string; message: string } {
  if (!(error instanceof Error)) return { type: typeof error, message: textOf(error, TEXT_CHARACTERS) };
  const { name, message, cause } = error;
  // `fetch` keeps the reason in its cause.
  const why = cause instanceof Error && cause.message !== "" ? `: ${cause.message}` : "";
  return { type: textOf(name, NAME_CHARACTERS), message: textOf(`${message}${why}`, TEXT_CHARACTERS) };
}

function httpOf({ method, host, status, retryAfterSeconds }: HttpAnswer): NonNullable<StepGiven["http"]> {
  return { method, host, status, retry_after: retryAfterSeconds };
}

/** Clients of HTTP interfaces tell the status with the error that they throw. */
function statusOf(error: unknown): StepGiven["http"] {
  const status = error instanceof Error && "status" in error ? error.status : null;
  const isOne = typeof status === "number" && Number.isInteger(status) && status >= 400 && status <= 599;
  return isOne ? { status } : undefined;
}
