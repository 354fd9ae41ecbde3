/**
 * A Rollcall on a virtual clock, spoken to from outside through `app.request`: real engine, memory store, real
 * trust and vault. Time passes when a test says so.
 */
import { allChannels } from "../../src/channels/all.ts";
import { createExpertChecks } from "../../src/checks/all.ts";
import { pages } from "../../src/dashboard/all.ts";
import { dialects } from "../../src/dialects/all.ts";
import { otlp } from "../../src/dialects/otlp/otlp.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { createApp, type App } from "../../src/http/app.ts";
import type { HttpParts } from "../../src/http/parts.ts";
import type { Outbound } from "../../src/ports/outbound.ts";
import type { Clock, Log } from "../../src/ports/outside.ts";
import type { Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { measuring } from "../../src/stores/measuring.ts";
import { randomIds } from "../../src/system/ids.ts";
import { createMetrics } from "../../src/system/metrics.ts";
import { createOutbound } from "../../src/system/outbound.ts";
import { after, within } from "../../src/system/timers.ts";
import { vaultOf } from "../../src/system/vault.ts";
import { createTrust } from "../../src/trust/all.ts";
import { createIssuerKeys, type IssuerKeys } from "../../src/trust/issuer-keys.ts";
import { project, START } from "../makers.ts";
import { createMatrix } from "../../src/trust/matrix/matrix.ts";

export interface Face {
  app: App;
  engine: Engine;
  store: Store;
  parts: HttpParts;
  keys: { admin: string; read: string; ping: string };
  /** What was logged, as JSON lines. */
  logged: string[];
  now(): number;
  /** Time passes; timers that are due are called, and the engine looks at what is due. */
  pass(durationMs: number): Promise<void>;
  /** Time passes for timers only. */
  ring(durationMs: number): void;
  /** A call of the API with the admin key, or another one; its JSON. */
  api(method: string, path: string, more?: { body?: unknown; key?: string }): Promise<Answer>;
}

export interface Answer {
  status: number;
  headers: Headers;
  // The tests look into it as they please.
  json: ReturnType<typeof JSON.parse>;
}

interface FaceGiven {
  trustedProxies?: string[];
  peer?: () => string;
  publicUrl?: string;
  /** Issuers of identity tokens, on this machine. */
  oidcIssuers?: string[];
  /** What listens on this machine may be called, as it is where there are issuers. */
  isLoopbackOpen?: boolean;
  /** Who may make projects. */
  instanceKey?: string;
  /** One of several processes, which takes check-ins and leaves the rest to others. */
  isShared?: boolean;
  answersWithinMs?: number;
  /** Around the store, for one that lets wait. */
  around?: (store: Store) => Store;
}

export async function createFace(given: FaceGiven = {}): Promise<Face> {
  let nowAt = START;
  const timers = new Set<{ at: number; act: () => void }>();
  const clock = { now: () => nowAt };
  const metrics = createMetrics({ dialects: ["native"], kinds: ["webhook"] });
  const { around = (kept: Store) => kept } = given;
  const store = measuring(around(createMemoryStore()), metrics);
  const vault = vaultOf(Buffer.alloc(32, 7));
  const { log, logged } = keptLog();
  const { oidcIssuers = ["https://token.actions.githubusercontent.com"] } = given;
  const publicUrl = given.publicUrl ?? "https://rollcall.example.org";
  const ids = randomIds();
  const isLoopbackOpen = given.isLoopbackOpen ?? given.oidcIssuers !== undefined;
  const outbound = createOutbound({ allow: isLoopbackOpen ? ["127.0.0.1"] : [] });
  const engine = await createEngine({
    store,
    clock,
    ids,
    vault,
    log,
    metrics,
    outbound,
    matrix: createMatrix({ outbound, ids, clock }),
    experts: createExpertChecks({ after }),
    channels: allChannels,
    oidcIssuers,
    zoneData: "2026a",
    publicUrl,
    ...(given.isShared === true && { sharing: { isHearing: true } }),
  });
  await store.createProject(project());
  const keys = await newKeys(engine);
  const trust = createTrust({
    store,
    vault,
    clock,
    trustedProxies: given.trustedProxies ?? [],
    issuerKeys: issuerKeysOf({ issuers: oidcIssuers, outbound, clock }),
    instanceKey: given.instanceKey ?? null,
  });
  const parts: HttpParts = {
    engine,
    dialects,
    traces: otlp,
    trust,
    pages,
    clock,
    log,
    vault,
    metrics,
    publicUrl,
    peerOf: given.peer ?? (() => "203.0.113.7"),
    ...(given.answersWithinMs !== undefined && { answersWithinMs: given.answersWithinMs }),
    after(delayMs, act) {
      const timer = { at: nowAt + delayMs, act };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  };
  const app = createApp(parts);
  const ring = (durationMs: number): void => {
    nowAt += durationMs;
    ringDue(timers, nowAt);
  };
  return {
    app,
    engine,
    store,
    parts,
    keys,
    logged,
    now: () => nowAt,
    ring,
    async pass(durationMs) {
      // In steps, so that Rollcall never seems to have been away.
      for (let left = durationMs; left > 0; left -= 1_000) {
        ring(Math.min(left, 1_000));
        await engine.tick();
      }
    },
    api: apiOf(app, keys.admin),
  };
}

function apiOf(app: App, adminKey: string): Face["api"] {
  return async (method, path, more = {}) => {
    const body = more.body === undefined ? null : JSON.stringify(more.body);
    const response = await app.request(path, {
      method,
      headers: { authorization: `Bearer ${more.key ?? adminKey}`, "content-type": "application/json" },
      body,
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      json: text === "" ? null : JSON.parse(text),
    };
  };
}

function issuerKeysOf({
  issuers,
  outbound,
  clock,
}: {
  issuers: string[];
  outbound: Outbound;
  clock: Clock;
}): IssuerKeys {
  const get = (url: string) => outbound.request({ url, method: "GET", headers: {}, body: "" });
  return createIssuerKeys({ get, issuers, now: () => clock.now(), within });
}

function keptLog(): { log: Log; logged: string[] } {
  const logged: string[] = [];
  const keep = (level: string) => (what: string, more?: Record<string, unknown>) =>
    void logged.push(
      JSON.stringify({
        level,
        what,
        ...more,
        error: more?.["error"] instanceof Error ? more["error"].stack : undefined,
      }),
    );
  return {
    logged,
    log: { debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") },
  };
}

async function newKeys(engine: Engine): Promise<Face["keys"]> {
  const key = async (kind: "admin" | "read" | "ping"): Promise<string> =>
    (await engine.createKey({ project: "default", kind, label: kind, monitors: null })).text ?? "";
  return { admin: await key("admin"), read: await key("read"), ping: await key("ping") };
}

function ringDue(timers: Set<{ at: number; act: () => void }>, nowAt: number): void {
  for (const timer of timers) {
    if (timer.at > nowAt) continue;
    timers.delete(timer);
    timer.act();
  }
}
