/** `/verify/otlp/v1/traces`: what a batch of traces would be answered, with nothing written, and green when it is verified. */
import { gzipSync } from "node:zlib";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readableSpan, ROOT, type Told } from "../dialects/otlp/spans.ts";
import { START } from "../makers.ts";
import type { Face } from "./face.ts";
import { createServedFace, type ServedFace } from "./served-face.ts";

const TWINS = ["/verify/otlp/v1/traces", "/verify/v1/traces"] as const;
const [TWIN] = TWINS;

let face: Face;
let served: ServedFace;
beforeEach(async () => {
  served = await createServedFace();
  ({ face } = served);
  await face.api("PUT", "/v1/monitors/lead-agent", { body: { schedule: { every: "1h" }, grace: "5m" } });
});
afterEach(() => served.close());

const batch = (...spans: Told[]) =>
  JsonTraceSerializer.serializeRequest(spans.map(readableSpan)) as Uint8Array<ArrayBuffer>;
const ROOT_SPAN: Told = { spanId: ROOT, startedAt: START, endedAt: START };
const OF_NOBODY: Told = { spanId: "00000000000000aa", resource: { "service.name": "nobody" } };

interface Sent {
  path?: string;
  key?: string | null;
  headers?: Record<string, string>;
}

/** What the twin answers, having written nothing. */
async function look(
  body: NonNullable<RequestInit["body"]>,
  { path = TWIN, key = face.keys.ping, headers = {} }: Sent = {},
) {
  const proof: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  const init = {
    method: "POST",
    headers: { "content-type": "application/json", ...proof, ...headers },
    body,
  };
  return served.writingNothing(() => served.ask(path, init));
}

describe.each(TWINS)("at %s", (path) => {
  test("a batch is told as it would be taken, and no run begins", async () => {
    const looked = await look(batch(ROOT_SPAN), { path });
    expect(looked).toMatchObject({
      status: 200,
      json: {
        ok: true,
        principal: "scheduler",
        contract: "key",
        config_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
        version: "1",
        would: {},
      },
    });
    expect(looked.headers.get("cache-control")).toBe("no-store");
    expect((await face.api("GET", "/v1/monitors/lead-agent/runs")).json.items).toEqual([]);
  });

  test("the verification matrix is green by the ping key", async () => {
    const { status, json } = await face.api("POST", "/v1/verifications", {
      body: { url: served.url + path, contract: "key" },
    });
    expect(status).toBe(201);
    expect(json).toMatchObject({ colour: "green", findings: [], notes: [], stale: false });
    const wrongMethod = json.cases.find((each: { case: string }) => each.case === "wrong_method");
    expect(wrongMethod).toMatchObject({ result: "passed", status: 405 });
    expect((await face.api("GET", "/v1/rejections")).json.items).toEqual([]);
    await face.api("PATCH", "/v1/project", { body: { accepts: ["ping_url"] } });
    expect((await face.api("GET", `/v1/verifications/${json.id}`)).json.stale_because).toEqual([
      "the contract key is accepted there no longer",
    ]);
  });
});

test("what would not be taken of it is told as an exporter would be told", async () => {
  const spans = batch(ROOT_SPAN, OF_NOBODY);
  const { json } = await look(spans);
  expect(json).toMatchObject({ ok: true, would: { partialSuccess: { rejectedSpans: "1" } } });
  const came = await served.ask("/otlp/v1/traces", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${face.keys.ping}` },
    body: spans,
  });
  expect(came.json).toEqual(json.would);
});

test("a monitor that was deleted would refuse its spans alone", async () => {
  await face.api("DELETE", "/v1/monitors/lead-agent");
  const { json } = await look(batch(ROOT_SPAN));
  expect(json.ok).toBe(true);
  expect(json.would.partialSuccess.errorMessage).toContain("was deleted");
});

test("Protocol Buffers and compressed batches are read too, and answered with JSON", async () => {
  const bytes = ProtobufTraceSerializer.serializeRequest([readableSpan(OF_NOBODY)]) as Uint8Array;
  const headers = { "content-type": "application/x-protobuf", "content-encoding": "gzip" };
  const { json } = await look(gzipSync(bytes), { headers });
  expect(json.would.partialSuccess.rejectedSpans).toBe("1");
});

test("refusals are told and not kept", async () => {
  const refusal = async (body: NonNullable<RequestInit["body"]>, sent: Sent = {}) => {
    const { status, json } = await look(body, sent);
    expect(json.ok).toBe(false);
    return [status, json.reason];
  };
  expect(await refusal("{}", { key: null })).toEqual([401, "no_credentials"]);
  expect(await refusal("not even JSON", { key: `${face.keys.ping.slice(0, -4)}aaaa` })).toEqual([
    401,
    "wrong_secret",
  ]);
  expect(await refusal("{}", { key: face.keys.admin })).toEqual([401, "wrong_scheme"]);
  expect(await refusal("not even JSON")).toEqual([400, "malformed"]);
  expect(await refusal("{}", { headers: { "content-type": "text/plain" } })).toEqual([415, null]);
  expect((await face.api("GET", "/v1/rejections")).json.items).toEqual([]);
});

test.each(["GET", "HEAD", "PUT"])("%s is no way to send traces", async (method) => {
  const headers = { authorization: `Bearer ${face.keys.ping}` };
  const { status, headers: told } = await served.ask(TWIN, { method, headers });
  expect([status, told.get("allow")]).toEqual([405, "POST, OPTIONS"]);
});

test("a key that is good for no monitor named is not let in, though such a batch would be taken", async () => {
  const { text } = await face.engine.createKey({
    project: "default",
    kind: "ping",
    label: "lead-agent's",
    monitors: ["lead-agent"],
  });
  const key = text ?? "";
  expect((await look("{}", { key })).json).toMatchObject({ ok: false, reason: "not_allowed_monitor" });
  expect((await look(batch(OF_NOBODY), { key })).json.reason).toBe("not_allowed_monitor");
  expect((await look(batch(ROOT_SPAN), { key })).json).toMatchObject({ ok: true, would: {} });
});

test("a monitor's own contract is met beside the key, and its proof is good for one look and then the batch", async () => {
  const secret = "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r";
  await face.api("PUT", "/v1/contracts/ci", {
    body: { scheme: "jwt_hs256", header: "x-token", issuer: "ci", secret },
  });
  await face.api("PATCH", "/v1/monitors/lead-agent", { body: { accepts: ["ci"] } });
  const token = await new SignJWT({ iss: "ci", jti: "1", exp: START / 1_000 + 3_600 })
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(secret));
  const headers = { "x-token": token };
  expect((await look(batch(ROOT_SPAN))).json).toMatchObject({ ok: true, contract: "key" });
  expect((await look(batch(ROOT_SPAN), { headers })).json).toMatchObject({ contract: "ci", would: {} });
  expect(await look(batch(ROOT_SPAN), { headers })).toMatchObject({
    status: 401,
    json: { reason: "replayed" },
  });
  const came = await served.ask("/otlp/v1/traces", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${face.keys.ping}`, ...headers },
    body: batch(ROOT_SPAN),
  });
  expect(came).toMatchObject({ status: 200, json: {} });
  expect((await face.api("GET", "/v1/monitors/lead-agent/runs")).json.items).toHaveLength(1);
});

test("a project named like it keeps the long form of its check-ins' twin", async () => {
  const headers = { authorization: `Bearer ${face.keys.ping}` };
  const { json } = await served.ask("/verify/checkin/v1/traces", { headers });
  expect(json).toMatchObject({ ok: false, reason: "not_allowed_monitor" });
});
