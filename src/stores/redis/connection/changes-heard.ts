/**
 * What processes that share a Redis tell each other of their writes, so that each may remember what seldom changes. They
 * publish on one channel; a process that is not sure to hear says so, and then nothing is remembered there.
 */
import { Cluster, type Redis } from "ioredis";
import type { Clock } from "../../../ports/outside.ts";
import type { NewsOfOthers, Forgotten } from "../../remembering.ts";
import type { Connection } from "../connection.ts";
import type { Process } from "./process.ts";

export interface ChangesHeard extends NewsOfOthers {
  /** Resolves when others are heard. */
  listening(): Promise<void>;
  close(): void;
}

/** Silence is no proof of hearing: so often the line is tried while somebody asks whether it stands. */
const TRY_EVERY_MS = 1_000;
/** A line that has not answered for this long may be cut without our knowing. */
const UNSURE_AFTER_MS = 3_000;

/**
 * A Cluster passes messages from server to server without a promise, and who wrote may have died before it told: then
 * nobody goes on with it for longer than this.
 */
const FORGET_EVERY_MS = 60_000;

/** Everything: what was published may have been missed, or could not be. */
const EVERYTHING: Forgotten = { of: null, key: null };

/** `local`: this machine's clock. Null where time is not real: then a line counts as standing until it is seen to end. */
export function changesHeard(
  connection: Connection,
  { process, local }: { process: Process; local: Clock | null },
): ChangesHeard {
  const channel = `${connection.prefix}:changed`;
  const forgets: ((what: Forgotten) => void)[] = [];
  const forget = (what: Forgotten): void => {
    for (const each of forgets) each(what);
  };
  const line = listeningLine({
    connection,
    channel,
    local,
    onLost: () => forget(EVERYTHING),
    onMessage: hear,
  });
  let isUntold = false;
  let forgotAt = local?.now() ?? 0;

  function hear(message: string): void {
    const told = toldIn(message);
    if (told === null) forget(EVERYTHING);
    else if (told.by !== process.name) forget(told.what);
  }
  const publish = (what: Forgotten) =>
    connection.ask((client) => client.publish(channel, JSON.stringify({ by: process.name, what })));
  // Others must not go on with what we could not tell them of: as soon as Redis is back they forget all of it.
  connection.client.on("ready", () => {
    if (!isUntold) return;
    isUntold = false;
    publish(EVERYTHING).catch(() => (isUntold = true));
  });

  return {
    isHeard() {
      const now = local?.now() ?? 0;
      if (Math.abs(now - forgotAt) >= FORGET_EVERY_MS) {
        forgotAt = now;
        forget(EVERYTHING);
      }
      return line.isUp();
    },
    listening: line.listening,
    onForgotten: (act) => void forgets.push(act),
    async tell(what) {
      try {
        await publish(what);
      } catch (error) {
        isUntold = true;
        throw error;
      }
    },
    close: line.close,
  };
}

interface Told {
  by: string;
  what: Forgotten;
}

/** Null for what none of this version would say: whatever it is, it must not end those who hear it. */
function toldIn(message: string): Told | null {
  try {
    const told = JSON.parse(message) as Partial<Told> | null;
    return typeof told?.by === "string" && told.what instanceof Object ? (told as Told) : null;
  } catch {
    return null;
  }
}

interface Line {
  isUp(): boolean;
  listening(): Promise<void>;
  close(): void;
}

interface Listening {
  connection: Connection;
  channel: string;
  local: Clock | null;
  onMessage: (message: string) => void;
  onLost: () => void;
}

/**
 * A connection of its own, which can do nothing but listen. It is made, tried and made anew when somebody asks whether it
 * stands, so it needs no timer: where nobody asks, nothing is remembered either.
 */
function listeningLine({ connection, channel, local, onMessage, onLost }: Listening): Line {
  const now = (): number => local?.now() ?? 0;
  let current: Redis | null = null;
  let opening: Promise<void> | null = null;
  let isClosed = false;
  let triedAt = Number.NEGATIVE_INFINITY;
  let heardAt: number | null = null;
  let turn = 0;

  const lose = (): void => {
    const wasUp = heardAt !== null;
    heardAt = null;
    current?.disconnect();
    current = null;
    if (wasUp) onLost();
  };
  const open = async (): Promise<void> => {
    const node = nodeOf(connection, (turn += 1));
    if (node === null || isClosed) return;
    const startedAt = now();
    const listener = node.duplicate({
      retryStrategy: () => null,
      lazyConnect: true,
      autoResubscribe: false,
      enableAutoPipelining: false,
    });
    current = listener;
    listener.on("error", () => {});
    listener.on("message", (_channel, message) => onMessage(message));
    listener.on("end", () => {
      if (current === listener) lose();
    });
    try {
      await listener.connect();
      await listener.subscribe(channel);
      if (current !== listener) return;
      // What was asked for before is no longer overtaken by what is heard from now on.
      onLost();
      heardAt = startedAt;
    } catch {
      if (current === listener) lose();
    }
  };
  const opened = (): Promise<void> => {
    opening ??= open().finally(() => (opening = null));
    return opening;
  };
  const tryLine = async (listener: Redis): Promise<void> => {
    const askedAt = now();
    try {
      await listener.ping();
      // All that was published before this was asked has been heard by now: messages and answers come in order.
      if (current === listener && heardAt !== null) heardAt = askedAt;
    } catch {
      if (current === listener) lose();
    }
  };

  return {
    isUp() {
      if (isClosed) return false;
      const isTurnToTry = local === null ? heardAt === null : Math.abs(now() - triedAt) >= TRY_EVERY_MS;
      if (isTurnToTry) {
        triedAt = now();
        if (current !== null && heardAt !== null) void tryLine(current);
        else void opened();
      }
      // What was kept stays: once the line answers, all that was said on it has been heard.
      return heardAt !== null && Math.abs(now() - heardAt) <= UNSURE_AFTER_MS;
    },
    listening: opened,
    close() {
      isClosed = true;
      lose();
    },
  };
}

/** What is published on one server of a Cluster is heard on all of them: each time another one is tried. */
function nodeOf({ client }: Connection, turn: number): Redis | null {
  if (!(client instanceof Cluster)) return client;
  const nodes = client.nodes("all");
  return nodes[turn % Math.max(1, nodes.length)] ?? null;
}
