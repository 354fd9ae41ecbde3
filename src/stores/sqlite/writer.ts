/**
 * Writes in the order in which they were asked for, gathered into batches. While some batches are under way the next
 * one grows, so that a slow disk makes batches larger instead of the queue longer; how much may wait is bounded.
 */
import { Worker } from "node:worker_threads";
import { RollcallError } from "../../domain/errors.ts";
import { LIMITS } from "../../domain/limits.ts";
import type { StorePlace } from "../../ports/store.ts";
import { type Call, errorOf, type Failure, type Outcome } from "./batch.ts";
import { type Asked, callOf, groupsOf } from "./commits.ts";
import { storeTrouble } from "./troubles.ts";

export interface Writer {
  /** Resolves with the write's result when it is durable. */
  write(asked: Asked, characters: number): Promise<unknown>;
  /** Throws `unavailable` when a write would be refused now. */
  requireRoom(): void;
  /** Writes what waits, then closes the database. Twice is harmless. */
  close(): Promise<void>;
}

/** Where batches are carried out, one after the other. */
export interface BatchThread {
  /** Answered by `onDone`, in order. */
  run(calls: readonly Call[]): void;
  /** Resolves when the database is closed. */
  end(): Promise<void>;
}

/** How a thread tells what became of it. */
export interface ThreadEvents {
  onDone(outcomes: readonly Outcome[]): void;
  /** It ended without having been asked to; nothing is written any more. */
  onBroken(cause: unknown): void;
}

type Waiting = Asked & {
  characters: number;
  resolve(result: unknown): void;
  reject(error: unknown): void;
};

/** A write weighs this much beside the documents that may be long. */
const LEAST_CHARACTERS = 3_000;

export function writerTo(
  place: Pick<StorePlace, "afterTurn" | "onBroken">,
  begin: (events: ThreadEvents) => BatchThread,
): Writer {
  let queued: Waiting[] = [];
  let waitingCharacters = 0;
  let isPlanned = false;
  let broken: RollcallError | null = null;
  const underWay: Waiting[][][] = [];
  let idle: (() => void) | null = null;
  let closing: Promise<void> | null = null;

  const post = (): void => {
    isPlanned = false;
    if (queued.length === 0 || underWay.length >= LIMITS.batchesUnderWay) return;
    const batch = groupsOf(queued);
    const calls = batch.map(callOf);
    queued = [];
    underWay.push(batch);
    thread.run(calls);
  };
  const onDone = (outcomes: readonly Outcome[]): void => {
    const batch = underWay.shift() ?? [];
    const isFailed = (index: number) => "failure" in (outcomes[index] ?? {});
    // One of several that went as one has failed, and must not take with it what it was built on.
    const again = batch.flatMap((group, index) => (group.length > 1 && isFailed(index) ? group : []));
    queued = [...again.map((one) => ({ ...one, isAlone: true })), ...queued];
    // Before anybody hears of it, so that the thread has work again.
    post();
    batch.forEach((group, index) => {
      if (group.length > 1 && isFailed(index)) return;
      for (const one of group) end(one, outcomes[index]);
    });
    if (underWay.length === 0 && queued.length === 0) idle?.();
  };
  const end = (one: Waiting, outcome: Outcome | undefined): void => {
    waitingCharacters -= one.characters;
    if (outcome !== undefined && "result" in outcome) one.resolve(outcome.result);
    else one.reject(outcome === undefined ? broken : storeTrouble(errorOf(outcome.failure)));
  };
  const onBroken = (cause: unknown): void => {
    broken = new RollcallError("unavailable", "The store's writing thread has ended: restart Rollcall.", {
      retryAfterSeconds: LIMITS.storeRetryAfterSeconds,
      cause,
    });
    underWay.push(groupsOf(queued));
    queued = [];
    while (underWay.length > 0) onDone([]);
    place.onBroken?.(broken);
  };
  const thread = begin({ onDone, onBroken });

  const requireRoom = (): void => {
    if (broken !== null) throw broken;
    if (waitingCharacters < LIMITS.writesWaitingCharacters) return;
    throw new RollcallError("unavailable", "The disk does not keep up: too much waits to be written.", {
      isOverload: true,
      retryAfterSeconds: LIMITS.storeRetryAfterSeconds,
    });
  };
  return {
    requireRoom,

    write: (asked, characters) =>
      new Promise((resolve, reject) => {
        requireRoom();
        const weight = characters + LEAST_CHARACTERS;
        queued.push({ ...asked, characters: weight, resolve, reject });
        waitingCharacters += weight;
        if (isPlanned) return;
        isPlanned = true;
        place.afterTurn(post);
      }),

    close() {
      closing ??= (async () => {
        post();
        if (underWay.length > 0) await new Promise<void>((resolve) => (idle = resolve));
        await thread.end();
      })();
      return closing;
    },
  };
}

/** What the thread says; whatever else comes is Node's own, which talks over the same line when it watches files. */
export type ThreadWord = { ready: Failure | null } | { outcomes: readonly Outcome[] };

/** The bundles lie side by side; the sources do too. */
const THREAD_FILE = import.meta.url.endsWith(".ts") ? "./writer-thread.ts" : "./sqlite-writer.mjs";

/** A thread of its own over the database file. Throws when a statement does not fit what the file holds. */
export async function openWriter(
  file: string,
  place: Pick<StorePlace, "afterTurn" | "onBroken">,
): Promise<Writer> {
  const worker = new Worker(new URL(THREAD_FILE, import.meta.url), { workerData: { file } });
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const failure = await new Promise<Failure | null>((resolve, reject) => {
    worker.on("message", (word: ThreadWord) => ("ready" in word ? resolve(word.ready) : undefined));
    worker.once("error", reject);
  });
  const end = async (): Promise<void> => {
    worker.postMessage(null);
    await ended;
  };
  if (failure !== null) {
    await end();
    throw errorOf(failure);
  }
  return writerTo(place, ({ onDone, onBroken }) => {
    let isEnding = false;
    let cause: unknown = null;
    worker.on("message", (word: ThreadWord) => ("outcomes" in word ? onDone(word.outcomes) : undefined));
    worker.on("error", (error) => (cause = error));
    void ended.then(() => (isEnding ? undefined : onBroken(cause)));
    return {
      run: (calls) => worker.postMessage(calls),
      end() {
        isEnding = true;
        return end();
      },
    };
  });
}
