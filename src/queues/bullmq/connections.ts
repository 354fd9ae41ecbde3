/** Connections for queues: those that ask fail at once, those that work wait until Redis is back. All end when told to. */
import { Cluster, type Redis } from "ioredis";

export type Client = Redis | Cluster;

/** A client with all that BullMQ copies of it, one for each worker to wait for jobs on. */
export interface Connections {
  client: Client;
  /** What waits for an answer fails, on the client and on its copies, and none of them connects again. Twice is harmless. */
  end(): void;
}

const COMMAND_MS = 1_500;
/** Longer than the longest that BullMQ waits for a job: then the other end is gone, though nobody said so. */
const SILENT_MS = 15_000;

/** For adding jobs, beside requests that have an answer to give: fails soon rather than wait. */
export function producerOf(client: Client): Connections {
  return alike(client, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    commandTimeout: COMMAND_MS,
  });
}

/** For taking jobs. BullMQ insists on no bound for tries; a worker goes on by itself when Redis is back. */
export function consumerOf(client: Client): Connections {
  return alike(client, {
    maxRetriesPerRequest: null,
    enableOfflineQueue: true,
    autoResendUnfulfilledCommands: true,
    commandTimeout: undefined,
    socketTimeout: SILENT_MS,
  });
}

function alike(client: Client, options: Parameters<Redis["duplicate"]>[0]): Connections {
  // BullMQ gathers its own commands, and its scripts must not be split up by others.
  const own = { ...options, enableAutoPipelining: false };
  const made = client instanceof Cluster ? ofCluster(client, own) : client.duplicate(own);
  const all = new Set<Client>();
  prepare(made, all);
  return {
    client: made,
    end() {
      for (const each of all) {
        // BullMQ may be about to connect one anew just now.
        each.connect = () => Promise.reject(new Error("Connection is closed."));
        each.disconnect();
      }
    },
  };
}

function ofCluster(client: Cluster, options: NonNullable<Parameters<Redis["duplicate"]>[0]>): Cluster {
  const { enableOfflineQueue = false, enableAutoPipelining = false, ...redisOptions } = options;
  return client.duplicate([], { enableOfflineQueue, enableAutoPipelining, redisOptions });
}

/** Also whatever is copied of it. */
function prepare(client: Client, all: Set<Client>): void {
  all.add(client);
  // What fails is told by the command that failed; connecting goes on by itself.
  client.on("error", () => {});
  const disconnect = client.disconnect.bind(client);
  client.disconnect = (isToComeBack = false) => {
    // Told to disconnect while nothing is connected, ioredis tries no more and never says that it has ended: whoever waits
    // for that, or for an answer, would wait for ever. One that has not begun to connect it ends at once.
    if (!isToComeBack && isBetweenTries(client)) client.status = "wait";
    disconnect(isToComeBack);
  };
  const copyable = client as { duplicate(...given: unknown[]): Client };
  const duplicate = copyable.duplicate.bind(client);
  copyable.duplicate = (...given) => {
    const copy = duplicate(...given);
    prepare(copy, all);
    return copy;
  };
}

function isBetweenTries(client: Client): boolean {
  return client.status === "reconnecting" || (client instanceof Cluster && client.nodes().length === 0);
}
