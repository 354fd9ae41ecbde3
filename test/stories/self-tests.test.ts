/**
 * The way an alarm takes is tried before it is needed (S23, R59): a channel on which nothing was told for long is sent a
 * message that says that nothing is wrong, and one that refuses it is an incident told on the others.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { email } from "../../src/channels/email.ts";
import { slack } from "../../src/channels/slack.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import { deliverDue, nothingUnderWay } from "../../src/engine/delivery/deliver.ts";
import { createOutbound } from "../../src/system/outbound.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { startMailServer, type MailServer } from "../stubs/mail-server.ts";
import { startSlackApi, type SlackApi } from "../stubs/slack-api.ts";
import { createWorld, PROJECT, type World } from "./world.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const TOKEN = "xoxb-self-tests";

let mail: MailServer;
let chat: SlackApi;
let world: World;

beforeAll(async () => {
  mail = await startMailServer({ security: "none" });
  chat = await startSlackApi({ token: TOKEN, channel: { id: "C0OPS", name: "ops" } });
});
afterAll(() => Promise.all([mail.close(), chat.close()]));

beforeEach(async () => {
  mail.mails.length = 0;
  mail.refuse = null;
  chat.messages.length = 0;
  chat.interfere = null;
  const channels = [email, slack];
  const outbound = createOutbound({ allow: ["127.0.0.0/8"] });
  world = await createWorld("2026-03-02T00:00:00Z", createMemoryStore(), { channels, outbound });
  for (const name of ["chat", "ops", "second"]) await world.engine.deleteChannel({ project: PROJECT, name });
  await put("mail");
  await put("slack");
  await world.engine.patchProject({
    project: PROJECT,
    patch: { operatorChannels: ["mail", "slack"], defaultChannels: ["mail"] },
  });
});

const SETTINGS = {
  mail: () => ({
    host: "127.0.0.1",
    port: mail.port,
    security: "none",
    from: "r@example.org",
    to: ["o@example.org"],
  }),
  slack: () => ({ bot_token: TOKEN, channel: "#ops", api_url: chat.apiUrl }),
};

async function put(name: keyof typeof SETTINGS, selfTestEveryMs?: number | null): Promise<void> {
  const kind = name === "mail" ? "email" : "slack";
  await world.engine.saveChannel({
    project: PROJECT,
    name,
    kind,
    settings: SETTINGS[name](),
    selfTestEveryMs,
  });
}

/** Time passes, nothing happens; then the loop looks whether a channel is to be tried, and what is due is sent. */
async function after(ms: number): Promise<void> {
  world.wall.at += ms;
  await world.engine.testQuietChannels();
  await deliver();
}

async function deliver(): Promise<void> {
  await deliverDue(world.parts, {
    nowAt: world.wall.at,
    ...nothingUnderWay(),
    onChannelTrouble: (event) => world.engine.reportChannelTrouble(event),
  });
}

const told = () => ({
  mail: mail.mails.map(({ parsed }) => parsed.subject?.replace("[Rollcall] ", "") ?? ""),
  slack: chat.messages.map(({ text }) => text),
});

const DMARC = "5.7.26 Unauthenticated mail is not accepted due to the domain's DMARC policy";

describe("a channel on which nothing was told for a week", () => {
  test("is tried once, with a message that says that nothing is wrong", async () => {
    await after(WEEK - 1);
    expect(told()).toEqual({ mail: [], slack: [] });
    await after(1);
    expect(told().mail).toEqual([expect.stringMatching(/^Test: Nothing is wrong\. .* channel mail for 7d/)]);
    expect(told().slack).toEqual([expect.stringContaining("Nothing is wrong.")]);
    await after(WEEK - HOUR);
    expect(told().mail).toHaveLength(1);
    await after(HOUR);
    expect(told().mail).toHaveLength(2);
    expect(await world.incidents()).toEqual([]);
  });

  test("is not tried when it has told anything, a test by hand included", async () => {
    world.wall.at += WEEK - HOUR;
    await world.engine.testChannel({ project: PROJECT, name: "slack" });
    await after(HOUR);
    expect(told().slack).toEqual([expect.stringContaining("Rollcall can send")]);
    expect(told().mail).toHaveLength(1);
  });

  test("is tried as often as was chosen, or never", async () => {
    await put("mail", DAY);
    await put("slack", null);
    for (let day = 0; day < 10; day += 1) await after(DAY);
    expect(told().mail).toHaveLength(10);
    expect(told().slack).toEqual([]);
  });

  test("is told the same by two who look at once, and by one who looks again after dying in the middle", async () => {
    world.wall.at += WEEK;
    await Promise.all([world.engine.testQuietChannels(), world.engine.testQuietChannels()]);
    await world.restart();
    await world.engine.testQuietChannels();
    const tries = (await world.notifications()).filter(({ change }) => change === "test");
    expect(tries.map(({ channel, status }) => `${channel} ${status}`)).toEqual([
      "mail pending",
      "slack pending",
    ]);
  });
});

describe("a channel that refuses to be tried", () => {
  test("because of DMARC is an incident told on the others, and over when it delivers again", async () => {
    mail.refuse = { stage: "data", code: 550, answer: DMARC };
    await after(WEEK);
    await after(DAY);
    const [incident, ...others] = await world.incidents();
    expect(others).toEqual([]);
    expect(incident).toMatchObject({
      kind: "delivery",
      status: "open",
      subject: { type: "channel", channel: "mail" },
      evidence: { came: expect.stringContaining("550") },
    });
    await deliver();
    expect(told().slack.at(-1)).toContain(incident?.title);

    // It is tried again a week after the first time, though nobody has looked at it.
    await after(WEEK - DAY);
    expect(await world.incidents()).toHaveLength(1);
    mail.refuse = null;
    await after(HOUR);
    expect(told().mail).toHaveLength(1);
    expect(await world.incidents()).toMatchObject([{ status: "resolved", resolvedBy: "evidence" }]);
    await deliver();
    expect(told().slack.at(-1)).toContain("Resolved");
  });

  test("because its token was revoked is told by mail", async () => {
    chat.interfere = {
      method: "chat.postMessage",
      answer: (_received, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ ok: false, error: "invalid_auth" }));
      },
    };
    await after(WEEK);
    await deliver();
    expect(told().mail.at(-1)).toBe("Open: Channel slack does not deliver: invalid_auth");
  });

  test("for now is tried again as any message is, and is an incident only after a day", async () => {
    mail.refuse = { stage: "data", code: 451, answer: "4.3.2 Try again later" };
    await put("mail", LIMITS.shortestSelfTestMs);
    await put("slack", null);
    await after(HOUR);
    for (let hour = 0; hour < 23; hour += 1) await after(HOUR);
    expect(await world.incidents()).toEqual([]);
    await after(HOUR);
    expect(await world.incidents()).toMatchObject([{ kind: "delivery", status: "open" }]);
    const tries = (await world.notifications()).filter(({ change }) => change === "test");
    expect(tries).toHaveLength(1);
  });

  test("is told on whatever other channel there is, where no operator hears of it", async () => {
    const patch = { operatorChannels: ["mail"], defaultChannels: ["mail"] };
    await world.engine.patchProject({ project: PROJECT, patch });
    mail.refuse = { stage: "receiver", code: 550, answer: "5.1.1 No such user" };
    await after(WEEK);
    await deliver();
    expect(told().slack.at(-1)).toContain("Channel mail does not deliver");
  });

  test("is told on a channel that is there and delivers, whatever stands first among the operators'", async () => {
    const patch = { operatorChannels: ["mail", "ghost"], defaultChannels: ["mail", "ops"] };
    for (const name of ["ghost", "ops"])
      await world.engine.saveChannel({ project: PROJECT, name, kind: "slack", settings: SETTINGS.slack() });
    await world.engine.patchProject({ project: PROJECT, patch });
    await world.engine.deleteChannel({ project: PROJECT, name: "ghost" });
    const trouble = { project: PROJECT, channel: "ops", code: "http_404", detail: "" };
    await world.engine.reportChannelTrouble({ ...trouble, type: "failed" });
    mail.refuse = { stage: "receiver", code: 550, answer: "5.1.1 No such user" };
    await world.engine.reportChannelTrouble({ ...trouble, channel: "mail", type: "failed" });
    const tellers = (await world.notifications()).filter(({ title }) => title.startsWith("Channel mail"));
    expect(tellers.map(({ channel }) => channel)).toContain("slack");
  });

  test("is no trouble any more when it is deleted, nor by a message that was still on its way", async () => {
    mail.refuse = { stage: "receiver", code: 550, answer: "5.1.1 No such user" };
    await after(WEEK);
    await world.engine.deleteChannel({ project: PROJECT, name: "mail" });
    expect(await world.incidents()).toMatchObject([{ kind: "delivery", status: "resolved" }]);
    const late = { channel: "mail", type: "failed" as const, code: "http_500", detail: "" };
    await world.engine.reportChannelTrouble({ project: PROJECT, ...late });
    expect(await world.incidents()).toHaveLength(1);
    expect(await world.engine.readiness()).toMatchObject({ failingChannels: 0 });
  });

  test("and is the only one is an open incident all the same: there is nobody to tell, but it is shown", async () => {
    await world.engine.deleteChannel({ project: PROJECT, name: "slack" });
    mail.refuse = { stage: "receiver", code: 550, answer: "5.1.1 No such user" };
    await after(WEEK);
    await deliver();
    expect(await world.incidents()).toMatchObject([{ kind: "delivery", status: "open" }]);
    const waiting = (await world.notifications()).filter(({ status }) => status === "pending");
    expect(waiting).toEqual([]);
  });
});
