/**
 * What every channel must do, whatever its medium: tell all there is to tell, keep hostile text harmless, judge
 * answers rightly, never let a secret out. Run with a receiver of the channel's own kind on loopback.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { evidenceOf, titleOf } from "../../src/domain/decide/story.ts";
import type { ChannelKind, Message, SendResult } from "../../src/ports/channel.ts";
import type { Incident } from "../../src/domain/incident.ts";
import { createOutbound } from "../../src/system/outbound.ts";
import { callIn, check, failed, tally } from "../domain/outcome/story.ts";
import { monitor, run } from "../makers.ts";
import { AT, digestMessage, incident, message, told } from "../makers-message.ts";

/** One message as the receiver's reader sees it, and the bytes it came as. */
export interface SeenMessage {
  text: string;
  raw: string;
  /** What a receiver can know a repeated message by. */
  key: string;
}

export interface ChannelReceiver {
  settings: Readonly<Record<string, unknown>>;
  secrets: readonly string[];
  seen(): readonly SeenMessage[];
  /** Makes the receiver answer in one of the ways of `troubles`. */
  trouble(name: string): void;
  close(): Promise<void>;
}

export interface ChannelContract {
  kind: ChannelKind;
  start: () => Promise<ChannelReceiver>;
  /** Ways in which this receiver can refuse, and what the channel must make of them. */
  troubles: Readonly<Record<string, Partial<Extract<SendResult, { isSent: false }>>>>;
}

/** Everything a medium might take for markup, a mention, a header or a formula. */
const HOSTILE =
  '<!channel> <!here> <@U1> @here @channel <script>alert(1)</script> <https://evil.example|click> &lt; "quoted"' +
  " \r\nBcc: everyone@example.org\r\nSubject: gotcha\r\n\r\n.\r\n\u0000\u001b[31m\u202Eevil =1+1 *bold* `code`";

export function channelContract(contract: ChannelContract): void {
  const { kind, troubles } = contract;
  const trial = trialOf(contract);
  describe(`the ${kind.kind} channel tells`, () => {
    tellsContent(trial);
    tellsHostileText(trial);
  });
  describe(`the ${kind.kind} channel judges`, () => {
    judgesAnswers(trial, troubles);
    keepsSecrets(trial, troubles);
  });
  test(`every secret of the ${kind.kind} channel is declared one, and every field says what it is for`, () => {
    const { fields, oneOf } = kind.settings;
    for (const [name, field] of Object.entries(fields)) {
      expect(field.description).not.toBe("");
      if (/token|secret|password|webhook_url/.test(name)) expect(field.isSecret).toBe(true);
    }
    for (const name of (oneOf ?? []).flat()) expect(Object.keys(fields)).toContain(name);
  });
}

type Failure = Extract<SendResult, { isSent: false }>;

interface SendOptions {
  thread?: string | null;
  timeoutMs?: number;
  allow?: string[];
}

interface Trial {
  receiver: () => ChannelReceiver;
  send: (given: Message, options?: SendOptions) => Promise<SendResult>;
  failureOf: (given: Message, options?: SendOptions) => Promise<Failure>;
}

/** A new receiver for every test, and the channel that sends to it. */
function trialOf({ kind, start }: ChannelContract): Trial {
  let receiver: ChannelReceiver;
  beforeEach(async () => {
    receiver = await start();
  });
  afterEach(() => receiver.close());

  const send: Trial["send"] = (given, options = {}) => {
    const { allow = ["127.0.0.1"], timeoutMs = 2_000, thread = null } = options;
    const outbound = createOutbound({ allow, timeoutMs });
    return kind.send({ message: given, settings: receiver.settings, thread, outbound, nowAt: AT });
  };
  const failureOf: Trial["failureOf"] = async (given, options) => {
    const result = await send(given, options);
    expect(result.isSent).toBe(false);
    return result as Failure;
  };
  return { receiver: () => receiver, send, failureOf };
}

function tellsContent({ receiver, send }: Trial): void {
  test("an incident: what was expected and when, what came, how we know, where to look", async () => {
    expect(await send(message())).toMatchObject({ isSent: true });
    expect(receiver().seen()).toHaveLength(1);
    for (const part of [
      "nightly-backup: expected 02:00 Europe/Berlin, nothing arrived by 02:10 (grace 10m)",
      "a start at 02:00, by 02:10 at the latest",
      "nothing",
      "Rollcall was listening all the time",
      "whether the job was started at all",
      "the crontab and its host",
      "https://rollcall.example.org/",
    ]) {
      expect(receiver().seen()[0]?.text).toContain(part);
    }
  });

  test("pending changes that collapsed into one message: every one of them, in order", async () => {
    const resolved = incident({ status: "resolved", resolvedAt: AT + 60_000, resolvedBy: "evidence" });
    const changes = [told("opened"), told("changed"), told("resolved", { at: AT + 60_000 })];
    expect(await send(message({ changes, incident: resolved }))).toMatchObject({ isSent: true });
    const text = receiver().seen()[0]?.text ?? "";
    const places = changes.map(({ title }) => text.indexOf(title));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });

  test("incidents of a channel and of Rollcall itself, which have no monitor", async () => {
    const channel = incident({
      subject: { type: "channel", channel: "pager" },
      kind: "delivery",
      phase: null,
    });
    const blind = incident({ subject: { type: "service" }, kind: "blind", phase: null });
    for (const given of [channel, blind]) {
      expect(await send(message({ incident: given, monitor: null }))).toMatchObject({ isSent: true });
    }
    expect(receiver().seen()).toHaveLength(2);
  });

  test("a digest: how many, and the first titles", async () => {
    expect(await send(digestMessage(34))).toEqual({ isSent: true, thread: null });
    expect(receiver().seen()).toHaveLength(1);
    for (const part of ["34", "job-0: nothing arrived", "job-19: nothing arrived"]) {
      expect(receiver().seen()[0]?.text).toContain(part);
    }
  });

  test("a good result, and a test", async () => {
    const result = message({
      kind: "result",
      result: "late",
      title: "nightly-backup ran late",
      changes: [told("result")],
    });
    expect(await send(result)).toEqual({ isSent: true, thread: null });
    const tried = message({
      kind: "test",
      title: "Rollcall can reach this channel.",
      changes: [told("test")],
    });
    expect(await send({ ...tried, monitor: null, url: null })).toEqual({ isSent: true, thread: null });
    expect(receiver().seen()[0]?.text).toContain("nightly-backup ran late");
    expect(receiver().seen()[1]?.text).toContain("Rollcall can reach this channel.");
    const title = "lead-agent: degraded: processed 180 of 200 = 90 %, needs at least 95 %";
    const degraded = message({ kind: "result", result: "degraded", title, changes: [told("result")] });
    expect(await send(degraded)).toEqual({ isSent: true, thread: null });
    expect(receiver().seen()[2]?.text).toContain(title);
    expect(receiver().seen()[2]?.text).toMatch(/degraded/i);
  });
}

function tellsHostileText({ receiver, send }: Trial): void {
  test("hostile text, harmlessly, wherever it stands", async () => {
    const evidence = {
      expected: HOSTILE,
      came: HOSTILE,
      known: [HOSTILE],
      unknown: [HOSTILE],
      next: HOSTILE,
    };
    const given = incident({ title: HOSTILE, owner: HOSTILE, evidence });
    const changes = [told("opened", { title: HOSTILE }), told("changed", { title: HOSTILE })];
    const monitor = { slug: "hostile", name: HOSTILE, timezone: "UTC" };
    const sent = await send(message({ title: HOSTILE, incident: given, changes, monitor }));
    expect(sent).toMatchObject({ isSent: true });
    expect(receiver().seen()).toHaveLength(1);
    expect(receiver().seen()[0]?.text).toContain("=1+1");
  });

  test("hostile text that a job told of its run, harmlessly, in the title and all the evidence", async () => {
    const { title, evidence } = hostileRun();
    const given = message({ title, incident: incident({ kind: "unverified", title, evidence }) });
    expect(await send({ ...given, changes: [told("opened", { title })] })).toMatchObject({ isSent: true });
    expect(receiver().seen()).toHaveLength(1);
    expect(receiver().seen()[0]?.text).toContain("processed 3 of 200");
    expect(receiver().seen()[0]?.text).toContain("=1+1");
  });

  test("text of absurd length, within what the receiver takes", async () => {
    const long = "very & long ".repeat(2_000);
    const known = Array.from({ length: 50 }, () => long);
    const evidence = { expected: long, came: long, known, unknown: [], next: long };
    const given = message({ title: long, incident: incident({ title: long, evidence }) });
    expect(await send(given)).toMatchObject({ isSent: true });
  });

  test("the same message again under the same key", async () => {
    await send(message());
    await send(message());
    const [first, second] = receiver().seen();
    expect(first?.key).not.toBe("");
    expect(second?.key).toBe(first?.key);
  });
}

/** What Rollcall makes of a run that tells nothing but hostile text. */
function hostileRun(): Pick<Incident, "title" | "evidence"> {
  const step = failed(HOSTILE, { error: { class: "unknown", type: HOSTILE, message: HOSTILE } });
  const outcome = {
    exitStatus: null,
    message: HOSTILE,
    counts: { expected: 200, processed: 3 },
    plan: [HOSTILE, HOSTILE],
    steps: [step, callIn(step, 429, { name: HOSTILE })],
    http: [tally(429, { host: HOSTILE })],
    environment: { host: HOSTILE, version: HOSTILE, commit: HOSTILE, trace: HOSTILE },
    log: HOSTILE,
    unreadable: HOSTILE,
  };
  const checks = [check(`processed 3 of 200 ${HOSTILE}`, { check: HOSTILE })];
  const story = {
    monitor: monitor(),
    kind: "unverified",
    phase: "unverified",
    window: null,
    run: run({ state: "unverified", finishedAt: AT, outcome, checks }),
    rejections: null,
    dispatch: null,
    deploy: null,
    lastCheckInAt: AT,
    lastGoodAt: null,
    lastVerifiedAt: null,
    learned: { [HOSTILE]: [1] },
    isHearingWhole: true,
  } as const;
  return { title: titleOf(story), evidence: evidenceOf(story) };
}

function judgesAnswers({ receiver, failureOf }: Trial, troubles: ChannelContract["troubles"]): void {
  test.each(Object.keys(troubles))("%s", async (name) => {
    receiver().trouble(name);
    expect(await failureOf(message())).toMatchObject(troubles[name] ?? {});
  });

  test("a receiver that hangs: a timeout, to be tried again", async () => {
    receiver().trouble("hang");
    const failure = await failureOf(message(), { timeoutMs: 150 });
    expect(failure).toMatchObject({ code: "timeout", isPermanent: false });
  });

  test("a refused address: a person must change the setting that the detail names", async () => {
    const failure = await failureOf(message(), { allow: [] });
    expect(failure).toMatchObject({ code: "address_refused", isPermanent: true });
    expect(failure.detail).toContain("ROLLCALL_OUTBOUND_ALLOW");
    expect(receiver().seen()).toEqual([]);
  });

  test("a receiver that is gone: no connection, to be tried again", async () => {
    await receiver().close();
    expect(await failureOf(message())).toMatchObject({ code: "connect", isPermanent: false });
  });

  test("failures give back the thread they were given", async () => {
    expect(await failureOf(message(), { allow: [], thread: "kept" })).toMatchObject({ thread: "kept" });
  });
}

function keepsSecrets({ receiver, failureOf }: Trial, troubles: ChannelContract["troubles"]): void {
  test("and never repeats a secret, whatever goes wrong", async () => {
    const failures = [await failureOf(message(), { allow: [] })];
    for (const name of [...Object.keys(troubles), "hang"]) {
      receiver().trouble(name);
      failures.push(await failureOf(message(), { timeoutMs: 150 }));
    }
    await receiver().close();
    failures.push(await failureOf(message()));
    for (const { code, detail } of failures) {
      expect(detail.length).toBeLessThanOrEqual(300);
      for (const secret of receiver().secrets) expect(`${code} ${detail}`).not.toContain(secret);
    }
  });
}
