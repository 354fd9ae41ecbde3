/**
 * The incident that Rollcall's trust boundary was made for, replayed with real programs: a hardening asks for another proof
 * than the scheduler sends, and nothing runs any more. It is told, tried, mended, and seen to work.
 */
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { IncidentAnswer } from "../../src/client/answers.ts";
import { CRON_SECRET, scheduleCalls, type CronPlatform } from "./cron-platform.ts";
import { startWebhookReceiver, WEBHOOK_SECRET, type WebhookReceiver } from "./receivers.ts";
import { ADMIN_KEY, makeHome, PING_KEY, startChild, startServer } from "./server-program.ts";
import type { Child, Ended, Home, ServerProgram } from "./server-program.ts";
import { until } from "./waiting.ts";

const APP = fileURLToPath(new URL("guarded-app.ts", import.meta.url));
const MANUAL_SECRET = "the-secret-that-people-know";
const SLUG = "lead-agent";
/** The job's own schedule, and the one by which a fix is seen to work. */
const OWN_PACE_MS = 4_000;
const FASTER_PACE_MS = 1_000;

let home: Home;
let server: ServerProgram;
let hooks: WebhookReceiver;
let app: App;
let platform: CronPlatform | null = null;

beforeEach(async () => {
  home = makeHome();
  hooks = await startWebhookReceiver();
  server = await startServer(home);
  app = await startApp("0", {});
  const { channels, contracts, project } = server.client;
  await channels.put("on-call", {
    kind: "webhook",
    settings: { url: hooks.url, secret: WEBHOOK_SECRET },
  });
  await contracts.put("scheduler", { preset: "vercel", secret: CRON_SECRET });
  await contracts.put("people", { scheme: "bearer", principal: "manual", secret: MANUAL_SECRET });
  await project.patch({ targets: [app.url] });
});
afterEach(async () => {
  await platform?.remove();
  platform = null;
  await app.end();
  await server.kill();
  await hooks.close();
  home.remove();
  expect(hooks.faults).toEqual([]);
});

interface App extends Child {
  url: string;
  /** How often its own code has run. */
  runs(): number;
  end(): Promise<Ended>;
}

async function startApp(port: string, more: { HARDENED?: "yes" }): Promise<App> {
  const child = startChild([process.execPath, APP], {
    PATH: process.env["PATH"],
    PORT: port,
    ROLLCALL_URL: server.url,
    ROLLCALL_PING_KEY: PING_KEY,
    CRON_SECRET,
    MANUAL_SECRET,
    ...more,
  });
  const heard = await until("an app that listens", () =>
    /the app listens on (\d+)/.exec(child.output().stdout),
  );
  return {
    ...child,
    url: `http://127.0.0.1:${heard[1]}`,
    runs: () => child.output().stdout.split("found 3 leads").length - 1,
    async end() {
      child.process.kill("SIGTERM");
      return child.ended;
    },
  };
}

/** At the same address, as after a deploy. */
async function deploy(more: { HARDENED?: "yes" } = {}): Promise<void> {
  await app.end();
  app = await startApp(new URL(app.url).port, more);
}

function expectRuns(every: string): Promise<unknown> {
  const checks = [{ metric: "processed", of: "expected", op: ">=", value: 0.95 } as const];
  return server.client.monitors.put(SLUG, { schedule: { every }, grace: "2s", checks });
}

function schedule(everyMs: number): CronPlatform {
  platform = scheduleCalls(`${app.url}/api/cron`, everyMs);
  return platform;
}

function cli(...words: string[]): Promise<Ended> {
  return startChild([process.execPath, home.cli, ...words], {
    PATH: process.env["PATH"],
    ROLLCALL_URL: server.url,
    ROLLCALL_ADMIN_KEY: ADMIN_KEY,
  }).ended;
}

/** The matrix, on the probe: nothing of the job is run by it. */
async function verify(...more: string[]): Promise<Ended> {
  const before = app.runs();
  const target = `${app.url}/.well-known/rollcall/probe`;
  const named = ["--contract", "scheduler", "--manual", "people", "--monitor", SLUG];
  const ended = await cli("verify", target, ...(more.length > 0 ? more : named));
  expect(app.runs()).toBe(before);
  return ended;
}

async function openIncident(): Promise<IncidentAnswer> {
  return until("an incident", async () => {
    const { items } = await server.client.incidents.list({ status: "open", monitor: SLUG });
    return items[0];
  });
}

async function acceleration() {
  const { acceleration: found } = await server.client.monitors.get(SLUG);
  if (found === null) throw new Error("It was never accelerated.");
  return found;
}

const said = (what: "reverted" | "still_accelerated") => async () =>
  (await acceleration()).cadence.said === what;

test("a hardened route that refuses its scheduler is told within a window, tried, mended and confirmed", async () => {
  await expectRuns("4s");
  const usual = schedule(OWN_PACE_MS);
  await allIsWell(usual);

  await deploy({ HARDENED: "yes" });
  const incident = await openIncident();
  expect(usual.answers.slice(0, 3)).toEqual([200, 200, 401]);
  await isTold(incident);
  expect(await verify("--last")).toMatchObject({ code: 1, stdout: expect.stringMatching(OTHER_RULES) });
  expect(await verify()).toMatchObject({ code: 1, stdout: expect.stringContaining(FLAW) });

  await usual.remove();
  await deploy();
  expect(await verify()).toMatchObject({ code: 0, stdout: expect.stringContaining("\nGREEN: ") });
  await confirm(incident);
}, 60_000);

const TITLE =
  "lead-agent: 1 call rejected by GET /api/cron since … (wrong_scheme): expected an HMAC signature in x-app-signature " +
  "(contract scheduler), got a bearer token, which is not the secret (contract people); no run was accepted";
const OTHER_RULES =
  /\nstale: GET \/api\/cron runs other rules \(\w{16}\) than were verified \(\w{16}\)\nSTALE: it was green/;
const FLAW =
  "\nwrong: valid proof of the scheduler is refused (wrong_scheme): the route expects another contract";

async function allIsWell({ answers }: CronPlatform): Promise<void> {
  expect(await verify()).toMatchObject({ code: 0, stdout: expect.stringContaining("\nGREEN: ") });
  await until("two runs", () => answers.length === 2);
  expect(app.runs()).toBe(2);
  expect(await server.client.monitors.get(SLUG)).toMatchObject({ status: "up", incident: null });
  expect(hooks.told).toEqual([]);
}

/** With the first run that is lost, and with what was expected and what came. */
async function isTold({ id, phase, first_window, timeline }: IncidentAnswer): Promise<void> {
  expect(phase).toBe("rejected_at_boundary");
  const [opened] = timeline;
  expect(opened?.text.replace(/\d\d:\d\d(:\d\d)?/, "…")).toBe(TITLE);
  const message = await until("a message", () => hooks.told[0]);
  expect(message).toMatchObject({ title: opened?.text, incident: { id, first_window, windows_lost: 1 } });
  expect(app.runs()).toBe(0);
  expect((await server.client.monitors.runs(SLUG)).items).toHaveLength(2);
}

/** Only now the write path: faster for a while, until its first run has shown what it does. */
async function confirm({ id }: IncidentAnswer): Promise<void> {
  expect(await cli("accelerate", SLUG, "--every", "1s", "--for", "5m")).toMatchObject({ code: 0 });
  const faster = schedule(FASTER_PACE_MS);
  await until("a verified run", async () => (await acceleration()).reverted_at);
  await faster.remove();
  schedule(OWN_PACE_MS);
  await until("the scheduler's own pace", said("reverted"));

  const { reverted_by, advice, timeline } = await acceleration();
  expect({ reverted_by, advice }).toEqual({ reverted_by: "first_verified", advice: null });
  expect(timeline.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^Accelerated: expected every second, .* \(every 4 seconds\) is kept$/),
    expect.stringMatching(/^Run \S+ was verified: expected every 4 seconds again$/),
    "The real scheduler keeps to its own schedule again: every 4 seconds",
  ]);
  const incident = await server.client.incidents.get(id);
  expect(incident).toMatchObject({ status: "resolved", resolved_by: "evidence" });
  // Its first run may still be that of a window from before: that ends the incident, and the next one the acceleration.
  expect(incident.timeline).toContainEqual(expect.objectContaining({ text: timeline[0]?.text }));
  await until("the good news", () => hooks.told.at(-1)?.type === "com.rollcall.incident.resolved");
  await until("all well", async () => (await server.client.monitors.get(SLUG)).status === "up");
}

test("a scheduler that is left at the faster pace is told", async () => {
  await expectRuns("1h");
  expect(await cli("accelerate", SLUG, "--every", "1s", "--for", "5m")).toMatchObject({ code: 0 });
  schedule(FASTER_PACE_MS);
  await until("more runs at that pace", said("still_accelerated"));
  expect(await acceleration()).toMatchObject({
    reverted_by: "first_verified",
    advice: expect.stringMatching(/^Set the real scheduler back to its own schedule \(every hour\)/),
  });
  const message = await until("a message", () => hooks.told[0]);
  expect(message.title).toBe(
    "lead-agent: The job still starts about every 1s, though the acceleration is over: set its real scheduler " +
      "back to its own schedule (every hour)",
  );
});

test("a scheduler that calls no more is told apart from one that is turned away", async () => {
  await expectRuns("4s");
  const usual = schedule(OWN_PACE_MS);
  await until("a run", () => usual.answers.length === 1);
  await usual.remove();
  // A guard says every minute that it listens, and whenever it tells anything: of the probe too, which may be asked.
  const probe = `${app.url}/.well-known/rollcall/probe`;
  const incident = await until("an incident", async () => {
    await fetch(probe, { headers: { authorization: `Bearer ${MANUAL_SECRET}` } });
    return (await server.client.incidents.list({ status: "open" })).items[0];
  });
  expect(incident.phase).toBe("not_dispatched");
  expect(incident.title).toMatch(
    /^lead-agent: expected \S+ UTC, not dispatched: nothing called GET \/api\/cron by \S+ \(grace 2s\)$/,
  );
  expect(incident.evidence.known).toContainEqual(expect.stringMatching(/was listening .* without a gap/));
});
