/**
 * The embedded edition: one process, one SQLite file, loops inside. Here the parts are chosen and joined, in the
 * order in which a start can fail: settings, key file, database, port, configuration.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { allChannels } from "../channels/all.ts";
import { createExpertChecks } from "../checks/all.ts";
import { dialects } from "../dialects/all.ts";
import { otlp } from "../dialects/otlp/otlp.ts";
import { pages } from "../dashboard/all.ts";
import { RollcallError } from "../domain/errors.ts";
import type { Project } from "../domain/project.ts";
import { createEngine, type Engine } from "../engine/engine.ts";
import type { EngineParts } from "../engine/parts.ts";
import { createApp, type App } from "../http/app.ts";
import type { ExpertChecks } from "../ports/checks.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Clock, Log } from "../ports/outside.ts";
import type { Store } from "../ports/store.ts";
import { measuring } from "../stores/measuring.ts";
import { remembering } from "../stores/remembering.ts";
import { DATABASE_FILE } from "../stores/sqlite/opening.ts";
import { sqliteStore } from "../stores/sqlite.ts";
import { wallClock } from "../system/clock.ts";
import { randomIds } from "../system/ids.ts";
import { createLog, type LogTo } from "../system/log.ts";
import { createMetrics } from "../system/metrics.ts";
import { createOpenWay } from "../system/open-way.ts";
import { createOutbound } from "../system/outbound.ts";
import type { Settings } from "../system/settings.ts";
import { after, afterTurn, within } from "../system/timers.ts";
import { KEY_FILE, openVault } from "../system/vault.ts";
import { zoneDataVersion } from "../system/zone-data.ts";
import { createTrust } from "../trust/all.ts";
import { createIssuerKeys } from "../trust/issuer-keys.ts";
import { createMatrix } from "../trust/matrix/matrix.ts";
import { configureAtStart } from "./configure-at-start.ts";
import { finishReplacement } from "./data-folder/replace.ts";
import { FIRST_PROJECT, firstKeys, type FirstKeys } from "./first-start.ts";
import { listen, type Listening } from "./listen.ts";
import { type Pace, startLoops, USUAL_PACE } from "./loops.ts";
import { peerOf, wireOf } from "./node-wire.ts";

export interface Running {
  url: string;
  /** As given by the settings, else `url`: what keys and links are told with. */
  publicUrl: string;
  keys: FirstKeys;
  /** For whoever started it: what is wrong although it runs. */
  troubles: readonly string[];
  /** Resolves when the store will never write again: the process should end, and be started again by its supervisor. */
  broken: Promise<Error>;
  /** Answers what is under way, ends the loops, closes the store. Twice is harmless. */
  stop(): Promise<void>;
}

/** What a start that is watched or hurried has otherwise: tests and the development server do. */
export interface Circumstances {
  logTo?: LogTo;
  clock?: Clock;
  pace?: Pace;
}

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
  const metrics = createMetrics();
  const opened = await sqliteStore.open({ folder: settings.data, afterTurn, onBroken });
  const store = remembering(measuring(opened, metrics));
  const experts = createExpertChecks({ after });
  let listening: Listening | null = null;
  try {
    listening = await listen(settings);
    const publicUrl = settings.publicUrl ?? listening.url;
    const ids = randomIds();
    const outbound = createOutbound({ allow: settings.outboundAllow });
    const given = {
      store,
      clock,
      ids,
      vault,
      log,
      metrics,
      outbound,
      matrix: createMatrix({ outbound, ids, clock }),
      experts,
      channels: allChannels,
      oidcIssuers: settings.oidcIssuers,
      zoneData: zoneDataVersion(),
      publicUrl,
      ...heartbeatOf(settings),
    };
    await store.createProject(firstProject(given));
    await requireItsKeyFile(given, settings.data);
    const engine = await createEngine(given);
    const keys = await firstKeys(engine, settings);
    // Before the first request: a job's check-in finds the monitor that the file says.
    const troubles = await configureAtStart(engine, settings, log);
    listening.carry(appOf(given, engine, settings));
    const loops = startLoops({ ...given, clock: engine.clock }, engine, pace);
    log.info("started", { url: listening.url });
    const stop = stopper({ listening, loops, experts, store, log });
    return { url: listening.url, publicUrl, keys, troubles, broken, stop };
  } catch (error) {
    await listening?.close();
    await experts.close();
    await store.close();
    throw error;
  }
}

function heartbeatOf({ heartbeatUrl: url }: Settings): Pick<EngineParts, "heartbeatTo"> {
  return url === null ? {} : { heartbeatTo: { url, way: createOpenWay() } };
}

function appOf(given: EngineParts & { metrics: Metrics }, engine: Engine, settings: Settings): App {
  const { store, vault, log, metrics, outbound, publicUrl } = given;
  const { clock } = engine;
  const { trustedProxies, oidcIssuers, instanceKey } = settings;
  const issuerKeys = createIssuerKeys({
    get: (url) => outbound.request({ url, method: "GET", headers: { accept: "application/json" }, body: "" }),
    issuers: oidcIssuers,
    now: () => clock.now(),
    within,
  });
  const trust = createTrust({ store, vault, clock, trustedProxies, issuerKeys, instanceKey });
  return createApp({
    engine,
    dialects,
    traces: otlp,
    trust,
    pages,
    clock,
    log,
    vault,
    metrics,
    after,
    publicUrl,
    peerOf,
    wireOf,
  });
}

function stopper(parts: {
  listening: Listening;
  loops: { stop(): Promise<void> };
  experts: ExpertChecks;
  store: Store;
  log: Log;
}): () => Promise<void> {
  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    parts.log.info("stopping");
    await parts.listening.close();
    await parts.loops.stop();
    await parts.experts.close();
    await parts.store.close();
  };
  return () => (stopping ??= stop());
}

function firstProject({ clock }: EngineParts): Project {
  return {
    name: FIRST_PROJECT,
    title: "Default",
    createdAt: clock.now(),
    operatorChannels: [],
    defaultChannels: [],
  };
}

/** With another key file every key and channel would fail later, one by one; here it is one sentence. */
async function requireItsKeyFile({ store, vault }: EngineParts, folder: string): Promise<void> {
  const sealed = await anySealed(store);
  if (sealed === null) return;
  try {
    vault.open(sealed);
  } catch (cause) {
    throw new RollcallError(
      "invalid_request",
      `The key file ${join(folder, KEY_FILE)} is of another database: restore the one that belongs to it from a backup, or move the database away to start anew.`,
      { cause },
    );
  }
}

/** Of whichever project has a ping key. */
async function anySealed(store: Store): Promise<string | null> {
  for (const { name } of await store.listProjects()) {
    const found = (await store.listKeys(name)).find((key) => key.sealed !== null);
    if (found !== undefined) return found.sealed;
  }
  return null;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const sentence = `The data folder ${folder} cannot be made: make its parent writable, or set ROLLCALL_DATA.`;
    throw new RollcallError("unavailable", sentence, { cause });
  }
}
