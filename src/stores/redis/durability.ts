/**
 * What a commit waits for beyond the server's answer, where the operator asks: until it is on the server's disk, or with
 * a replica. One wait stands for all that was written before it, so while one is under way the others gather.
 */
import type { Redis } from "ioredis";
import { RollcallError } from "../../domain/errors.ts";
import type { Client, Connection } from "./connection.ts";
import type { RedisSettings } from "./parts.ts";

/** Resolves when all that this process has written so far is as durable as was asked for. */
export type Lasting = () => Promise<void>;

/** Less than a command may take. */
const WAIT_MS = 1_000;

export function lasting(connection: Connection, wait: RedisSettings["wait"]): Lasting {
  if (wait === "none") return async () => {};
  let underWay: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  const begin = (): Promise<void> => {
    underWay = connection.ask((client) => waitFor(client, wait));
    const end = () => {
      underWay = null;
    };
    underWay.then(end, end);
    return underWay;
  };
  return () => {
    if (underWay === null) return begin();
    // It may have been sent before this was written.
    next ??= underWay
      .catch(() => {})
      .then(() => {
        next = null;
        return begin();
      });
    return next;
  };
}

async function waitFor(client: Client, wait: "aof" | "replica"): Promise<void> {
  // In a Cluster each master knows what this process has written to it.
  const servers: readonly Redis[] = "nodes" in client ? client.nodes("master") : [client];
  const reached = await Promise.all(servers.map((server) => reachedBy(server, wait)));
  if (reached.every(Boolean)) return;
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
