/**
 * What is looked at before a Redis is relied upon. What would lose or refuse what is written stops the start with one
 * sentence; what may lose it when a machine fails is a finding, told wherever people look.
 */
import { Cluster, type Redis } from "ioredis";
import type { Client, Connection } from "./connection.ts";
import type { RedisSettings } from "./parts.ts";
import { infoIn, stop } from "./connection/reaching.ts";

/** How long what was acknowledged may be only in Redis' memory; of several servers the weakest. */
export type Durability = "always" | "everysec" | "none" | "unknown";

export interface Durable {
  level: Durability;
  /** A sentence for each thing that an operator should know, with what to change; none where all is well. */
  findings: readonly string[];
}

/** Where the keys of this version are laid out; another number is another layout. */
const SCHEMA_VERSION = "1";
const OLDEST_REDIS = "7.0";
const OLDEST_WITH_WAITAOF = "7.2";

/** Throws a sentence that says what to change. The first to come writes down which schema is kept under the prefix. */
export async function assertFit(connection: Connection, settings: RedisSettings): Promise<Durable> {
  if (/[{}\s]/.test(settings.prefix) || settings.prefix === "") {
    throw stop("ROLLCALL_REDIS_PREFIX has spaces or braces, or is empty: use letters, digits, - and :");
  }
  const servers = await seen(connection, settings);
  for (const server of servers) assertServer(server, settings);
  await assertSchema(connection);
  return durabilityOf(servers, settings);
}

/** Of a Redis that is relied upon already: what would have stopped the start is a finding now. */
export async function lookedAtAgain(connection: Connection, settings: RedisSettings): Promise<Durable> {
  const servers = await seen(connection, settings);
  const { level, findings } = durabilityOf(servers, settings);
  return { level, findings: [...servers.flatMap((server) => unfitness(server, settings)), ...findings] };
}

function unfitness(server: ServerSeen, settings: RedisSettings): string[] {
  try {
    assertServer(server, settings);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function seen({ client }: Connection, settings: RedisSettings): Promise<ServerSeen[]> {
  return Promise.all(mastersOf(client).map((server) => lookedAt(server, settings)));
}

/** What is known of one server. */
export interface ServerSeen {
  host: string;
  info: ReadonlyMap<string, string>;
  /** Null where CONFIG is forbidden, as it is with many providers. */
  appendfsync: string | null;
}

/** Throws where what is written would not stay, or not come in. */
export function assertServer({ host, info }: ServerSeen, { wait }: Pick<RedisSettings, "wait">): void {
  const valkey = info.get("valkey_version");
  const [name, version] =
    valkey === undefined ? ["Redis", info.get("redis_version") ?? "0"] : ["Valkey", valkey];
  if (isBefore(version, OLDEST_REDIS)) {
    throw stop(`${name} at ${host} is ${version}: upgrade it to ${OLDEST_REDIS} or newer`);
  }
  const policy = info.get("maxmemory_policy") ?? "noeviction";
  if (policy !== "noeviction") {
    throw stop(
      `${name} at ${host} throws away what it holds when memory is short (maxmemory-policy ${policy}): set it to noeviction`,
    );
  }
  if (info.get("role") === "slave" || info.get("role") === "replica") {
    throw stop(
      `${name} at ${host} is a replica, which takes nothing in: set ROLLCALL_REDIS_URL to its master` +
        ` (${info.get("master_host")}:${info.get("master_port")})`,
    );
  }
  if (wait !== "aof") return;
  if (isBefore(version, OLDEST_WITH_WAITAOF)) {
    throw stop(
      `${name} at ${host} is ${version}, which has no WAITAOF: upgrade it to ${OLDEST_WITH_WAITAOF} or newer,` +
        ` or take ROLLCALL_REDIS_WAIT=aof away and set appendfsync always`,
    );
  }
  if (info.get("aof_enabled") !== "1") {
    throw stop(`${name} at ${host} has no log to wait for (ROLLCALL_REDIS_WAIT=aof): set appendonly yes`);
  }
}

export function durabilityOf(servers: readonly ServerSeen[], { wait }: Pick<RedisSettings, "wait">): Durable {
  const levels = servers.map((server) => levelOf(server, wait));
  const findings = servers.flatMap((server, index) => findingsOf(server, levels[index] ?? "unknown", wait));
  const weakestFirst: Durability[] = ["none", "unknown", "everysec", "always"];
  return { level: weakestFirst.find((level) => levels.includes(level)) ?? "unknown", findings };
}

function levelOf({ info, appendfsync }: ServerSeen, wait: RedisSettings["wait"]): Durability {
  if (info.get("aof_enabled") !== "1") return "none";
  // Every commit waits for the disk by itself.
  if (wait === "aof") return "always";
  if (appendfsync === null) return "unknown";
  return appendfsync === "always" || appendfsync === "everysec" ? appendfsync : "none";
}

function findingsOf({ host, info }: ServerSeen, level: Durability, wait: RedisSettings["wait"]): string[] {
  const remedy = "set appendonly yes and appendfsync always";
  const sentences: Record<Durability, string[]> = {
    always: [],
    everysec: [
      `Redis at ${host} writes to its disk every second: what was acknowledged in the last one is lost when its machine` +
        " fails; set appendfsync always, or ROLLCALL_REDIS_WAIT=aof.",
    ],
    none: [
      info.get("aof_enabled") === "1"
        ? `Redis at ${host} leaves it to its system when to write to the disk: what was acknowledged is lost when its` +
          " machine fails; set appendfsync always."
        : `Redis at ${host} keeps no log on its disk: what was acknowledged is lost when it ends; ${remedy}.`,
    ],
    unknown: [
      `Redis at ${host} keeps a log and does not say how often it reaches the disk (CONFIG GET is forbidden): make sure` +
        " that appendfsync is always.",
    ],
  };
  const isAlone = wait === "replica" && info.get("connected_slaves") === "0";
  return [
    ...sentences[level],
    ...(isAlone
      ? [
          `Redis at ${host} has no replica, and ROLLCALL_REDIS_WAIT=replica waits for one: no check-in is taken until it is there.`,
        ]
      : []),
  ];
}

function mastersOf(client: Client): readonly Redis[] {
  return client instanceof Cluster ? client.nodes("master") : [client];
}

async function lookedAt(server: Redis, { urls }: RedisSettings): Promise<ServerSeen> {
  const { host = urls[0] ?? "", port } = server.options;
  try {
    const info = infoIn(await server.info());
    return { host: `${host}:${port}`, info, appendfsync: await fsyncOf(server) };
  } catch (cause) {
    throw stop(`Redis at ${host}:${port} does not say how it is set up: allow Rollcall's user INFO`, cause);
  }
}

async function fsyncOf(server: Redis): Promise<string | null> {
  try {
    const [, value = null] = await server.config("GET", "appendfsync");
    return value;
  } catch (error) {
    // Providers rename or forbid CONFIG; that is no failure of the start.
    if (error instanceof Error && /NOPERM|unknown command/i.test(error.message)) return null;
    throw error;
  }
}

async function assertSchema({ ask, prefix }: Connection): Promise<void> {
  const key = `${prefix}:schema`;
  const before = await ask((client) =>
    client.set(key, SCHEMA_VERSION, "NX").then(() => client.get(key)),
  ).catch((error: unknown) => {
    const { message } =
      error instanceof Error && error.cause instanceof Error ? error.cause : new Error("no answer");
    throw stop(
      `Redis lets nothing be written under ${prefix} (${message}): put that right and start again`,
      error,
    );
  });
  if (before === SCHEMA_VERSION) return;
  throw stop(
    `What lies under the prefix ${prefix} in Redis was written by another Rollcall (schema ${before}; this one knows` +
      ` ${SCHEMA_VERSION}): start that version, or set ROLLCALL_REDIS_PREFIX to another prefix`,
  );
}

function isBefore(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split(".").map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
