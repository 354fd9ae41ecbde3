/**
 * The embedded edition: one process, one SQLite file, loops inside. Here the parts are chosen and joined, in the
 * order in which a start can fail: settings, key file, database, port, configuration.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createExpertChecks } from "../checks/all.ts";
import { createEngine, type Engine } from "../engine/engine.ts";
import type { ExpertChecks } from "../ports/checks.ts";
import type { Log } from "../ports/outside.ts";
import type { Store } from "../ports/store.ts";
import { measuring } from "../stores/measuring.ts";
import { remembering } from "../stores/remembering.ts";
import { DATABASE_FILE } from "../stores/sqlite/opening.ts";
import { sqliteStore } from "../stores/sqlite.ts";
import { wallClock } from "../system/clock.ts";
import { createLog } from "../system/log.ts";
import type { Settings } from "../system/settings.ts";
import { after, afterTurn } from "../system/timers.ts";
import { KEY_FILE, openVault } from "../system/vault.ts";
import { configureAtStart } from "./configure-at-start.ts";
import { finishReplacement } from "./data-folder/replace.ts";
import { firstKeys, firstProject, keyTroubles } from "./first-start.ts";
import {
  appOf,
  type Circumstances,
  enginePartsOf,
  makeFolder,
  metricsOfAll,
  requireItsKey,
  type Running,
} from "./joined.ts";
import { listen, type Listening } from "./listen.ts";
import { startLoops, USUAL_PACE } from "./loops.ts";

/** Throws a `RollcallError` whose sentence says what to change. */
export async function startEmbedded(
  settings: Settings,
  { logTo, clock = wallClock(), pace = USUAL_PACE }: Circumstances = {},
): Promise<Running> {
  const log = createLog(settings.logLevel, logTo);
  makeFolder(settings.data);
  finishReplacement(settings.data);
  const vault = openVault({ folder: settings.data, isNew: !existsSync(join(settings.data, DATABASE_FILE)) });
  const { promise: broken, resolve: onBroken } = Promise.withResolvers<Error>();
  const metrics = metricsOfAll();
  const opened = await sqliteStore.open({ folder: settings.data, afterTurn, onBroken });
  const store = remembering(measuring(opened, metrics));
  const experts = createExpertChecks({ after });
  let listening: Listening | null = null;
  try {
    listening = await listen(settings);
    const publicUrl = settings.publicUrl ?? listening.url;
    const given = enginePartsOf({ store, clock, vault, log, metrics, experts, publicUrl }, settings);
    await store.createProject(firstProject(clock.now()));
    await requireItsKey(
      given,
      `The key file ${join(settings.data, KEY_FILE)} is of another database: restore the one that belongs to it from a backup, or move the database away to start anew.`,
    );
    const engine = await createEngine(given);
    const keys = await firstKeys(engine, settings);
    // Before the first request: a job's check-in finds the monitor that the file says.
    const troubles = [...keyTroubles(keys), ...(await configureAtStart(engine, settings, log))];
    listening.carry(appOf({ given, engine, settings }));
    const loops = startLoops({ ...given, clock: engine.clock }, engine, pace);
    log.info("started", { url: listening.url });
    const stop = stopper({ engine, listening, loops, experts, store, log });
    return { url: listening.url, publicUrl, keys, troubles, broken, stop };
  } catch (error) {
    await listening?.close();
    await experts.close();
    await store.close();
    throw error;
  }
}

function stopper(parts: {
  engine: Engine;
  listening: Listening;
  loops: { stop(): Promise<void> };
  experts: ExpertChecks;
  store: Store;
  log: Log;
}): () => Promise<void> {
  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    parts.log.info("stopping");
    // As soon as nobody is let in: requests that are slow to end do not make this one hear.
    parts.engine.hearing.end();
    await parts.listening.close();
    await parts.loops.stop();
    await parts.experts.close();
    await parts.store.close();
  };
  return () => (stopping ??= stop());
}
