/**
 * An instance is backed up under load, restored, exported and taken in elsewhere, all with the program `rollcall`:
 * jobs go on with the keys they have, and a restore that is killed leaves one whole instance.
 */
import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { everyItem } from "../../src/client/client.ts";
import { chanceFrom } from "./chance.ts";
import { checkInUntilGone, type Load } from "./check-in-load.ts";
import {
  type Ended,
  type Home,
  makeHome,
  PING_KEY,
  type ServerProgram,
  serverEnvironment,
  startChild,
  startServer,
} from "./server-program.ts";
import { until } from "./waiting.ts";

const SEED = 20_261_122;
const KILLS = 8;
const LOADED = ["north", "south"];

let home: Home;
let server: ServerProgram;
const load: Load = { promised: new Map(), faults: [] };

beforeAll(async () => {
  home = makeHome();
  server = await startServer(home);
  for (const slug of LOADED) await server.client.monitors.put(slug, { schedule: { every: "1h" } });
  await server.client.monitors.put("silent", { schedule: { cron: "0 0 1 1 *" } });
  await server.client.channels.put("team", {
    kind: "webhook",
    settings: { url: "http://127.0.0.1:9/", secret: "whsec_c2VjcmV0IG9mIHRoaXJ0eSB0d28gYnl0ZXMgb2s=" },
  });
});
afterAll(async () => {
  await server.kill();
  home.remove();
});

function rollcall(...words: string[]): Promise<Ended> {
  return startChild([process.execPath, home.cli, ...words], serverEnvironment(home)).ended;
}

async function rollcallIn(data: string, ...words: string[]): Promise<Ended> {
  const environment = serverEnvironment(home, { ROLLCALL_DATA: data });
  return startChild([process.execPath, home.cli, ...words], environment).ended;
}

const room = (name: string): string => join(home.folder, name);

/** What an API reader sees, apart from ping URLs, which name the port. */
async function seen(at: ServerProgram): Promise<unknown> {
  const monitors = (await at.client.monitors.list()).items.map(({ slug, status, last_run, created_at }) => ({
    slug,
    status,
    last_run,
    created_at,
  }));
  const runs = [];
  for (const slug of LOADED) {
    for await (const run of everyItem((query) => at.client.monitors.runs(slug, { ...query, limit: 200 }))) {
      runs.push(run);
    }
  }
  return { monitors, runs, channels: (await at.client.channels.list()).items };
}

async function endedWell(at: ServerProgram): Promise<(string | null)[]> {
  const { runs } = (await seen(at)) as { runs: { run_id: string | null; state: string }[] };
  return runs.filter(({ state }) => state === "reported").map(({ run_id }) => run_id);
}

test(
  "a backup under load holds all that was acknowledged before it, and restores",
  { timeout: 60_000 },
  async () => {
    const loading = checkInUntilGone(load, {
      url: server.url,
      clients: 4,
      monitors: LOADED,
      exitStatus: 0,
      name: "load",
    });
    await until("a few check-ins", () => load.promised.size > 100);
    const before = [...load.promised]
      .filter(([, { exitStatus }]) => exitStatus === 0)
      .map(([runId]) => runId);
    expect(await rollcall("backup", room("backup"))).toMatchObject({
      code: 0,
      stdout: "",
      stderr: `Backed up to ${room("backup")}. It opens every secret: keep it safe.\n`,
    });
    expect(load.faults).toEqual([]);
    const refused = await rollcall("restore", room("backup"), "--force");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^The data folder .* is in use by another Rollcall: stop that one/);
    await server.kill();
    await loading;
    // Its latest writes are still in the log beside the database.
    const acknowledged = [...load.promised].filter(([, { exitStatus }]) => exitStatus === 0);
    expect((await rollcall("backup", room("of-the-dead"))).code).toBe(0);
    expect((await rollcallIn(room("alive"), "restore", room("of-the-dead"))).code).toBe(0);
    const alive = await startServer(home, { ROLLCALL_DATA: room("alive") });
    expect(await endedWell(alive)).toEqual(expect.arrayContaining(acknowledged.map(([runId]) => runId)));
    await alive.stop();

    const unforced = await rollcall("restore", room("backup"));
    expect(unforced.code).toBe(1);
    expect(unforced.stderr).toMatch(/already holds an instance: .*--force/);
    const restored = await rollcall("restore", room("backup"), "--force");
    expect(restored.code).toBe(0);
    expect(restored.stderr).toMatch(/^Restored the backup of 20\d\d-/);
    expect(restored.stderr).toMatch(/its windows will be unknown, not missing\./);
    expect(restored.stderr).toMatch(/What was there is kept in .*replaced-20/);

    server = await startServer(home, { ROLLCALL_PORT: String(server.port) });
    expect(await endedWell(server)).toEqual(expect.arrayContaining(before));
    const answer = await fetch(`${server.url}/checkin/${PING_KEY}/north`, { method: "POST" });
    expect(answer.status).toBe(200);
  },
);

test(
  "an export taken while it serves is the same instance in another place",
  { timeout: 60_000 },
  async () => {
    const before = await seen(server);
    const exported = await rollcall("export", room("instance.ndjson"), "--with-key");
    expect(exported).toMatchObject({ code: 0, stdout: "" });
    const elsewhere = room("elsewhere");
    const imported = await rollcallIn(elsewhere, "import", "instance", room("instance.ndjson"));
    expect(imported).toMatchObject({ code: 0, stdout: "" });
    expect(imported.stderr).toMatch(/^Imported 3 monitors into /);
    const other = await startServer(home, { ROLLCALL_DATA: elsewhere });
    try {
      expect(await seen(other)).toEqual(before);
      const answer = await fetch(`${other.url}/checkin/${PING_KEY}/north`, { method: "POST" });
      expect(answer.status).toBe(200);
    } finally {
      await other.stop();
    }
    const toOutput = await rollcall("export");
    expect(toOutput.stdout).toMatch(/^\{"kind":"rollcall_export","format":1,.*"key":null\}\n/);
    expect(toOutput.stdout).toMatch(/\n\{"kind":"end",.*\}\n$/);
  },
);

test(
  "a restore that is killed leaves one whole instance, the old or the new",
  { timeout: 90_000 },
  async () => {
    const chance = chanceFrom(SEED);
    const old = room("old");
    // An instance of its own: with the wrong half of another's, its server would not start.
    const first = await startServer(home, { ROLLCALL_DATA: old });
    await first.client.monitors.put("old", { schedule: { every: "1h" } });
    await first.stop();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const data = room(`killed-${kill}`);
      cpSync(old, data, { recursive: true });
      const environment = serverEnvironment(home, { ROLLCALL_DATA: data });
      const words = [process.execPath, home.server, "restore", room("backup"), "--force"];
      const restoring = startChild(words, environment);
      const filling = ["replacement.part", "replacement"].map((name) => join(data, name));
      await until(
        "a restore under way",
        () => filling.some(existsSync) || restoring.process.exitCode !== null,
      );
      await until("a moment", () => chance.whole(0, 3) === 0);
      restoring.process.kill("SIGKILL");
      await restoring.ended;
      const after = await startServer(home, { ROLLCALL_DATA: data });
      const slugs = (await after.client.monitors.list()).items.map(({ slug }) => slug);
      await after.stop();
      expect([["old"], ["north", "silent", "south"]]).toContainEqual(slugs);
      expect(readdirSync(data).filter((name) => name.startsWith("replacement"))).toEqual([]);
    }
  },
);
