/** A Redis that was started in a country where "a" comes before "B": pages are whole there too. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../../../src/ports/store.ts";
import { openRedis } from "../../../src/stores/redis.ts";
import { allPages, commitTo } from "../../contracts/store/trial.ts";
import { change, monitor, monitorIncident, notification, START } from "../../makers.ts";
import { type RedisServer, startRedis } from "../../redis-server.ts";
import { requirement } from "../../requirements.ts";

const redis = requirement("redis");
const LOCALE = "en_US.UTF-8";
const folder = mkdtempSync(join(tmpdir(), "rollcall-locale-"));
/** Not every machine knows a locale that orders texts otherwise than their bytes. */
const isMade = spawnSync("localedef", ["-i", "en_US", "-f", "UTF-8", join(folder, LOCALE)]).status === 0;

// Without redis-server there is nothing to start, and without such a locale nothing to see.
describe.skipIf(redis === null || !isMade)("a Redis that compares texts as people do", () => {
  let server: RedisServer;
  let store: Store;
  beforeAll(async () => {
    server = await startRedis(redis?.path ?? "", {}, { LOCPATH: folder, LC_ALL: LOCALE });
    ({ store } = await openRedis({ urls: [server.url], prefix: "words", wait: "none", clock: null }));
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  test("shows each incident and each message once, of many that came at one instant", async () => {
    const client = new Redis(server.url);
    expect(await client.eval("return tostring('a' < 'B')", 0)).toBe("true");
    client.disconnect();
    const ids = ["a", "B", "c", "D", "e", "F", "g"].map((letter) => `mon_${letter}`);
    for (const id of ids) {
      await store.createMonitor(
        change({ monitor: monitor({ id, slug: id.replace("_", "-").toLowerCase() }) }),
      );
      const incidents = [monitorIncident({ id: `${id}-i1`, monitorId: id, openedAt: START })];
      const of = { monitorId: id, incidentId: `${id}-i1`, createdAt: START };
      await commitTo(store, id, { incidents, notifications: [notification({ ...of, id: `${id}-n1` })] });
    }
    const incidents = await allPages((page) =>
      store.listIncidents("default", { status: null, monitorId: null }, page),
    );
    expect(incidents.map(({ id }) => id)).toEqual(
      ids
        .map((id) => `${id}-i1`)
        .toSorted()
        .toReversed(),
    );
    const messages = await allPages((page) => store.listNotifications("default", { incidentId: null }, page));
    expect(messages.map(({ id }) => id)).toEqual(ids.map((id) => `${id}-n1`).toSorted());
  });
});
