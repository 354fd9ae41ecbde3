/** What every edition of the server joins alike, once it has chosen its store: the engine's parts and the application. */
import { mkdirSync } from "node:fs";
import { allChannels } from "../channels/all.ts";
import { pages } from "../dashboard/all.ts";
import { dialects } from "../dialects/all.ts";
import { otlp } from "../dialects/otlp/otlp.ts";
import { RollcallError } from "../domain/errors.ts";
import type { Engine } from "../engine/engine.ts";
import type { EngineParts } from "../engine/parts.ts";
import { createApp, type App } from "../http/app.ts";
import type { HttpParts } from "../http/parts.ts";
import type { ExpertChecks } from "../ports/checks.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Clock, Log, Vault } from "../ports/outside.ts";
import type { Store } from "../ports/store.ts";
import { randomIds } from "../system/ids.ts";
import type { LogTo } from "../system/log.ts";
import { createMetrics } from "../system/metrics.ts";
import { createOpenWay } from "../system/open-way.ts";
import { createOutbound } from "../system/outbound.ts";
import type { Settings } from "../system/settings.ts";
import { after, within } from "../system/timers.ts";
import { zoneDataVersion } from "../system/zone-data.ts";
import { createTrust } from "../trust/all.ts";
import { createIssuerKeys } from "../trust/issuer-keys.ts";
import { createMatrix } from "../trust/matrix/matrix.ts";
import type { FirstKeys } from "./first-start.ts";
import type { Pace } from "./loops.ts";
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

/** What an edition chooses itself. */
export interface Chosen {
  store: Store;
  clock: Clock;
  vault: Vault;
  log: Log;
  metrics: Metrics;
  experts: ExpertChecks;
  publicUrl: string;
}

/** What the engine is handed, of which the application needs a part. */
export type Given = EngineParts & Pick<Chosen, "metrics">;

export function enginePartsOf(chosen: Chosen, settings: Settings): Given {
  const ids = randomIds();
  const outbound = createOutbound({ allow: settings.outboundAllow });
  return {
    ...chosen,
    ids,
    outbound,
    matrix: createMatrix({ outbound, ids, clock: chosen.clock }),
    channels: allChannels,
    oidcIssuers: settings.oidcIssuers,
    zoneData: zoneDataVersion(),
    ...heartbeatOf(settings),
  };
}

function heartbeatOf({ heartbeatUrl: url }: Settings): Pick<EngineParts, "heartbeatTo"> {
  return url === null ? {} : { heartbeatTo: { url, way: createOpenWay() } };
}

/** What is served, and what is needed beside it to serve it. */
export interface Served extends Pick<HttpParts, "condition" | "answersWithinMs"> {
  given: Given;
  engine: Engine;
  settings: Settings;
}

export function appOf({ given, engine, settings, ...more }: Served): App {
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
    ...more,
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

/**
 * With another key every key and channel would fail later, one by one; here it is one sentence: `sentence`, where the
 * vault opens nothing that is stored.
 */
export async function requireItsKey({ store, vault }: EngineParts, sentence: string): Promise<void> {
  const sealed = await anySealed(store);
  if (sealed === null) return;
  try {
    vault.open(sealed);
  } catch (cause) {
    throw new RollcallError("invalid_request", sentence, { cause });
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

export function metricsOfAll(): Metrics {
  return createMetrics({
    dialects: [...dialects, otlp].map(({ name }) => name),
    kinds: allChannels.map(({ kind }) => kind),
  });
}

export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const sentence = `The data folder ${folder} cannot be made: make its parent writable, or set ROLLCALL_DATA.`;
    throw new RollcallError("unavailable", sentence, { cause });
  }
}
