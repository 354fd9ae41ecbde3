/** Proofs that others made, by their published examples and by their own libraries: the boundary takes them as they are. */
import { Receiver } from "@upstash/qstash";
import { createHash, createHmac } from "node:crypto";
import { SignJWT } from "jose";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { fromBase64, hmacSha256, toBase64, utf8 } from "../../src/trust/bytes.ts";
import { mintProof } from "../../src/trust/mint-proof.ts";
import { BODY, bytes, decide, named, NOW_AT, reasonOf, request, URL_CALLED } from "./boundary-makers.ts";

const WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

describe("published examples", () => {
  test("Slack's signing secret, form and signature", async () => {
    const body =
      "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V" +
      "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=" +
      "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN" +
      "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const headers = {
      "x-slack-request-timestamp": "1531420618",
      "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    };
    const slack = named("slack", { secrets: ["8f742231b10e8888abcd99yyyzzz85a5"] });
    const decision = await decide([slack], request({ headers, body: bytes(body) }), {
      at: 1_531_420_650_000,
    });
    expect(decision).toMatchObject({ isOk: true, contract: "slack", principal: "scheduler" });
  });

  test("GitHub's webhook secret, payload and signature", async () => {
    const headers = {
      "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
      "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    };
    const github = named("github_webhook", { secrets: ["It's a Secret to Everybody"] });
    const decision = await decide([github], request({ headers, body: bytes("Hello, World!") }));
    expect(decision).toMatchObject({ isOk: true, once: { untilAt: expect.any(Number) as number } });
  });

  test("Standard Webhooks' example of its specification", async () => {
    const headers = {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };
    const call = request({ headers, body: bytes('{"test": 2432232314}') });
    const contract = named("standard_webhooks", { secrets: [WEBHOOK_SECRET] });
    expect(reasonOf(await decide([contract], call, { at: 1_614_265_330_000 }))).toBe("ok");
  });

  test("RFC 7515's key, token and signature of appendix A.1", async () => {
    const signed =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" +
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const key = fromBase64(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    );
    // The key is bytes that are no text, as a secret is; so only what signs and compares can be held against it.
    const made = await hmacSha256(key ?? new Uint8Array(), utf8(signed));
    expect(toBase64(made)).toBe("dBjftJeZ4CVP+mB92K27uhbUJU1p1r/wW1gFWFOEjXk=");
  });
});

/** Made on the spot by what the platforms themselves hand out, or as their documentation says. */
describe("proofs made by independent libraries", () => {
  test("Standard Webhooks, by their own package, and Svix, which differs in names alone", async () => {
    const signature = new Webhook(WEBHOOK_SECRET).sign("msg_1", new Date(NOW_AT), BODY);
    for (const [preset, prefix] of [
      ["standard_webhooks", "webhook"],
      ["svix", "svix"],
    ] as const) {
      const headers = {
        [`${prefix}-id`]: "msg_1",
        [`${prefix}-timestamp`]: String(NOW_AT / 1_000),
        [`${prefix}-signature`]: `v1a,${"A".repeat(86)}== v1,AAAA ${signature}`,
      };
      const contract = named(preset, { secrets: [WEBHOOK_SECRET] });
      expect(reasonOf(await decide([contract], request({ headers })))).toBe("ok");
    }
  });

  test("QStash, by a JSON Web Token library", async () => {
    const token = await qstashToken();
    const call = request({ headers: { "upstash-signature": token } });
    const contract = named("qstash", { secrets: ["sig_current", "sig_next"] });
    expect(await decide([contract], call)).toMatchObject({
      isOk: true,
      once: { untilAt: NOW_AT + 330_000 },
      runId: null,
      trigger: null,
    });
  });

  test("Inngest, Trigger.dev and CueAPI, by Node's own HMAC over the text that they document", async () => {
    const stamp = String(NOW_AT / 1_000);
    const canonical = '{"a":"ü","b":1}';
    const proofs: [string, string, Record<string, string>][] = [
      [
        "inngest",
        "signkey-prod-0123456789abcdef",
        { "x-inngest-signature": `t=${stamp}&s=${hmac("0123456789abcdef", canonical + stamp)}` },
      ],
      ["trigger_dev", "a-secret", { "x-trigger-signature-hmacsha256": hmac("a-secret", BODY) }],
      [
        "cueapi",
        "whsec_0123",
        {
          "x-cueapi-signature": `v1=${hmac("whsec_0123", `${stamp}.${BODY}`)}`,
          "x-cueapi-timestamp": stamp,
          "x-cueapi-execution-id": "e-1",
          "x-cueapi-scheduled-for": "2026-11-22T05:00:00Z",
        },
      ],
    ];
    for (const [preset, secret, headers] of proofs) {
      const decision = await decide([named(preset, { secrets: [secret] })], request({ headers }));
      expect([preset, reasonOf(decision)]).toEqual([preset, "ok"]);
      if (preset === "cueapi") expect(decision).toMatchObject({ scheduledForAt: NOW_AT });
    }
  });
});

describe("proofs made by mintProof", () => {
  test("a Receiver of QStash takes them", async () => {
    const at = Date.now();
    const headers = await mintProof(named("qstash", { secrets: ["sig_current"] }), callAt(at));
    const receiver = new Receiver({ currentSigningKey: "sig_current", nextSigningKey: "sig_next" });
    const signature = headers?.["upstash-signature"] ?? "";
    expect(await receiver.verify({ signature, body: BODY, url: URL_CALLED })).toBe(true);
  });

  test("a Webhook of Standard Webhooks takes them", async () => {
    const headers = await mintProof(
      named("standard_webhooks", { secrets: [WEBHOOK_SECRET] }),
      callAt(Date.now()),
    );
    expect(new Webhook(WEBHOOK_SECRET).verify(BODY, { ...headers })).toEqual(JSON.parse(BODY));
  });
});

function callAt(at: number) {
  return { method: "POST", url: URL_CALLED, body: bytes(BODY), at, id: "msg_1" };
}

function hmac(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("hex");
}

/** As QStash's documentation has it, padding included. */
function qstashToken(): Promise<string> {
  const seconds = NOW_AT / 1_000;
  const hash = createHash("sha256").update(BODY).digest("base64url");
  return new SignJWT({ iss: "Upstash", sub: URL_CALLED, jti: "jwt_1", body: `${hash}=` })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt(seconds)
    .setNotBefore(seconds)
    .setExpirationTime(seconds + 300)
    .sign(bytes("sig_next"));
}
