/** Traces in, through the outside face: who is let in, what a batch makes of a monitor, and what exporters are told. */
import { gzipSync, deflateSync } from "node:zlib";
import { SpanStatusCode } from "@opentelemetry/api";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { SignJWT, type JWTPayload } from "jose";
import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { wrapperSpanOf } from "../../src/domain/trace-parent.ts";
import { readableSpan, ROOT, TRACE, type Told } from "../dialects/otlp/spans.ts";
import { START } from "../makers.ts";
import { createFace, type Face } from "./face.ts";

const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/x-protobuf";

let face: Face;
beforeEach(async () => {
  face = await createFace();
  await face.api("PUT", "/v1/monitors/lead-agent", {
    body: { schedule: { cron: "*/10 * * * *" }, grace: "2m", max_runtime: "5m" },
  });
});

interface Sent {
  path?: string;
  type?: string;
  key?: string;
  headers?: Record<string, string>;
  method?: string;
}

async function post(body: Uint8Array | string, sent: Sent = {}): Promise<Response> {
  const { path = "/otlp/v1/traces", type = JSON_TYPE, method = "POST" } = sent;
  return face.app.request(path, {
    method,
    headers: {
      "content-type": type,
      authorization: `Bearer ${sent.key ?? face.keys.ping}`,
      ...sent.headers,
    },
    ...(method === "POST" ? { body: body as Uint8Array<ArrayBuffer> } : {}),
  });
}
const asJson = (...spans: Told[]) =>
  JsonTraceSerializer.serializeRequest(spans.map(readableSpan)) as Uint8Array;
const asProtobuf = (...spans: Told[]) =>
  ProtobufTraceSerializer.serializeRequest(spans.map(readableSpan)) as Uint8Array;

/** A run that began ten minutes after the start of time, seen from a little later. */
const BEGUN = START + 600_000;
function root(more: Told = {}): Told {
  return { spanId: ROOT, startedAt: BEGUN, endedAt: BEGUN + 60_000, ...more };
}
function child(more: Told = {}): Told {
  return {
    spanId: "00000000000000aa",
    parentId: ROOT,
    name: "enrich",
    startedAt: BEGUN + 1_000,
    endedAt: BEGUN + 2_000,
    ...more,
  };
}
async function runs() {
  return (await face.api("GET", "/v1/monitors/lead-agent/runs")).json.items;
}
async function rejections() {
  return (await face.api("GET", "/v1/rejections")).json.items;
}

describe("a contract in the place of keys", () => {
  const SIGNING_KEY = "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r";
  const token = (claims: JWTPayload) =>
    new SignJWT({ iss: "ci", exp: START / 1_000 + 3_600, ...claims })
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode(SIGNING_KEY));

  test("is met beside a key, by the address as it is public, and its proof is good for one batch", async () => {
    const scheme = { scheme: "jwt_hs256", header: "x-token", issuer: "ci", subject_is_url: true };
    await face.api("PUT", "/v1/contracts/ci", { body: { ...scheme, secret: SIGNING_KEY } });
    await face.api("PATCH", "/v1/monitors/lead-agent", { body: { accepts: ["ci"] } });
    await face.pass(603_000);
    const sub = "https://rollcall.example.org/otlp/v1/traces";
    const headers = { "x-token": await token({ sub, jti: "1" }) };
    expect((await post(asJson(child()))).status).toBe(200);
    expect(await runs()).toEqual([]);
    for (let count = 0; count < 2; count += 1) {
      expect((await post(asJson(child()), { headers })).status).toBe(200);
      expect(await runs()).toMatchObject([{ state: "started" }]);
    }
    expect((await post(asJson(root()), { headers })).status).toBe(401);
    expect(await runs()).toMatchObject([{ state: "started" }]);
    expect((await rejections()).map(({ reason }: { reason: string }) => reason)).toContain("replayed");
    await post(asJson(root()), { headers: { "x-token": await token({ sub, jti: "2" }) } });
    expect(await runs()).toMatchObject([{ state: "reported" }]);
  });
});

describe("a batch", () => {
  test.each(["/otlp/v1/traces", "/v1/traces"])("at %s is answered in its own form", async (path) => {
    await face.pass(660_000);
    const json = await post(asJson(root()), { path });
    expect([json.status, json.headers.get("content-type"), await json.text()]).toEqual([
      200,
      JSON_TYPE,
      "{}",
    ]);
    const protobuf = await post(asProtobuf(root()), { path, type: PROTOBUF_TYPE });
    expect([protobuf.status, protobuf.headers.get("content-type")]).toEqual([200, PROTOBUF_TYPE]);
    expect((await protobuf.arrayBuffer()).byteLength).toBe(0);
  });

  test("without a root opens the run, dated by its spans; the root ends it", async () => {
    await face.pass(603_000);
    await post(asJson(child()));
    expect(await runs()).toMatchObject([
      { run_id: TRACE, state: "started", started_at: "2026-03-02T00:10:01Z", finished_at: null },
    ]);
    await face.pass(60_000);
    await post(asJson(root()));
    expect(await runs()).toMatchObject([
      { run_id: TRACE, state: "reported", finished_at: "2026-03-02T00:11:00Z" },
    ]);
  });

  test("of a run that was killed is kept: its steps are there when the run is incomplete", async () => {
    await face.pass(603_000);
    const counts = { "work.items.expected": 200, "work.items.processed": 50 };
    await post(asJson(child({ attributes: counts }), child({ spanId: "00000000000000ab", name: "score" })));
    await face.pass(360_000);
    const page = { cursor: null, limit: 1 };
    const wanted = { project: "default", slug: "lead-agent", runId: null, page };
    const [told] = (await face.engine.listRuns(wanted)).items;
    expect(told?.run).toMatchObject({
      state: "incomplete",
      outcome: { counts: { expected: 200, processed: 50 }, steps: [{ name: "enrich" }, { name: "score" }] },
    });
    expect((await stateOf("lead-agent")).incident?.kind).toBe("incomplete");
  });

  test("of a whole run takes the window of its start, whenever it comes", async () => {
    await face.pass(661_000);
    await post(asProtobuf(root(), child()), { type: PROTOBUF_TYPE });
    expect(await runs()).toMatchObject([
      { state: "reported", started_at: "2026-03-02T00:10:00Z", window: "2026-03-02T00:10:00Z" },
    ]);
  });

  test("whose root failed fails the run", async () => {
    await face.pass(661_000);
    await post(asJson(root({ status: { code: SpanStatusCode.ERROR, message: "no leads" } })));
    expect(await runs()).toMatchObject([{ state: "failed" }]);
  });

  test("that is sent again changes nothing", async () => {
    await face.pass(661_000);
    for (let time = 0; time < 3; time += 1) {
      expect(await (await post(asJson(root(), child()))).text()).toBe("{}");
    }
    expect(await runs()).toHaveLength(1);
    const { checkIns } = (await stateOf("lead-agent")).counted;
    expect(checkIns).toBe(2);
  });

  test("of a run that a wrapper started leaves the end to the wrapper", async () => {
    await face.pass(603_000);
    await face.app.request(`/checkin/${face.keys.ping}/lead-agent/start?run=${TRACE}`);
    await face.pass(60_000);
    await post(asJson(root({ parentId: wrapperSpanOf(TRACE), isParentRemote: true }), child()));
    expect(await runs()).toMatchObject([{ run_id: TRACE, state: "started" }]);
    await face.app.request(`/checkin/${face.keys.ping}/lead-agent/3?run=${TRACE}`);
    expect(await runs()).toMatchObject([{ state: "failed" }]);
  });

  test("of very many runs of one monitor is taken at once, above the rate too", async () => {
    await face.pass(661_000);
    const traceOf = (index: number) => (index + 1).toString(16).padStart(32, "0");
    const spans = Array.from({ length: 400 }, (_none, index) => root({ traceId: traceOf(index) }));
    const answering = post(asJson(...spans));
    const answered: Response[] = [];
    void answering.then((answer) => answered.push(answer));
    // Folded check-ins wait half a second for others of their kind.
    while (answered.length === 0) {
      await new Promise(setImmediate);
      face.ring(100);
    }
    expect(answered[0]?.status).toBe(200);
    expect((await stateOf("lead-agent")).counted).toMatchObject({ runs: 400, checkIns: 800 });
  });

  test("without spans is taken, and makes nothing", async () => {
    expect(await (await post("{}")).text()).toBe("{}");
    expect((await post(new Uint8Array(), { type: PROTOBUF_TYPE })).status).toBe(200);
    expect(await runs()).toEqual([]);
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
  ])("may be compressed by %s", async (encoding, compress) => {
    await face.pass(661_000);
    const { status } = await post(compress(asJson(root())), { headers: { "content-encoding": encoding } });
    expect(status).toBe(200);
    expect(await runs()).toHaveLength(1);
  });
});

async function stateOf(slug: string) {
  const ref = await face.store.findMonitor("default", slug);
  const snapshot = await face.store.load(ref?.id ?? "", {});
  if (snapshot === null) throw new Error("There is no such monitor.");
  return snapshot.state;
}

describe("what is not taken", () => {
  test("for a monitor that nobody made is told, kept as a rejection, and stops no other", async () => {
    await face.pass(661_000);
    const other = { "service.name": "nobody" };
    const answer = await post(
      asJson(root(), child({ resource: other }), child({ resource: other, spanId: "00000000000000ab" })),
    );
    expect(answer.status).toBe(200);
    const { partialSuccess } = JSON.parse(await answer.text());
    expect(partialSuccess.rejectedSpans).toBe("2");
    expect(partialSuccess.errorMessage).toContain('There is no monitor "nobody"');
    expect(await runs()).toHaveLength(1);
    expect(await rejections()).toMatchObject([{ monitor: "nobody", reason: "unknown_monitor", count: 1 }]);
  });

  test("is told in Protocol Buffers where the batch came so", async () => {
    const answer = await post(asProtobuf(child({ resource: {} })), { type: PROTOBUF_TYPE });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(ProtobufTraceSerializer.deserializeResponse(bytes)).toEqual({
      partialSuccess: {
        rejectedSpans: 1,
        errorMessage: expect.stringContaining("These spans name no monitor"),
      },
    });
  });

  test("because the key is for other monitors, or the monitor was deleted, is told alike", async () => {
    const { text: key } = await face.engine.createKey({
      project: "default",
      kind: "ping",
      label: "other",
      monitors: ["other"],
    });
    const limited = await (await post(asJson(root()), { key: key ?? "" })).text();
    expect(limited).toContain("not_allowed_monitor");
    await face.api("DELETE", "/v1/monitors/lead-agent");
    expect(await (await post(asJson(root()))).text()).toContain("was deleted");
    expect((await rejections()).map(({ reason }: { reason: string }) => reason).sort()).toEqual([
      "deleted",
      "not_allowed_monitor",
    ]);
  });
});

describe("the boundary", () => {
  test("a key may come URL-encoded, as exporters write headers", async () => {
    const headers = { authorization: `Bearer%20${face.keys.ping}` };
    expect((await post(asJson(root()), { headers })).status).toBe(200);
  });

  test("a wrong key is refused before anything is decoded, and kept as evidence", async () => {
    const answer = await post("not even JSON", { key: "rck_ping_default_wrongwrongwrongwrong" });
    expect(answer.status).toBe(401);
    expect(JSON.parse(await answer.text())).toMatchObject({
      code: 16,
      message: expect.stringContaining("wrong_secret"),
    });
    expect(await rejections()).toMatchObject([{ reason: "wrong_secret" }]);
  });

  test("without a key, or with one that manages, nothing is taken", async () => {
    expect((await post(asJson(root()), { headers: { authorization: "" } })).status).toBe(401);
    expect((await post(asJson(root()), { key: face.keys.admin })).status).toBe(401);
  });

  test("what cannot be decoded gets 400 with the reason, in the form of the request, and is kept", async () => {
    const json = await post("[]");
    expect(json.status).toBe(400);
    expect(JSON.parse(await json.text())).toMatchObject({
      code: 3,
      message: expect.stringContaining("no object"),
    });
    const protobuf = await post(new Uint8Array([0x0a, 0xff]), { type: PROTOBUF_TYPE });
    expect([protobuf.status, protobuf.headers.get("content-type")]).toEqual([400, PROTOBUF_TYPE]);
    expect(new TextDecoder().decode(await protobuf.arrayBuffer())).toContain("Protocol Buffers");
    expect((await post("{}", { headers: { "content-encoding": "gzip" } })).status).toBe(400);
    expect((await rejections()).every(({ reason }: { reason: string }) => reason === "malformed")).toBe(true);
  });

  test("what is too large gets 413, also where it only grows when it is decompressed", async () => {
    expect((await post(new Uint8Array(LIMITS.traceBodyBytes + 1))).status).toBe(413);
    const bomb = gzipSync(new Uint8Array(LIMITS.traceBatchBytes + 1));
    expect((await post(bomb, { headers: { "content-encoding": "gzip" } })).status).toBe(413);
    const fits = gzipSync(Buffer.from("{}".padEnd(LIMITS.traceBatchBytes)));
    expect((await post(fits, { headers: { "content-encoding": "gzip" } })).status).toBe(200);
  });

  test("other types, encodings and methods are refused by name", async () => {
    expect((await post("x", { type: "text/plain" })).status).toBe(415);
    expect((await post("x", { headers: { "content-encoding": "br" } })).status).toBe(415);
    expect((await post("", { method: "GET" })).status).toBe(405);
    expect((await post("{}", { type: "application/json; charset=utf-8" })).status).toBe(200);
  });

  test("far too many are asked to come again", async () => {
    for (let sent = 0; sent < LIMITS.checkInsPerMinuteRefused; sent += 1) {
      void face.app.request(`/checkin/${face.keys.ping}/lead-agent/log`);
    }
    const answer = await post(asJson(child()));
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});
