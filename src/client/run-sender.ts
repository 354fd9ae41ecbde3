/**
 * Tells Rollcall of a run while it goes on, without ever being in its way: one request at a time, what comes in a burst
 * together, and at the end for no longer than was promised.
 */
import type { CheckInKind } from "../domain/check-in.ts";
import { checkIn, type CheckInCall } from "./check-in.ts";
import { ClientError, type Connection } from "./request.ts";
import type { Fields, RunRecord } from "./run-record.ts";

/** What a job's surroundings give: time, chance, and somebody who may read a line. */
export interface JobWorld {
  /** Epoch ms. */
  now(): number;
  uuid(): string;
  /** Calls `act` after so long, unless what is given back is called before. Holds no process open. */
  after(delayMs: number, act: () => void): () => void;
  /** Resolves after so long, or when `signal` fires. Holds the process open. */
  pause(delayMs: number, signal: AbortSignal): Promise<void>;
  warn(sentence: string): void;
}

export interface Telling {
  connection: Connection;
  /** What every check-in of the run has in common. */
  common: Pick<CheckInCall, "monitor" | "runId" | "trigger" | "scheduledForAt">;
  record: RunRecord;
  /** Its start was told elsewhere. */
  isContinued: boolean;
  /** How long the end may take. */
  timeoutMs: number;
  onTrouble: (trouble: ClientError) => void;
}

export interface RunSender {
  /** There is something new in the record, which may wait so long. */
  changed(withinMs: number): void;
  /** Tells what is left, and the end. Resolves when Rollcall has it or the time is over. Never throws. */
  finish(kind: "success" | "fail"): Promise<void>;
}

/** What comes within it goes together, also when the server is quick. */
const SOON_MS = 1_000;
/** The first wait after a failure, which doubles with each, and the longest. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 60_000;

type Message = Omit<CheckInCall, keyof Telling["common"] | "signal">;
/** `refused`: Rollcall knows of it and will never take it. */
type Sent = "told" | "refused" | "failed";

/** Begins to tell of the run at once. */
export function createSender(world: JobWorld, telling: Telling): RunSender {
  const { record, isContinued, timeoutMs } = telling;
  const startedAt = world.now();
  const post = createPost(telling);
  /** It is sent as it is until it is told, so that an answer that was lost counts nothing twice. */
  let pending: Message | null = isContinued ? null : { ...stamp(world), kind: "start" };
  let isEnded = false;
  let underWay: Promise<void> | null = null;
  let waiting: { delayMs: number; cancel: () => void } | null = null;

  const tell = async (message: Message): Promise<Sent> => {
    pending = message;
    const sent = await post.send(message);
    if (sent !== "failed") pending = null;
    // Delivered later it would be taken for a start of then.
    else if (message.kind === "start") pending = { ...message, occurredAt: startedAt };
    return sent;
  };
  const tellSome = async (): Promise<void> => {
    if (pending !== null && (await tell(pending)) === "failed") return;
    if (!isEnded && !record.isEmpty()) await tell({ ...stamp(world), ...progressOf(record.take()) });
  };
  const begin = (): void => {
    waiting = null;
    if (isEnded || underWay !== null || post.isRefused()) return;
    underWay = tellSome().then(() => {
      underWay = null;
      if (pending !== null || !record.isEmpty()) changed(SOON_MS);
      return;
    });
  };
  const changed = (withinMs: number): void => {
    const delayMs = Math.max(withinMs, post.waitMs());
    if (isEnded || (waiting !== null && waiting.delayMs <= delayMs)) return;
    waiting?.cancel();
    waiting = { delayMs, cancel: world.after(delayMs, begin) };
  };
  const tellEnd = async (kind: "success" | "fail"): Promise<void> => {
    const endedAt = world.now();
    const end = { ...stamp(world), kind, ...(isContinued ? {} : { durationMs: endedAt - startedAt }) };
    await underWay;
    while (!post.signal.aborted) {
      // What does not fit into the end goes before it.
      const fields = pending === null ? record.take() : {};
      const isEnd = pending === null ? record.isEmpty() : pending.kind === kind;
      const last = { ...end, body: fields };
      const sent = await tell(pending ?? (isEnd ? last : { ...stamp(world), ...progressOf(fields) }));
      if (isEnd && sent !== "failed") return;
      if (sent !== "failed") continue;
      const waitMs = post.waitMs();
      if (waitMs > timeoutMs - (world.now() - endedAt)) return;
      await world.pause(waitMs, post.signal);
    }
  };

  begin();
  return {
    changed,
    async finish(kind) {
      isEnded = true;
      waiting?.cancel();
      const ended = new AbortController();
      const timeIsOver = world.pause(timeoutMs, ended.signal);
      await Promise.race([tellEnd(kind), timeIsOver]);
      ended.abort();
      post.stop();
    },
  };
}

interface Post {
  /** Never throws: every trouble is told once, and counted. */
  send(message: Message): Promise<Sent>;
  /** How long the server is to be left alone now. */
  waitMs(): number;
  isRefused(): boolean;
  signal: AbortSignal;
  /** Gives up what is under way. */
  stop(): void;
}

function createPost({ connection, common, onTrouble }: Telling): Post {
  const isOver = new AbortController();
  const said = new Set<string>();
  let failures = 0;
  let isRefused = false;
  let askedToWaitMs = 0;

  const say = (trouble: ClientError): void => {
    if (said.has(trouble.message)) return;
    said.add(trouble.message);
    try {
      onTrouble(trouble);
    } catch {
      // A fault of whoever listens must not become the job's.
    }
  };
  return {
    async send(message) {
      try {
        await checkIn(connection, { ...common, ...message, signal: isOver.signal });
      } catch (error) {
        // Anything else is thrown by what the caller handed in, and would be again.
        const why = error instanceof Error ? error.message : "unknown trouble";
        const trouble = error instanceof ClientError ? error : new ClientError("wrong_setting", why);
        say(trouble);
        isRefused = isForGood(trouble);
        if (!trouble.isKept && !isRefused) {
          failures += 1;
          askedToWaitMs = (trouble.retryAfterSeconds ?? 0) * 1_000;
          return "failed";
        }
        if (isRefused) return "refused";
      }
      failures = 0;
      askedToWaitMs = 0;
      return "told";
    },
    waitMs: () =>
      failures === 0
        ? 0
        : Math.min(Math.max(FIRST_WAIT_MS * 2 ** (failures - 1), askedToWaitMs), LONGEST_WAIT_MS),
    isRefused: () => isRefused,
    signal: isOver.signal,
    stop: () => isOver.abort(),
  };
}

/** A refusal counts only in Rollcall's own words: a proxy whose Rollcall is being restarted answers 404 as well. */
function isForGood({ code, status, isKept }: ClientError): boolean {
  if (code === "wrong_setting") return true;
  if (isKept || code === "not_rollcall" || status === null) return false;
  return status >= 400 && status < 500 && ![408, 425, 429].includes(status);
}

function progressOf(fields: Fields): { kind: CheckInKind; body: Fields } {
  return { kind: "steps" in fields ? "step" : "progress", body: fields };
}

function stamp(world: JobWorld): Pick<CheckInCall, "sentAt" | "idempotencyKey"> {
  return { sentAt: world.now(), idempotencyKey: world.uuid() };
}
