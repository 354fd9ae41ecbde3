/**
 * What a commit waits for beyond the server's answer, where the operator asks: until it is on the server's disk, or with
 * a replica. One wait stands for all that was written before it, so while one is under way the others gather.
 */
import { Cluster, type Redis } from "ioredis";
import { RollcallError } from "../../../domain/errors.ts";
import type { Client, Connection } from "../connection.ts";
import type { RedisSettings } from "../parts.ts";
import { baseOf, type Place } from "../places.ts";

export interface Lasting {
  /** To be asked for before a write: the connections on which it may go. */
  lines(): Lines;
  /** Resolves when all that was written on these lines so far is as durable as was asked for. */
  reached(lines: Lines): Promise<void>;
  /** To be called before `reached` where what counts was written by another process: what it waits for comes after it. */
  follow(place: Place): Promise<void>;
}

/**
 * A server answers for what came on the very connection that asks. A new one, or the server that took another's place,
 * would say that all of nothing has arrived.
 */
type Lines = ReadonlyMap<Redis["stream"], Redis>;

/** Less than a command may take. */
const WAIT_MS = 1_000;

export function lasting(connection: Connection, wait: RedisSettings["wait"]): Lasting {
  if (wait === "none") return NOTHING_MORE;
  let underWay: Promise<void> | null = null;
  let next: { lines: Map<Redis["stream"], Redis>; over: Promise<void> } | null = null;

  const begin = (lines: Lines): Promise<void> => {
    underWay = connection.ask(() => waitFor(lines, wait));
    const end = () => {
      underWay = null;
    };
    underWay.then(end, end);
    return underWay;
  };
  const beginAfter = async (before: Promise<void>, lines: Lines): Promise<void> => {
    await before.catch(() => {});
    next = null;
    await begin(lines);
  };
  const lines = (): Lines => linesOf(connection.client);

  return {
    lines,
    async reached(before) {
      // It may have been connected only for this write.
      const all = new Map([...before, ...lines()]);
      if (underWay === null) return begin(all);
      // That one may have been sent before this was written.
      if (next === null) return (next = { lines: all, over: beginAfter(underWay, all) }).over;
      for (const [socket, server] of all) next.lines.set(socket, server);
      return next.over;
    },
    async follow(place) {
      await connection.ask((client) => client.set(`${baseOf(connection, place)}followed`, "1"));
    },
  };
}

const NOTHING_MORE: Lasting = {
  lines: () => new Map(),
  async reached() {},
  async follow() {},
};

function linesOf(client: Client): Lines {
  // In a Cluster each master knows what this process has written to it; where it has no connection that is nothing.
  const servers: readonly Redis[] = client instanceof Cluster ? client.nodes("master") : [client];
  return new Map(servers.flatMap((server) => (server.stream ? [[server.stream, server] as const] : [])));
}

async function waitFor(lines: Lines, wait: "aof" | "replica"): Promise<void> {
  const each = [...lines].map(
    async ([socket, server]) => server.stream === socket && (await reachedBy(server, wait)),
  );
  const reached = await Promise.all(each);
  if (reached.length > 0 && reached.every(Boolean)) return;
  const where = wait === "aof" ? "the disk of Redis" : "a replica of Redis";
  throw new RollcallError(
    "unavailable",
    `What was written has not reached ${where} in time. It may be there nevertheless: try again.`,
    { retryAfterSeconds: 1 },
  );
}

async function reachedBy(server: Redis, wait: "aof" | "replica"): Promise<boolean> {
  if (wait === "replica") return (await server.wait(1, WAIT_MS)) >= 1;
  const [onDisk] = (await server.call("WAITAOF", "1", "0", String(WAIT_MS))) as [number, number];
  return onDisk >= 1;
}
