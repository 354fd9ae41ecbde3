/** The shared store: Redis, one server or a Cluster, and any number of processes on it. */
import type { Store, StoreKind } from "../ports/store.ts";
import { boundarySection } from "./redis/boundary.ts";
import { type Client, connect, type Connection } from "./redis/connection.ts";
import { changesHeard, type ChangesHeard } from "./redis/connection/changes-heard.ts";
import { lasting } from "./redis/connection/durability.ts";
import { lastingWrites } from "./redis/connection/lasting-writes.ts";
import { probing } from "./redis/connection/probe.ts";
import { enrolled } from "./redis/connection/process.ts";
import { serverClock, type ServerClock } from "./redis/connection/server-clock.ts";
import { spreadOver } from "./redis/connection/spread.ts";
import { type StartTurn, startTurnIn } from "./redis/connection/start-turn.ts";
import { steady } from "./redis/connection/steady.ts";
import { hearingSection } from "./redis/hearing.ts";
import { ledgerSection } from "./redis/ledger.ts";
import { monitorSection } from "./redis/monitors.ts";
import { assertFit, type Durable, lookedAtAgain } from "./redis/opening.ts";
import { outboxSection } from "./redis/outbox.ts";
import { redisParts, type RedisSettings } from "./redis/parts.ts";
import { projectSection } from "./redis/project.ts";
import { transferSection } from "./redis/transfer.ts";
import { type ImportMark, importMarkIn } from "./redis/transfer/import-mark.ts";
import { upkeepSection } from "./redis/upkeep.ts";

export interface OpenedRedis {
  store: Store;
  /** The server's time, by the offset to this machine's; where time is not real, null. */
  clock: ServerClock | null;
  /** Its like is made for what else goes over this Redis. */
  client: Client;
  startTurn: StartTurn;
  importMark: ImportMark;
  /** For `remembering`: what other processes wrote. */
  changes: ChangesHeard;
  /** How well it keeps what it acknowledges, as last looked at: for the log, the readiness probe and the status page. */
  readonly durable: Durable;
  /** Servers are set up anew while they run, and others take over. */
  lookAgain(): Promise<void>;
}

/** Throws a `RollcallError` whose sentence says what to change: it does not answer, or is not fit to be relied upon. */
export async function openRedis(settings: RedisSettings): Promise<OpenedRedis> {
  const reached = await connect(settings);
  const { connection, clock, process, probe, ...fit } = await fitForUse(reached, settings).catch(
    async (error: unknown) => {
      await reached.close();
      throw error;
    },
  );
  const changes = changesHeard(connection, { process, local: settings.clock });
  const parts = redisParts(settings, connection, { clock, process, probe });
  const upkeep = upkeepSection(parts);
  const store: Store = {
    ...monitorSection(parts),
    ...ledgerSection(parts),
    ...projectSection(parts),
    ...boundarySection(parts),
    ...outboxSection(parts),
    ...hearingSection(parts),
    ...transferSection(parts),
    ...upkeep,
    async close() {
      changes.close();
      await upkeep.close();
    },
  };
  const { wait } = settings;
  const kept = wait === "none" ? store : lastingWrites(store, lasting(connection, wait));
  const { client } = connection;
  let { durable } = fit;
  return {
    store: kept,
    clock,
    client,
    startTurn: startTurnIn(connection),
    importMark: importMarkIn(connection),
    changes,
    get durable() {
      return durable;
    },
    async lookAgain() {
      durable = await lookedAtAgain(connection, settings);
    },
  };
}

async function fitForUse(reached: Connection, settings: RedisSettings) {
  const { clock: local, log = null } = settings;
  const durable = await assertFit(reached, settings);
  const clock = local === null ? null : await serverClock({ connection: reached, local, log });
  const process = await enrolled(reached, clock);
  const spread = await spreadOver(reached);
  const connection = await steady(reached, spread, process);
  return { connection, durable, clock, process, probe: probing(connection, spread) };
}

/** As a kind of store for the contract: each folder is a prefix of its own. */
export function redisStore(settings: Omit<RedisSettings, "prefix">): StoreKind {
  return {
    name: "redis",
    isPersistent: true,
    open: async ({ folder }) => (await openRedis({ ...settings, prefix: folder })).store,
  };
}
