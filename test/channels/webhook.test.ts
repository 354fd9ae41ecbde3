/** The webhook channel: the channel contract, the signature as an independent verifier sees it, the event's form. */
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { webhook } from "../../src/channels/webhook.ts";
import type { Message } from "../../src/ports/channel.ts";
import { createOutbound } from "../../src/system/outbound.ts";
import { channelContract } from "../contracts/channel.ts";
import { AT, digestMessage, incident, message, told } from "../makers-message.ts";
import {
  answering,
  hanging,
  startHttpReceiver,
  type HttpReceiver,
  type Answer,
} from "../stubs/http-receiver.ts";

const SECRET = `whsec_${Buffer.from("a key of thirty-two random bytes").toString("base64")}`;
const TOKEN = "tok-5up3rs3cret";

/** A receiver that repeats what it was sent, as careless ones do. */
const echoing = (status: number, headers: Record<string, string> = {}): Answer => {
  return (received, response) => {
    response.writeHead(status, headers);
    response.end(`no: ${received.path} ${SECRET} ${JSON.stringify(received.headers)}`);
  };
};

const TROUBLES: Record<string, Answer> = {
  "401: permanent": echoing(401),
  "403: permanent": echoing(403),
  "404: permanent": echoing(404),
  "410: permanent": echoing(410),
  "400: may pass": echoing(400),
  "408: may pass": echoing(408),
  "302: not followed, may pass": echoing(302, { location: `/${TOKEN}` }),
  "429 with seconds": echoing(429, { "retry-after": "120" }),
  "429 with a date": echoing(429, { "retry-after": new Date(AT + 90_000).toUTCString() }),
  "429 with a date that has passed": echoing(429, { "retry-after": new Date(AT - 90_000).toUTCString() }),
  "429 with nonsense": echoing(429, { "retry-after": "soon" }),
  "503 that asks for a year": echoing(503, { "retry-after": "31536000" }),
  "500: may pass": echoing(500),
  hang: hanging,
};

describe("contract", () => {
  channelContract({
    kind: webhook,
    async start() {
      const receiver = await startHttpReceiver();
      return {
        settings: { url: `${receiver.url}/in/${TOKEN}?key=${TOKEN}`, secret: SECRET },
        secrets: [TOKEN, SECRET, SECRET.slice(6)],
        seen: () =>
          receiver.received.map(({ body, headers }) => ({
            text: allText(JSON.parse(body)),
            raw: body,
            key: headers["webhook-id"] ?? "",
          })),
        trouble(name) {
          receiver.answer = TROUBLES[name] ?? answering({ status: 500 });
        },
        close: () => receiver.close(),
      };
    },
    troubles: {
      "401: permanent": { code: "http_401", isPermanent: true },
      "403: permanent": { code: "http_403", isPermanent: true },
      "404: permanent": { code: "http_404", isPermanent: true },
      "410: permanent": { code: "http_410", isPermanent: true },
      "400: may pass": { code: "http_400", isPermanent: false, retryAfterMs: null },
      "408: may pass": { code: "http_408", isPermanent: false },
      "302: not followed, may pass": { code: "http_302", isPermanent: false },
      "429 with seconds": { code: "http_429", isPermanent: false, retryAfterMs: 120_000 },
      "429 with a date": { code: "http_429", retryAfterMs: 90_000 },
      "429 with a date that has passed": { code: "http_429", retryAfterMs: 0 },
      "429 with nonsense": { code: "http_429", retryAfterMs: null },
      "503 that asks for a year": { code: "http_503", isPermanent: false, retryAfterMs: 3_600_000 },
      "500: may pass": { code: "http_500", isPermanent: false, retryAfterMs: null },
    },
  });
});

describe("signature and event", () => {
  let receiver: HttpReceiver;
  beforeEach(async () => {
    receiver = await startHttpReceiver();
  });
  afterEach(() => receiver.close());

  async function sent(given: Message, options: { secret?: string; nowAt?: number } = {}) {
    const outbound = createOutbound({ allow: ["127.0.0.1"] });
    const settings = {
      url: receiver.url,
      ...(options.secret === undefined ? {} : { secret: options.secret }),
    };
    const result = await webhook.send({
      message: given,
      settings,
      thread: null,
      outbound,
      nowAt: options.nowAt ?? AT,
    });
    expect(result).toEqual({ isSent: true, thread: null });
    const [received] = receiver.received.splice(0);
    if (received === undefined) throw new Error("nothing was received");
    return { ...received, event: JSON.parse(received.body) as Record<string, Record<string, unknown>> };
  }

  test("a verifier of Standard Webhooks accepts it, and nothing that was changed on the way", async () => {
    const { headers, body } = await sent(message(), { secret: SECRET, nowAt: Date.now() });
    const verifier = new Webhook(SECRET);
    expect(verifier.verify(body, headers)).toMatchObject({ specversion: "1.0" });
    expect(() => verifier.verify(body.replace("nightly", "weekly"), headers)).toThrow();
    expect(() => verifier.verify(body, { ...headers, "webhook-id": "other" })).toThrow();
    expect(() =>
      new Webhook(`whsec_${btoa("another key, as long as the first")}`).verify(body, headers),
    ).toThrow();
  });

  test("without a secret there is no signature, and the key is sent all the same", async () => {
    const { headers } = await sent(message());
    expect(headers["webhook-signature"]).toBeUndefined();
    expect(headers).toMatchObject({
      "webhook-id": message().deduplicationKey,
      "webhook-timestamp": String(AT / 1_000),
    });
  });

  test.each(["opened", "changed", "reminder", "acknowledged", "resolved"] as const)(
    "an incident that %s has the type of that change",
    async (change) => {
      const { event } = await sent(message({ changes: [told("opened"), told(change, { at: AT + 1_000 })] }));
      expect(event["type"]).toBe(`com.rollcall.incident.${change}`);
      expect(event["time"]).toBe("2026-03-02T01:10:01Z");
    },
  );

  test.each([
    ["digest", digestMessage(25)],
    ["result", message({ kind: "result", changes: [told("result")] })],
    ["test", message({ kind: "test", changes: [told("test")] })],
  ])("a %s has its own type", async (kind, given) => {
    expect((await sent(given)).event["type"]).toBe(`com.rollcall.incident.${kind}`);
  });

  test("the event is a whole CloudEvent with the incident as the API writes it", async () => {
    const { event, headers } = await sent(message({ incident: incident({ resolvedAt: AT + 60_000 }) }));
    expect(headers["content-type"]).toBe("application/json");
    expect(event).toMatchObject({
      specversion: "1.0",
      id: message().deduplicationKey,
      source: "urn:rollcall:default",
      subject: "nightly-backup",
      datacontenttype: "application/json",
    });
    expect(event["data"]).toMatchObject({
      url: "https://rollcall.example.org/",
      changes: [{ change: "opened", at: "2026-03-02T01:10:00Z" }],
      incident: {
        id: "inc_1",
        monitor: "nightly-backup",
        kind: "missing",
        phase: "not_arrived",
        opened_at: "2026-03-02T01:10:00Z",
        resolved_at: "2026-03-02T01:11:00Z",
        windows_lost: 1,
      },
    });
  });
});

/** All strings of a JSON value, in order. */
function allText(value: unknown): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  if (value === null || typeof value !== "object") return "";
  return Object.values(value).map(allText).join("\n");
}
