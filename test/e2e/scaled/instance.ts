/** A scaled Rollcall of real processes for fault tests: Redis, APIs, workers, a receiver of what is told. */
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "../../../src/client/client.ts";
import { type RedisServer, startRedis } from "../../redis-server.ts";
import { startWebhookReceiver, type WebhookReceiver, WEBHOOK_SECRET } from "../receivers.ts";
import { type Environment, type Home, makeHome, type ServerProgram, startServer } from "../server-program.ts";
import { until } from "../waiting.ts";

export type Role = "api" | "worker" | "all";

export interface Instance {
  home: Home;
  /** What the processes are told of Redis. */
  urls: readonly string[];
  hooks: WebhookReceiver;
  /** In the order in which they were started; those that a test has ended stay here. */
  apis: ServerProgram[];
  workers: ServerProgram[];
  /** Asks the first API. */
  client: Client;
  /** One more process of a role. */
  add(
    role: Role,
    more?: Environment,
    words?: (usual: readonly string[]) => readonly string[],
  ): Promise<ServerProgram>;
  /** Ends everything but Redis. */
  close(): Promise<void>;
}

/** One server with what `always` or `everysec` say of its log, in a folder of its own. */
export function startDurableRedis(
  program: string,
  fsync: "always" | "everysec" = "always",
): Promise<RedisServer> {
  return startRedis(program, { appendonly: "yes", appendfsync: fsync, "maxmemory-policy": "noeviction" });
}

export async function startInstance(of: {
  urls: readonly string[];
  apis?: number;
  workers?: number;
  more?: Environment;
}): Promise<Instance> {
  const { urls, apis = 2, workers = 2, more = {} } = of;
  const home = makeHome();
  const hooks = await startWebhookReceiver();
  const vaultKey = randomBytes(32).toString("hex");
  let started = 0;
  const instance: Instance = {
    home,
    urls,
    hooks,
    apis: [],
    workers: [],
    get client() {
      const [first] = instance.apis;
      if (first === undefined) throw new Error("there is no API");
      return first.client;
    },
    async add(role, given = {}, words = (usual) => usual) {
      started += 1;
      const data = join(home.folder, `data-${role}-${started}`);
      mkdirSync(data, { mode: 0o700 });
      const environment = {
        ROLLCALL_REDIS_URL: urls.join(","),
        ROLLCALL_VAULT_KEY: vaultKey,
        ROLLCALL_DATA: data,
        ROLLCALL_LOG_LEVEL: "info",
        ...more,
        ...given,
      };
      const program = await startServer(
        home,
        environment,
        words([process.execPath, home.server, "serve", "--role", role]),
      );
      (role === "worker" ? instance.workers : instance.apis).push(program);
      return program;
    },
    async close() {
      await Promise.all([...instance.apis, ...instance.workers].map((each) => each.kill()));
      await hooks.close();
      home.remove();
    },
  };
  for (let index = 0; index < apis; index += 1) await instance.add("api");
  await Promise.all(Array.from({ length: workers }, () => instance.add("worker")));
  return instance;
}

/**
 * A channel of its own for each monitor, so that no digest hides what is said about one. Resolves with when it was made;
 * where the instance says that it should be asked again, it is.
 */
export async function watch(
  { client, hooks }: Instance,
  slug: string,
  of: { cron?: string; every?: string; grace?: string },
): Promise<number> {
  const settings = { url: `${hooks.url}/${slug}`, secret: WEBHOOK_SECRET };
  const { cron, every, grace } = of;
  const schedule = cron === undefined ? { every: every ?? "1h" } : { cron };
  const monitor = { schedule, channels: [{ name: slug }], ...(grace === undefined ? {} : { grace }) };
  await until(`the channel ${slug}`, () => client.channels.put(slug, { kind: "webhook", settings }));
  const { created_at: createdAt } = await until(`the monitor ${slug}`, () =>
    client.monitors.put(slug, monitor),
  );
  return Date.parse(createdAt);
}
