/** Connections for queues: those that ask fail at once, those that work wait until Redis is back. */
import { Cluster, type Redis } from "ioredis";

export type Client = Redis | Cluster;

const COMMAND_MS = 1_500;
/** Longer than the longest that BullMQ waits for a job: then the other end is gone, though nobody said so. */
const SILENT_MS = 15_000;

/** For adding jobs, beside requests that have an answer to give: fails soon rather than wait. */
export function producerOf(client: Client): Client {
  return alike(client, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    commandTimeout: COMMAND_MS,
  });
}

/** For taking jobs. BullMQ insists on no bound for tries; a worker goes on by itself when Redis is back. */
export function consumerOf(client: Client): Client {
  return alike(client, {
    maxRetriesPerRequest: null,
    enableOfflineQueue: true,
    autoResendUnfulfilledCommands: true,
    commandTimeout: undefined,
    socketTimeout: SILENT_MS,
  });
}

function alike(client: Client, options: Parameters<Redis["duplicate"]>[0]): Client {
  // BullMQ gathers its own commands, and its scripts must not be split up by others.
  const own = { ...options, enableAutoPipelining: false };
  const made = client instanceof Cluster ? ofCluster(client, own) : client.duplicate(own);
  // What fails is told by the command that failed; connecting goes on by itself.
  made.on("error", () => {});
  return made;
}

function ofCluster(client: Cluster, options: NonNullable<Parameters<Redis["duplicate"]>[0]>): Cluster {
  const { enableOfflineQueue = false, enableAutoPipelining = false, ...redisOptions } = options;
  return client.duplicate([], { enableOfflineQueue, enableAutoPipelining, redisOptions });
}
