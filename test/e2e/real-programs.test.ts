/**
 * The whole story with the real programs: jobs of shell scripts, curl and `rollcall exec` on one side, Slack, mail
 * and webhooks on the other, and between them the built server, which is restarted in the middle.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { IncidentAnswer, WindowAnswer } from "../../src/client/answers.ts";
import { requirement } from "../requirements.ts";
import { startMailServer, type MailServer } from "../stubs/mail-server.ts";
import { startSlackApi, type SlackApi } from "../stubs/slack-api.ts";
import { EVERY_THREE_SECONDS, justBehindTick, startJob, THREE_SECONDS_MS, type Job } from "./jobs.ts";
import { startWebhookReceiver, WEBHOOK_SECRET, type WebhookReceiver } from "./receivers.ts";
import { makeHome, startServer, type Home, type ServerProgram } from "./server-program.ts";
import { until } from "./waiting.ts";

const SLACK_TOKEN = "xoxb-e2e-slack-token";
const LONG_MS = 60_000;

const curl = requirement("curl");

let home: Home;
let server: ServerProgram;
let slack: SlackApi;
let mail: MailServer;
let hooks: WebhookReceiver;
const jobs: Partial<Record<"curl" | "exec", Job>> = {};

beforeAll(async () => {
  home = makeHome();
  slack = await startSlackApi({ token: SLACK_TOKEN, channel: { id: "C0OPS", name: "ops" } });
  mail = await startMailServer({
    security: "starttls",
    login: { user: "rollcall", password: "mail-secret" },
  });
  hooks = await startWebhookReceiver();
  server = await startServer(home, { NODE_TLS_REJECT_UNAUTHORIZED: "0" });
});
afterAll(async () => {
  for (const job of Object.values(jobs)) await job.kill();
  await server.kill();
  await Promise.all([slack.close(), mail.close(), hooks.close()]);
  home.remove();
});

async function setUp(): Promise<void> {
  const { channels, monitors, project } = server.client;
  await channels.put("slack", {
    kind: "slack",
    settings: { bot_token: SLACK_TOKEN, channel: "#ops", api_url: slack.apiUrl },
  });
  await channels.put("mail", {
    kind: "email",
    settings: {
      host: "127.0.0.1",
      port: mail.port,
      security: "starttls",
      username: "rollcall",
      password: "mail-secret",
      from: "Rollcall <rollcall@example.org>",
      to: ["ops@example.org"],
    },
  });
  for (const name of ["hook", "operators"]) {
    const settings = { url: `${hooks.url}/${name}`, secret: WEBHOOK_SECRET };
    await channels.put(name, { kind: "webhook", settings });
  }
  await project.patch({ operator_channels: ["operators"], default_channels: ["hook"] });
  const told = [{ name: "slack" }, { name: "mail" }, { name: "hook" }];
  await justBehindTick();
  await monitors.put("by-curl", {
    schedule: { cron: EVERY_THREE_SECONDS },
    // Jobs come up to a second after the tick, and a machine that tests much is slow.
    grace: "8s",
    channels: told,
  });
  await monitors.put("by-exec", {
    schedule: { cron: EVERY_THREE_SECONDS },
    grace: "8s",
    channels: told,
  });
}

function startJobBy(by: "curl" | "exec"): void {
  jobs[by] = startJob(home, { by, monitors: [`by-${by}`], url: server.url });
}

/** Oldest first, up to the first window without a verdict. */
async function ledger(slug: string): Promise<WindowAnswer[]> {
  const { items } = await server.client.monitors.windows(slug, { limit: 200 });
  items.sort((one, other) => Date.parse(one.expected_at) - Date.parse(other.expected_at));
  const open = items.findIndex(({ verdict }) => verdict === null);
  return open === -1 ? items : items.slice(0, open);
}

const runsOf = async (slug: string) => (await server.client.monitors.runs(slug, { limit: 200 })).items;

async function everythingKnown() {
  return { rows: await ledger("by-curl"), runs: await runsOf("by-curl") };
}

async function openIncident(slug: string): Promise<IncidentAnswer | undefined> {
  return (await server.client.incidents.list({ monitor: slug, status: "open" })).items[0];
}

const toldOf = (slug: string) => hooks.told.filter(({ subject }) => subject === slug);
const mailsOf = (slug: string) => mail.mails.filter(({ parsed }) => parsed.subject?.includes(`${slug}:`));
const threadOf = (slug: string) => {
  const head = slack.messages.find(({ threadTs, text }) => threadTs === null && text.includes(`${slug}:`));
  return {
    head,
    replies: slack.messages.filter(({ threadTs }) => threadTs !== null && threadTs === head?.ts),
  };
};

// Without curl there is no job by curl.
describe.skipIf(curl === null)("jobs that run, stop and come back", () => {
  test("runs on time are seen, by curl and by exec", { timeout: LONG_MS }, async () => {
    await setUp();
    startJobBy("curl");
    startJobBy("exec");
    for (const slug of ["by-curl", "by-exec"]) {
      await until(`two good runs of ${slug}`, async () => {
        const good = (await ledger(slug)).filter(({ verdict }) => verdict === "on_time");
        return good.length > 1 && (await server.client.monitors.get(slug)).status === "up";
      });
    }
    const run = (await runsOf("by-exec")).find(({ state }) => state === "reported");
    const { story } = await server.client.runs.get(run?.id ?? "");
    expect(story.map(({ kind }) => kind)).toEqual(["start", "success"]);
    expect(run?.outcome).toMatchObject({ exit_status: 0, message: `working as ${run?.run_id}\n` });
    expect([...toldOf("by-curl"), ...toldOf("by-exec")]).toEqual([]);
  });

  test("jobs that were killed are missing, and everyone is told", { timeout: LONG_MS }, async () => {
    await Promise.all([jobs.curl?.kill(), jobs.exec?.kill()]);
    for (const slug of ["by-curl", "by-exec"]) {
      const incident = await until(`an incident of ${slug}`, () => openIncident(slug));
      expect(incident).toMatchObject({
        kind: "missing",
        phase: "not_arrived",
        monitor: slug,
        status: "open",
      });
      expect(incident.title).toMatch(
        new RegExp(`^${slug}: expected .*, nothing arrived by .* \\(grace \\ds\\)$`),
      );

      const [told] = await until(`a webhook about ${slug}`, () => toldOf(slug).length > 0 && toldOf(slug));
      expect(told).toMatchObject({
        type: "com.rollcall.incident.opened",
        path: "/hook",
        title: incident.title,
      });
      expect(told?.incident).toMatchObject({ id: incident.id, kind: "missing", phase: "not_arrived" });

      const head = await until(`a Slack message about ${slug}`, () => threadOf(slug).head);
      expect(head).toMatchObject({ channel: "C0OPS", threadTs: null, edits: [] });
      expect(head.text).toContain(incident.title);

      const [first] = await until(`a mail about ${slug}`, () => mailsOf(slug).length > 0 && mailsOf(slug));
      expect(first).toMatchObject({ to: ["ops@example.org"], isEncrypted: true, user: "rollcall" });
      expect(first?.parsed.text).toContain(incident.title);
    }
  });

  test("a restart loses nothing and repeats nothing", { timeout: LONG_MS }, async () => {
    const before = await everythingKnown();
    const incident = await openIncident("by-curl");
    await server.stop();
    const again = { ROLLCALL_PORT: String(server.port), NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    server = await startServer(home, again);

    const after = await everythingKnown();
    expect(after.runs).toEqual(before.runs);
    // Windows may have been judged meanwhile; those known before stand as they stood.
    for (const [index, row] of before.rows.entries()) expect(after.rows[index]).toEqual(row);
    const still = await server.client.incidents.get(incident?.id ?? "");
    expect(still).toMatchObject({ status: "open", opened_at: incident?.opened_at });
    expect(still.timeline.slice(0, incident?.timeline.length)).toEqual(incident?.timeline);
    await until("one more window missing", async () => {
      const now = await openIncident("by-curl");
      return (now?.windows_lost ?? 0) > (incident?.windows_lost ?? 0);
    });
  });

  test("jobs that come back end the incident, in the same thread", { timeout: LONG_MS }, async () => {
    startJobBy("curl");
    startJobBy("exec");
    for (const slug of ["by-curl", "by-exec"]) {
      const told = await until(`an end of ${slug}`, () => toldOf(slug).length > 1 && toldOf(slug));
      const [opened, resolved] = told;
      expect(resolved).toMatchObject({
        type: "com.rollcall.incident.resolved",
        incident: { status: "resolved" },
      });
      expect(resolved?.incident?.id).toBe(opened?.incident?.id);

      const [reply] = await until(
        `a reply about ${slug}`,
        () => threadOf(slug).replies.length > 0 && threadOf(slug).replies,
      );
      expect(reply?.text).toMatch(/^Resolved: /);
      const { head } = threadOf(slug);
      expect(head?.text).toMatch(/^Resolved: /);
      expect(head?.edits).toEqual([expect.stringMatching(/^Open: /)]);

      const [first, second] = await until(
        `two mails about ${slug}`,
        () => mailsOf(slug).length > 1 && mailsOf(slug),
      );
      expect(second?.parsed.subject).toMatch(/^\[Rollcall\] Resolved: /);
      expect(second?.parsed.inReplyTo).toBe(first?.parsed.messageId);
      expect((await server.client.monitors.get(slug)).incident).toBeNull();
    }
  });

  test("in the end each was told once, and the ledger has no hole", { timeout: LONG_MS }, async () => {
    await Promise.all([jobs.curl?.kill(), jobs.exec?.kill()]);
    for (const slug of ["by-curl", "by-exec"]) {
      const rows = await ledger(slug);
      const at = rows.map(({ expected_at }) => Date.parse(expected_at));
      expect(at.map((_at, index) => (at[0] ?? 0) + index * THREE_SECONDS_MS)).toEqual(at);
      const verdicts = rows.map(({ verdict }) => verdict);
      expect(verdicts).toContain("missing");
      expect(verdicts.filter((verdict) => !["on_time", "late", "missing"].includes(verdict ?? ""))).toEqual(
        [],
      );
      expect(
        toldOf(slug)
          .slice(0, 2)
          .map(({ type }) => type),
      ).toEqual(["com.rollcall.incident.opened", "com.rollcall.incident.resolved"]);
    }
    expect(new Set(hooks.told.map(({ id }) => id)).size).toBe(hooks.told.length);
    expect(hooks.faults).toEqual([]);
    expect((await server.client.blindSpots.list()).items).toEqual([]);
  });
});
