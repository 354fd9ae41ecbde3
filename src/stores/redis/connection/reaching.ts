/** Finds a Redis that answers, and says in one sentence what to change where none does. */
import { Redis, type RedisOptions } from "ioredis";
import { RollcallError } from "../../../domain/errors.ts";

const SLOTS = 16_384;

export interface Reached {
  url: string;
  isCluster: boolean;
}

/**
 * The first of these addresses that answers; a Cluster has to be whole, and the only one that any of them leads to. Those
 * that do not answer are passed over: of a Cluster some servers may be down.
 */
export async function reach(urls: readonly string[], options: RedisOptions): Promise<Reached> {
  const addresses = [...new Set(urls)];
  // Not every provider lets anybody ask which servers there are.
  const about = addresses.length > 1 ? ["INFO", "MYID", "NODES"] : ["INFO"];
  const asked = await Promise.all(addresses.map((url) => askedAt(url, { about, options })));
  const servers = asked.flatMap((answer) => (answer instanceof RollcallError ? [] : [answer]));
  const [first] = servers;
  if (first === undefined) {
    const trouble = asked.find((answer) => answer instanceof RollcallError);
    throw trouble ?? stop("There is no address of Redis: set ROLLCALL_REDIS_URL to where it is");
  }
  if (addresses.length > 1) for (const server of servers) assertTogether(first, server);
  const whole = servers.find(({ cluster }) => cluster?.info.get("cluster_state") === "ok") ?? first;
  if (whole.cluster !== null) assertWhole(hostOf(whole.url), whole.cluster.info);
  return { url: whole.url, isCluster: whole.cluster !== null };
}

interface Server {
  url: string;
  /** Null: it is none of a Cluster. */
  cluster: {
    info: ReadonlyMap<string, string>;
    /** Its own, and a line for each that it knows; empty where they were not asked for. */
    id: string;
    nodes: string;
  } | null;
}

/** `about`: what is asked of a Cluster. */
async function askedAt(
  url: string,
  { about, options }: { about: readonly string[]; options: RedisOptions },
): Promise<Server | RollcallError> {
  const server = new Redis(url, { ...options, retryStrategy: null });
  let lastError: Error | null = null;
  server.on("error", (error) => (lastError = error));
  try {
    await server.connect();
    if (infoIn(await server.info("cluster")).get("cluster_enabled") !== "1") return { url, cluster: null };
    const [info = "", id = "", nodes = ""] = await Promise.all(
      about.map(async (what) => String(await server.call("CLUSTER", what))),
    );
    return { url, cluster: { info: infoIn(info), id, nodes } };
  } catch (error) {
    // What closed the connection says more than that it was closed.
    return troubleOf(url, lastError ?? error);
  } finally {
    server.disconnect();
  }
}

/**
 * Servers that are of no Cluster, or of two, would each hold a Rollcall of its own, and which one happened to answer would
 * choose between them.
 */
function assertTogether(first: Server, other: Server): void {
  const alone = [first, other].find(({ cluster }) => cluster === null);
  if (alone !== undefined) {
    throw stop(
      `ROLLCALL_REDIS_URL lists several addresses, which are for the nodes of one Cluster, and Redis at ${hostOf(alone.url)}` +
        " is none: name one server (of a master and its replicas the address that always leads to the master)",
    );
  }
  if (first.cluster?.nodes.includes(other.cluster?.id ?? "")) return;
  throw stop(
    `The Redis servers at ${hostOf(first.url)} and ${hostOf(other.url)} are of two Clusters: let ROLLCALL_REDIS_URL name` +
      " servers of one",
  );
}

/** The lines of INFO by name. */
export function infoIn(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(":"));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
}

/** One sentence that says what to change, without its full stop. */
export function stop(sentence: string, cause?: unknown): RollcallError {
  return new RollcallError("unavailable", `${sentence}.`, { cause });
}

/** Without what may be secret in an address. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "its address";
}

function assertWhole(host: string, info: ReadonlyMap<string, string>): void {
  const assigned = Number(info.get("cluster_slots_assigned"));
  if (assigned < SLOTS) {
    throw stop(
      `The Redis Cluster at ${host} serves ${assigned} of ${SLOTS} slots: give the others to a master (redis-cli --cluster fix)`,
    );
  }
  if (info.get("cluster_state") !== "ok") {
    throw stop(
      `The Redis Cluster at ${host} is not whole: start the masters that are down (redis-cli --cluster check)`,
    );
  }
}

function troubleOf(url: string, cause: unknown): RollcallError {
  if (cause instanceof RollcallError) return cause;
  const host = hostOf(url);
  const reason = cause instanceof Error ? cause.message : String(cause);
  const address = "redis://<user>:<password>@<host>:<port>";
  if (/WRONGPASS|invalid password/.test(reason)) {
    return stop(
      `Redis at ${host} refuses the password: write the right one into ROLLCALL_REDIS_URL (${address})`,
      cause,
    );
  }
  if (reason.includes("NOAUTH")) {
    return stop(`Redis at ${host} wants a password: write it into ROLLCALL_REDIS_URL (${address})`, cause);
  }
  if (reason.includes("NOPERM")) {
    return stop(
      `Redis at ${host} does not let this user do what Rollcall needs: allow it all commands`,
      cause,
    );
  }
  return stop(
    `Redis at ${host} does not answer (${reason}): start it, or set ROLLCALL_REDIS_URL to where it is`,
    cause,
  );
}
