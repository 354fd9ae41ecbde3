/** Channels as people manage them: settings checked by their schema, secrets kept and never shown, a test sent at once. */
import { beforeEach, describe, expect, test } from "vitest";
import { email } from "../../src/channels/email.ts";
import { slack } from "../../src/channels/slack.ts";
import { webhook } from "../../src/channels/webhook.ts";
import { type FieldProblem, RollcallError } from "../../src/domain/errors.ts";
import { deleteChannel, getChannel, listChannels, saveChannel } from "../../src/engine/channels.ts";
import type { EngineParts } from "../../src/engine/parts.ts";
import { testChannel } from "../../src/engine/test-channel.ts";
import { createOutbound } from "../../src/system/outbound.ts";
import { answering, startHttpReceiver } from "../stubs/http-receiver.ts";
import { FAILED, PROJECT, startWorld, type World } from "./delivery-world.ts";

const TOKEN = ["xoxb", "12", "abc"].join("-");
const SLACK = { bot_token: TOKEN, channel: "#alerts" };
const MAIL = { host: "mail.example.org", from: "a@example.org", to: ["b@example.org"] };

let world: World;
let parts: EngineParts;
beforeEach(async () => {
  world = await startWorld();
  parts = { ...world.parts, channels: [...world.parts.channels, slack, email, webhook] };
});

const save = (kind: string, settings: Record<string, unknown>, name = "alerts") =>
  saveChannel(parts, { project: PROJECT, name, kind, settings });

async function problemsOf(work: Promise<unknown>): Promise<readonly FieldProblem[]> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RollcallError);
  return (error as RollcallError).problems;
}

const storedText = async (name = "alerts") => JSON.stringify(await parts.store.getChannel(PROJECT, name));

describe("saving", () => {
  test("a channel is kept with its secrets sealed and shown without them", async () => {
    const { channel, isCreated } = await save("slack", SLACK);
    expect(isCreated).toBe(true);
    expect(channel.settings).toEqual({
      bot_token: "set",
      channel: "#alerts",
      api_url: null,
      webhook_url: null,
    });
    expect(await storedText()).not.toContain(TOKEN);
    expect(await getChannel(parts, { project: PROJECT, name: "alerts" })).toEqual(channel);
  });

  test("a secret left out, or written back as it was shown, stays; null removes it", async () => {
    await save("email", { ...MAIL, username: "u", password: "p4ss" });
    const opened = async () => {
      const stored = await parts.store.getChannel(PROJECT, "alerts");
      const sealed = stored?.settings["password"];
      return typeof sealed === "string" ? parts.vault.open(sealed) : null;
    };
    expect((await save("email", { ...MAIL, username: "u2" })).channel.settings["password"]).toBe("set");
    expect(await opened()).toBe("p4ss");
    await save("email", { ...MAIL, password: "set" });
    expect(await opened()).toBe("p4ss");
    await save("email", { ...MAIL, password: "new" });
    expect(await opened()).toBe("new");
    await save("email", { ...MAIL, password: null });
    expect(await opened()).toBeNull();
  });

  test("what is no secret and is left out is gone: PUT replaces", async () => {
    await save("email", { ...MAIL, username: "u" });
    expect((await save("email", MAIL)).channel.settings["username"]).toBeNull();
  });

  test("naming a webhook URL turns a bot into a webhook, and the old token goes", async () => {
    await save("slack", SLACK);
    const { channel } = await save("slack", { webhook_url: "https://hooks.slack.example/x" });
    expect(channel.settings).toMatchObject({ bot_token: null, channel: null, webhook_url: "set" });
    const moved = await save("slack", SLACK);
    expect(moved.channel.settings).toMatchObject({ bot_token: "set", channel: "#alerts", webhook_url: null });
    expect((await save("slack", { channel: "#other" })).channel.settings).toMatchObject({ bot_token: "set" });
  });

  test("another kind keeps nothing of the old one", async () => {
    await save("email", { ...MAIL, password: "p4ss" });
    await save("webhook", { url: "https://example.org/hook" });
    expect(await storedText()).not.toContain("password");
  });

  test.each<[string, string, Record<string, unknown>, string[]]>([
    ["what is required", "email", {}, ["settings.host", "settings.from", "settings.to"]],
    ["an unknown field", "email", { ...MAIL, colour: "red" }, ["settings.colour"]],
    ["a wrong type", "email", { ...MAIL, port: "25", host: 7 }, ["settings.host", "settings.port"]],
    ["a number out of range", "email", { ...MAIL, port: 70_000 }, ["settings.port"]],
    ["a word that is not offered", "email", { ...MAIL, security: "some" }, ["settings.security"]],
    ["an empty list", "email", { ...MAIL, to: [] }, ["settings.to"]],
    [
      "a list entry that is no address",
      "email",
      { ...MAIL, to: ["b@example.org", "nobody"] },
      ["settings.to"],
    ],
    ["a line break", "email", { ...MAIL, from: "a@example.org\r\nBcc: c@example.org" }, ["settings.from"]],
    ["half a group", "slack", { bot_token: TOKEN }, ["settings.channel"]],
    ["two groups", "slack", { ...SLACK, webhook_url: "https://x.example/" }, ["settings.bot_token"]],
    ["no group", "slack", {}, ["settings.bot_token"]],
    ["a token of another form", "slack", { ...SLACK, bot_token: "hunter2" }, ["settings.bot_token"]],
    ["a URL that is none", "webhook", { url: "example.org" }, ["settings.url"]],
    [
      "a secret of another form",
      "webhook",
      { url: "https://x.example", secret: "hunter2" },
      ["settings.secret"],
    ],
  ])("%s is refused by name", async (_what, kind, settings, fields) => {
    const problems = await problemsOf(save(kind, settings));
    expect(problems.map(({ field }) => field)).toEqual(fields);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
    expect(await parts.store.getChannel(PROJECT, "alerts")).toBeNull();
  });

  test("an unknown kind and a name that is no slug are refused, with what is allowed", async () => {
    const [unknown] = await problemsOf(save("pigeon", {}));
    expect(unknown).toMatchObject({ field: "kind", message: expect.stringMatching(/slack, email, webhook/) });
    expect(await problemsOf(save("slack", SLACK, "Not A Slug"))).toMatchObject([{ field: "name" }]);
  });

  test("secrets of another key file must be entered again, and may be", async () => {
    await save("webhook", { url: "https://example.org/hook" });
    const stored = await parts.store.getChannel(PROJECT, "alerts");
    if (stored === null) throw new Error("no channel");
    await parts.store.putChannel({ ...stored, settings: { url: "v1.not-ours" } });
    expect(await problemsOf(save("webhook", {}))).toMatchObject([{ field: "settings.url" }]);
    await save("webhook", { url: "https://example.org/hook" });
  });
});

describe("listing and deleting", () => {
  test("channels are listed by name, and deleted once", async () => {
    await save("slack", SLACK, "zulu");
    await save("slack", SLACK, "alpha");
    const names = async () => (await listChannels(parts, { project: PROJECT })).map(({ name }) => name);
    expect(await names()).toEqual(["alpha", "ops", "zulu"]);
    await deleteChannel(parts, { project: PROJECT, name: "alpha" });
    expect(await names()).toEqual(["ops", "zulu"]);
    const again = deleteChannel(parts, { project: PROJECT, name: "alpha" });
    await expect(again).rejects.toMatchObject({ code: "not_found" });
    await expect(getChannel(parts, { project: PROJECT, name: "alpha" })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("testing a channel", () => {
  const tried = (name = "ops") => testChannel(parts, { project: PROJECT, name });

  test("a test message is sent at once and kept among the notifications", async () => {
    expect(await tried()).toEqual({ isSent: true, code: "sent", detail: "" });
    expect(world.sent).toMatchObject([{ message: { kind: "test" }, settings: { token: "secret-of-ops" } }]);
    expect(await world.kept()).toMatchObject([{ change: "test", status: "sent", incidentId: null }]);
    await world.pass();
    expect(world.sent).toHaveLength(1);
  });

  test("a failure is the answer, and is not tried again", async () => {
    world.answer = () => FAILED;
    expect(await tried()).toEqual({ isSent: false, code: "http_500", detail: "The receiver answered 500." });
    expect(await world.kept()).toMatchObject([{ status: "failed", attempts: [{ code: "http_500" }] }]);
    await world.pass();
    expect(world.sent).toHaveLength(1);
  });

  test("a channel that is not there is not found", async () => {
    await expect(tried("nowhere")).rejects.toMatchObject({ code: "not_found" });
  });

  test("a saved webhook is really reached, with its defaults and opened secrets", async () => {
    const receiver = await startHttpReceiver(answering({ status: 200 }));
    try {
      parts = { ...parts, outbound: createOutbound({ allow: ["127.0.0.1"] }) };
      await save("webhook", { url: `${receiver.url}/hook` });
      expect(await tried("alerts")).toMatchObject({ isSent: true });
      expect(receiver.received).toMatchObject([{ path: "/hook" }]);
    } finally {
      await receiver.close();
    }
  });
});
