/**
 * The scaled edition: any number of processes over one Redis, each in its role. Here the parts are chosen and joined, in
 * the order in which a start can fail: settings, Redis, port, then in turns with the others key, project, configuration.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createExpertChecks } from "../checks/all.ts";
import { RollcallError } from "../domain/errors.ts";
import { LIMITS } from "../domain/limits.ts";
import { createEngine, type Engine } from "../engine/engine.ts";
import type { App } from "../http/app.ts";
import { createOperatorsApp } from "../http/operators-app.ts";
import type { Condition } from "../http/parts.ts";
import type { Log, Vault } from "../ports/outside.ts";
import type { Store } from "../ports/store.ts";
import { openQueues, type Queues } from "../queues/bullmq.ts";
import { type OpenedRedis, openRedis } from "../stores/redis.ts";
import { measuring } from "../stores/measuring.ts";
import { remembering } from "../stores/remembering.ts";
import { waking } from "../stores/waking.ts";
import { steadyClock } from "../system/clock.ts";
import { randomIds } from "../system/ids.ts";
import { createLog } from "../system/log.ts";
import { pause, startStopwatch } from "../system/pause.ts";
import type { ScaledSettings } from "../system/scaled-settings.ts";
import type { Settings } from "../system/settings.ts";
import { after, startLoop, within } from "../system/timers.ts";
import { KEY_FILE, openVault, vaultFrom } from "../system/vault.ts";
import { configureAtStart } from "./configure-at-start.ts";
import { FIRST_PROJECT, firstKeys, firstProject, keyTroubles } from "./first-start.ts";
import {
  appOf,
  type Circumstances,
  enginePartsOf,
  makeFolder,
  metricsOfAll,
  requireItsKey,
  type Running,
  type Served,
} from "./joined.ts";
import { listen, type Listening } from "./listen.ts";
import { createPulses, type Pulses } from "./pulses.ts";
import { hears, type Role } from "./roles.ts";
import { startSharedWork } from "./shared-work.ts";

// All that is loaded only where a Redis is named comes by this one file.
export { exportScaled, importScaled } from "./scaled-transfer.ts";

/** What is under way at the end has so long; then it is left to its lock, and to others. */
const STOPPING_MS = 15_000;
const TURN_EVERY_MS = 50;

/** Throws a `RollcallError` whose sentence says what to change. */
export async function startScaled(
  settings: Settings & { scaled: ScaledSettings },
  role: Role,
  { logTo, clock = steadyClock() }: Circumstances = {},
): Promise<Running> {
  const { scaled } = settings;
  const log = createLog(settings.logLevel, logTo, role);
  const redis = await openRedis({ ...scaled, clock, log, after });
  logFindings(redis, log);
  const queues = openQueues({ client: redis.client, prefix: scaled.prefix, log, after, within });
  const metrics = metricsWith(queues);
  const store = waking(remembering(measuring(redis.store, metrics), redis.changes), (channels) => {
    queues.askForDrains(channels).catch((error: unknown) => {
      log.debug("a delivery was not asked for; the next tick will", { error });
    });
  });
  const experts = createExpertChecks({ after });
  const closing: Closing = { engine: null, listening: null, work: null, queues, experts, store, log };
  try {
    const listening = await listen(settings);
    closing.listening = listening;
    const publicUrl = settings.publicUrl ?? listening.url;
    const pulses = createPulses(startStopwatch());
    const begun = await inTurn(redis, log, async () => {
      if (await redis.importMark.isSet()) throw new RollcallError("conflict", HALF_IMPORTED);
      const vault = await vaultOf(settings, store);
      const chosen = { store, clock: redis.clock ?? clock, vault, log, metrics, experts, publicUrl };
      const given = { ...enginePartsOf(chosen, settings), sharing: { isHearing: hears(role) } };
      await store.createProject({ ...firstProject(given.clock.now()), partitions: scaled.partitions });
      await requireItsKey(given, OTHER_KEY);
      const engine = await createEngine(given);
      const keys = await firstKeys(engine, settings);
      const troubles = [
        ...keyTroubles(keys),
        ...(await configureAtStart(engine, settings, log)),
        ...(await otherPartitions(store, scaled)),
      ];
      return { given, engine, keys, troubles };
    });
    const { given, engine } = begun;
    closing.engine = engine;
    const condition = () => conditionOf({ redis, queues, pulses });
    const app = appFor(role, { given, engine, settings, condition });
    closing.work = await startSharedWork({
      parts: { ...given, clock: engine.clock },
      engine,
      queues,
      role,
      pulses,
      measureClock: async () => redis.clock?.measure(),
      lookAtRedis: () => lookAgain(redis, log),
    });
    listening.carry(app);
    log.info("started", { url: listening.url });
    return {
      url: listening.url,
      publicUrl,
      keys: begun.keys,
      troubles: [...begun.troubles, ...withoutAddress(settings, role)],
      // Another process, or the next start, may be able to write; whether this one is, its readiness tells.
      broken: new Promise(() => {}),
      stop: stopper(closing),
    };
  } catch (error) {
    await close(closing);
    throw error;
  }
}

const HALF_IMPORTED =
  "An import into this Redis is going on, or was broken off: wait for its end, or import into another ROLLCALL_REDIS_PREFIX.";
const OTHER_KEY =
  "The key that this process has opens nothing that is stored: set ROLLCALL_VAULT_KEY to the text of the key file that belongs to this instance, the same for all of its processes.";

/** Pages and messages of several processes must lead to one place, which none of them knows by itself. */
function withoutAddress({ publicUrl }: Settings, role: Role): readonly string[] {
  if (publicUrl !== null || role === "all") return [];
  return [
    "ROLLCALL_PUBLIC_URL is not set: links and ping URLs lead to this very process. Set it to the address of them all.",
  ];
}

/** A project keeps the number of parts that it was made with. */
async function otherPartitions(store: Store, { partitions }: ScaledSettings): Promise<readonly string[]> {
  const kept = (await store.loadProject(FIRST_PROJECT))?.project.partitions ?? 1;
  if (partitions === 1 || partitions === kept) return [];
  return [
    `ROLLCALL_PARTITIONS is ${partitions}, and the first project was made with ${kept}, which it keeps: set it to ${kept}.`,
  ];
}

/** Where the key is not given it is in a file, which only the first process of an instance makes. */
async function vaultOf(
  { scaled, data }: Settings & { scaled: ScaledSettings },
  store: Store,
): Promise<Vault> {
  if (scaled.vaultKey !== null) return vaultFrom(scaled.vaultKey);
  const isNew = (await store.listProjects()).length === 0;
  if (!isNew && !existsSync(join(data, KEY_FILE))) {
    throw new RollcallError(
      "invalid_request",
      `There is no ${KEY_FILE} in ${data}: set ROLLCALL_VAULT_KEY to the text of the one that the first process of this instance has made, or copy it there.`,
    );
  }
  makeFolder(data);
  return openVault({ folder: data, isNew });
}

/** One process after another: only the first finds nothing there, and makes it. */
async function inTurn<Result>(
  { startTurn }: OpenedRedis,
  log: Log,
  work: () => Promise<Result>,
): Promise<Result> {
  const token = randomIds().uuid();
  let isWaiting = false;
  while (!(await startTurn.take(token))) {
    if (!isWaiting) log.info("waiting for another process that is starting");
    isWaiting = true;
    await pause(TURN_EVERY_MS);
  }
  const keeping = startLoop({
    everyMs: startTurn.keepEveryMs,
    turn: async () => void (await startTurn.keep(token)),
    onError: (error) => log.debug("the turn to start could not be kept", { error }),
  });
  try {
    return await work();
  } finally {
    await keeping.stop();
    await startTurn.giveBack(token);
  }
}

function appFor(role: Role, served: Served): App {
  if (hears(role)) return appOf({ ...served, answersWithinMs: LIMITS.answeredWithinMs });
  const { given, engine, condition } = served;
  return createOperatorsApp({
    engine,
    metrics: given.metrics,
    log: given.log,
    clock: engine.clock,
    ...(condition && { condition }),
  });
}

function metricsWith(queues: Queues) {
  const metrics = metricsOfAll();
  metrics.gauge(
    "rollcall_drains_failed",
    "Of the whole: channels whose deliveries could not be begun when that was tried last.",
    async () => (await queues.failedDrains()).length,
  );
  return metrics;
}

function logFindings({ durable }: OpenedRedis, log: Log, known: readonly string[] = []): void {
  for (const finding of durable.findings) {
    if (!known.includes(finding)) log.warn("Redis may lose what it acknowledges", { finding });
  }
}

async function lookAgain(redis: OpenedRedis, log: Log): Promise<void> {
  const { findings } = redis.durable;
  await redis.lookAgain();
  logFindings(redis, log, findings);
}

async function conditionOf({
  redis,
  queues,
  pulses,
}: {
  redis: OpenedRedis;
  queues: Queues;
  pulses: Pulses;
}): Promise<Condition> {
  // Where Redis does not answer the engine says so.
  const failed = await queues.failedDrains().catch(() => []);
  const drains = failed.length === 0 ? [] : [`channels whose deliveries cannot be begun: ${failed.length}`];
  return { problems: pulses.problems(), notes: [...redis.durable.findings, ...drains] };
}

interface Closing {
  engine: Engine | null;
  listening: Listening | null;
  work: { stop(): Promise<void> } | null;
  queues: Queues;
  experts: { close(): Promise<void> };
  store: Store;
  log: Log;
}

function stopper(closing: Closing): () => Promise<void> {
  let stopping: Promise<void> | null = null;
  return () => {
    closing.log.info("stopping");
    return (stopping ??= close(closing));
  };
}

async function close({ engine, listening, work, queues, experts, store, log }: Closing): Promise<void> {
  // As soon as nobody is let in: requests and jobs that are slow to end do not make this one hear.
  engine?.hearing.end();
  await listening?.close();
  await within(work?.stop() ?? Promise.resolve(), STOPPING_MS).catch((error: unknown) => {
    log.warn("not all that was under way has ended; others take it over", { error });
  });
  await queues.close();
  await experts.close();
  await store.close();
}
