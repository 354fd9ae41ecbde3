/**
 * The server is killed twenty times in the middle of a load of check-ins. Whatever it acknowledged is there
 * afterwards, the ledger has no hole, and everyone is told of every change, twice at most where it died meanwhile.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { chanceFrom } from "./chance.ts";
import { checkInUntilGone, expectKept, type Load } from "./check-in-load.ts";
import { startWebhookReceiver, WEBHOOK_SECRET, type WebhookReceiver } from "./receivers.ts";
import { makeHome, startServer, type Home, type ServerProgram } from "./server-program.ts";
import { everythingIn, expectTold, repeatedIn } from "./told.ts";
import { until } from "./waiting.ts";

const SEED = 20_261_121;
const KILLS = 20;
const CLIENTS = 12;
const LOADED = Array.from({ length: 10 }, (_none, index) => `loaded-${index}`);
/** Nobody checks in for these, so that windows are judged and incidents open while the server dies. */
const SILENT = ["silent-0", "silent-1", "silent-2"];
const SILENT_GAP_MS = 2_000;

let home: Home;
let server: ServerProgram;
let hooks: WebhookReceiver;
const load: Load = { promised: new Map(), faults: [] };

beforeAll(async () => {
  home = makeHome();
  hooks = await startWebhookReceiver({ answerAfterMs: 400 });
  server = await startServer(home);
  const { channels, monitors } = server.client;
  for (const slug of [...LOADED, ...SILENT]) {
    // A channel each, so that no digest hides what is said about one.
    const settings = { url: `${hooks.url}/${slug}`, secret: WEBHOOK_SECRET };
    await channels.put(slug, { kind: "webhook", settings });
    const isSilent = SILENT.includes(slug);
    const schedule = isSilent ? { cron: "*/2 * * * * *" } : { every: "1h" };
    await monitors.put(slug, { schedule, channels: [{ name: slug }], ...(isSilent ? { grace: "1s" } : {}) });
  }
});
afterAll(async () => {
  await server.kill();
  await hooks.close();
  home.remove();
});

test("kill -9 in the middle of check-ins, twenty times", { timeout: 120_000 }, async () => {
  const chance = chanceFrom(SEED);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const loading = checkInUntilGone(load, {
      url: server.url,
      clients: CLIENTS,
      monitors: LOADED,
      // Bad and good in turns: each change of fortune opens or closes an incident on every monitor.
      exitStatus: kill % 2 === 0 ? 1 : 0,
      name: `kill-${kill}`,
    });
    const before = load.promised.size;
    const wanted = before + chance.whole(CLIENTS * 2, CLIENTS * 14);
    await until("check-ins enough to kill it amid", () => load.promised.size >= wanted);
    await server.kill();
    await loading;
    server = await startServer(home, { ROLLCALL_PORT: String(server.port) });
  }
  expect(load.faults).toEqual([]);
  expect(load.promised.size).toBeGreaterThan(KILLS * CLIENTS * 2);
});

test("every acknowledged check-in is there", { timeout: 60_000 }, async () => {
  await expectKept(server.client, load, LOADED);
});

test("the ledger has no hole", async () => {
  for (const slug of SILENT) {
    const { created_at: createdAt } = await server.client.monitors.get(slug);
    const { items } = await server.client.monitors.windows(slug, { from: createdAt, limit: 200 });
    const at = items.map(({ expected_at }) => Date.parse(expected_at)).sort((one, other) => one - other);
    expect(at.length).toBeGreaterThan(3);
    expect(at).toEqual(at.map((_at, index) => (at[0] ?? 0) + index * SILENT_GAP_MS));
    const judged = items.filter(({ start_by }) => Date.parse(start_by) < Date.now() - 2_000);
    expect(new Set(judged.map(({ verdict }) => verdict))).toEqual(new Set(["missing"]));
  }
});

test(
  "every change is told, in order, and again only where it may not have been heard",
  { timeout: 90_000 },
  async () => {
    // What was being sent when the server died is under a lease, and sent again when that is over.
    const notifications = await until(
      "an outbox in which everything is sent",
      async () => {
        const all = await everythingIn(server.client.notifications.list);
        return all.every(({ status }) => status === "sent") && all;
      },
      { withinMs: 60_000 },
    );
    expect(hooks.faults).toEqual([]);
    const incidents = await everythingIn(server.client.incidents.list);
    expect(incidents.length).toBeGreaterThan(LOADED.length);
    for (const incident of incidents) expectTold(hooks, incident, notifications);
    // One on each channel may have been on its way at each death.
    expect(repeatedIn(hooks)).toBeLessThan(KILLS * (LOADED.length + SILENT.length));
  },
);
