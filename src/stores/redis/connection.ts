/**
 * The way to Redis: one server or a Cluster, found out by asking. Commands of one turn of the event loop go together.
 * None is sent twice by itself, because nobody can tell whether the first was carried out; what fails here is
 * `unavailable`, and whoever asked decides again.
 */
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { RollcallError } from "../../domain/errors.ts";
import { type Argument, texts } from "./connection/arguments.ts";
import { baseOf, type Naming, type Place } from "./places.ts";
import { reach } from "./connection/reaching.ts";
import type { Script } from "./connection/scripts.ts";

export type Client = Redis | Cluster;

export interface Connection extends Naming {
  /** Runs a script over one place: its keys begin with what the script is given as KEYS[1]. */
  run(script: Script, place: Place, ...given: readonly Argument[]): Promise<unknown>;
  /** Plain commands; what they throw is told as `unavailable`. */
  ask<Answer>(command: (client: Client) => Promise<Answer>): Promise<Answer>;
  /** The client itself, for what needs its events. */
  client: Client;
  close(): Promise<void>;
}

export interface RedisAddress extends Naming {
  /** `redis://` or `rediss://`; of a Cluster one of its servers, or several. */
  urls: readonly string[];
  /** Calls `act` once after `delayMs`, unless what is given back is called before. Absent: waiting has no end of its own. */
  after?: (delayMs: number, act: () => void) => () => void;
}

/** Long enough for a slow disk, short enough that a check-in is told within two seconds, even if it had to wait for another. */
const COMMAND_MS = 1_300;
const CONNECT_MS = 1_500;
/**
 * What is asked while a pipeline is under way goes with the next one, and only then its command's time begins: twice that
 * would be too long for whoever asked.
 */
const ANSWERED_MS = 1_350;
const LONGEST_RECONNECT_MS = 1_000;
const SLOTS_ASKED_EVERY_MS = 1_000;
const RETRY_AFTER_SECONDS = 2;

export async function connect({ urls, prefix, after }: RedisAddress): Promise<Connection> {
  const client = await clientOf(urls);
  return {
    prefix,
    client,
    ask: (command) => answered(command(client), after).catch(unavailable),
    run: (script, place, ...given) =>
      answered(run(client, script, [baseOf({ prefix }, place), ...texts(given)]), after).catch(unavailable),
    async close() {
      client.disconnect();
    },
  };
}

/** Options for every connection to Redis that carries what callers wait for. */
const OPTIONS = {
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  commandTimeout: COMMAND_MS,
  connectTimeout: CONNECT_MS,
  enableAutoPipelining: true,
  retryStrategy: (times: number) => Math.min(50 * 2 ** times, LONGEST_RECONNECT_MS),
  // A server that became a replica is left for the one that is master now.
  reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
  lazyConnect: true,
} satisfies RedisOptions;

async function clientOf(urls: readonly string[]): Promise<Client> {
  const { url, isCluster } = await reach(urls, OPTIONS);
  const client = isCluster ? new WholeSlots([...urls], clusterOptions(url)) : new Redis(url, OPTIONS);
  client.on("error", ignore);
  await client.connect();
  return client;
}

/**
 * While a slot is moved its keys are in two masters, and one that has not all of them would take what the other has for
 * absent. So nobody is asked for such a slot until it has moved; whoever is not its master any more says so as ever.
 */
class WholeSlots extends Cluster {
  private readonly askedAgain = new WeakSet<object>();

  override handleError(...[error, ttl, handlers]: Parameters<Cluster["handleError"]>): void {
    if (!error.message.startsWith("ASK ")) super.handleError(error, ttl, handlers);
    else if (this.askedAgain.has(ttl)) handlers.defaults();
    else {
      // A pipeline is then prepared to be sent once more, and only so does it end; its old master says the same again.
      this.askedAgain.add(ttl);
      handlers.tryagain();
    }
  }
}

function clusterOptions(url: string): ConstructorParameters<typeof WholeSlots>[1] {
  const { username, password, protocol } = new URL(url);
  const { retryStrategy: _own, enableOfflineQueue, enableAutoPipelining, ...redisOptions } = OPTIONS;
  return {
    enableOfflineQueue,
    enableAutoPipelining,
    lazyConnect: true,
    // Else what was under way on a connection that broke would be sent again; who is master is asked for instead.
    retryDelayOnFailover: 0,
    slotsRefreshInterval: SLOTS_ASKED_EVERY_MS,
    clusterRetryStrategy: (times) => Math.min(50 * 2 ** times, LONGEST_RECONNECT_MS),
    redisOptions: {
      ...redisOptions,
      ...(username !== "" && { username: decodeURIComponent(username) }),
      ...(password !== "" && { password: decodeURIComponent(password) }),
      ...(protocol === "rediss:" && { tls: {} }),
    },
  };
}

/** Every command tells its own failure; the client goes on connecting by itself. */
function ignore(): void {}

async function run(client: Client, script: Script, given: readonly string[]): Promise<unknown> {
  // The client flattens what it is given; as arguments of a call so many texts would not fit on the stack.
  const inOne = given as unknown as string;
  try {
    return await client.evalsha(script.sha, 1, inOne);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
  }
  // A server that was started anew: nothing of the script has run.
  return client.eval(script.source, 1, inOne);
}

/** The same answer, or a failure in time; what was asked may be carried out all the same, as after any other failure. */
function answered<Answer>(answer: Promise<Answer>, after: RedisAddress["after"]): Promise<Answer> {
  if (after === undefined) return answer;
  return new Promise((resolve, reject) => {
    const cancel = after(ANSWERED_MS, () => reject(new Error(`no answer within ${ANSWERED_MS} ms`)));
    answer.then(resolve, reject).finally(cancel);
  });
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}

function unavailable(cause: unknown): never {
  if (cause instanceof RollcallError) throw cause;
  throw new RollcallError("unavailable", "Redis does not take it now; nothing was acknowledged. Try again.", {
    cause,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
