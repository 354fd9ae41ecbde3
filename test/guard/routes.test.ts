/** Guarded routes in every style, over real HTTP: who gets in, what others are told, and what Rollcall hears of it. */
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, test } from "vitest";
import type { GuardOptions } from "../../src/guard/options.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import { answering, hanging } from "../stubs/http-receiver.ts";
import { type Program, startProgram, STYLE_NAMES } from "./programs.ts";
import { KEY, MANUAL_SECRET, SECRET, SIGNED, SIGNING_SECRET, startGuarded, type Guarded } from "./guarded.ts";

let guarded: Guarded;
let program: Program;
afterEach(async () => {
  await program.close();
  await guarded.close();
});

async function start(style: string, options: Partial<GuardOptions> = {}): Promise<void> {
  guarded = await startGuarded(options);
  program = await startProgram(style, guarded.guard);
}

function call(init: RequestInit = {}, path = "/api/cron"): Promise<Response> {
  return fetch(program.url + path, { redirect: "manual", ...init });
}

function bearer(secret: string): Record<string, string> {
  return { authorization: `Bearer ${secret}` };
}

/** Signed by an independent library. */
function signed(body: string, id: string): RequestInit {
  const at = new Date();
  const signature = new Webhook(SIGNING_SECRET).sign(id, at, body);
  const seconds = String(Math.floor(at.getTime() / 1_000));
  const headers = { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": signature };
  return { method: "POST", headers, body };
}

describe.each(STYLE_NAMES)("%s", (style) => {
  test("lets the scheduler in and tells of it what a receipt holds", async () => {
    await start(style);
    const answer = await call({ headers: { ...bearer(SECRET), "user-agent": "vercel-cron/1.0" } });
    expect([answer.status, await answer.text()]).toEqual([200, "ran for scheduler"]);
    const [receipt] = await guarded.receiptsTold(1);
    expect(receipt).toMatchObject({
      route: "GET /api/cron",
      monitor: "lead-agent",
      probe: false,
      ok: true,
      reason: null,
      principal: "scheduler",
      contract: "vercel",
      config_hash: await guarded.guard.configHash(),
    });
    expect(receipt?.header_names).toContain("authorization");
    expect(guarded.rollcall.received[0]).toMatchObject({
      method: "POST",
      path: "/v1/boundary-receipts",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    });
  });

  test("knows people from the scheduler", async () => {
    await start(style);
    expect(await (await call({ headers: bearer(MANUAL_SECRET) })).text()).toBe("ran for manual");
    expect(await guarded.receiptsTold(1)).toMatchObject([{ principal: "manual", contract: "people" }]);
  });

  test.each([
    ["nothing", {}, "no_credentials"],
    ["a wrong secret", bearer("x".repeat(SECRET.length)), "bad_signature"],
    ["another platform's proof", { "upstash-signature": "e30.e30.e30" }, "wrong_scheme"],
    ["hints alone", { "user-agent": "vercel-cron/1.0", "x-vercel-cron": "1" }, "no_credentials"],
  ])("refuses %s before its own code runs, and says nothing that helps", async (_what, headers, reason) => {
    await start(style);
    const answer = await call({ headers });
    expect([answer.status, await answer.text()]).toEqual([401, '{"error":"unauthorized"}']);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(program.runs).toEqual([]);
    expect(await guarded.receiptsTold(1)).toMatchObject([{ ok: false, reason, monitor: "lead-agent" }]);
  });

  test("says which methods are taken, and decides HEAD like GET", async () => {
    await start(style);
    const post = await call({ method: "POST", headers: bearer(SECRET), body: "{}" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    expect((await call({ method: "HEAD" })).status).toBe(401);
    expect((await call({ method: "HEAD", headers: bearer(SECRET) })).status).toBe(200);
    expect(await guarded.receiptsTold(3)).toMatchObject([
      { route: "POST /api/cron", reason: "method_not_allowed" },
      { route: "GET /api/cron", reason: "no_credentials" },
      { route: "GET /api/cron", ok: true },
    ]);
  });

  test("proves a signature over the raw body, which its own code finds unread", async () => {
    await start(style, { contracts: SIGNED });
    const body = JSON.stringify({ leads: "ä".repeat(50_000) });
    expect((await call(signed(body, "msg_1"))).status).toBe(200);
    expect(program.runs).toEqual([{ body, principal: "scheduler" }]);
    const altered = await call({ ...signed(body, "msg_2"), body: `${body} ` });
    expect([altered.status, program.runs.length]).toEqual([401, 1]);
    expect((await guarded.receiptsTold(2))[1]).toMatchObject({ ok: false, reason: "bad_signature" });
  });

  test("proves nothing over a body that is larger than it reads", async () => {
    await start(style, { contracts: SIGNED });
    const answer = await call(signed("x".repeat(LIMITS.bodyReadBytes + 1), "msg_1"));
    expect([answer.status, program.runs.length]).toEqual([401, 0]);
  });

  test("lets a proof in once, and again only when the work that it was good for failed", async () => {
    await start(style, { contracts: SIGNED });
    // Signed once: a message that is signed anew in the next second is another proof.
    const message = signed("{}", "msg_1");
    program.status = 500;
    expect((await call(message)).status).toBe(500);
    program.status = 200;
    expect((await call(message)).status).toBe(200);
    expect((await call(message)).status).toBe(401);
    expect((await guarded.receiptsTold(3)).map(({ reason }) => reason)).toEqual([null, null, "replayed"]);
  });

  test("lets nobody in where the secret is not set, and starts all the same", async () => {
    await start(style, { contracts: { vercel: { preset: "vercel", secret: undefined } } });
    for (const headers of [{}, bearer("undefined"), bearer("")]) {
      const answer = await call({ headers });
      expect([answer.status, await answer.text()]).toEqual([503, '{"error":"unavailable"}']);
    }
    expect(program.runs).toEqual([]);
    expect((await guarded.receiptsTold(3)).map(({ reason }) => reason)).toEqual([
      "not_configured",
      "not_configured",
      "not_configured",
    ]);
  });

  test("has a probe that decides alike, says why, and runs nothing", async () => {
    await start(style);
    const { path } = guarded.guard.probe;
    const config_hash = await guarded.guard.configHash();
    const good = await call({ headers: bearer(SECRET) }, path);
    expect([good.status, await good.json()]).toEqual([
      200,
      { ok: true, principal: "scheduler", contract: "vercel", config_hash, version: "0.1.0" },
    ]);
    const refused = await call({}, path);
    expect([refused.status, await refused.json()]).toEqual([
      401,
      { ok: false, reason: "no_credentials", version: "0.1.0" },
    ]);
    expect((await call({ method: "POST", headers: bearer(MANUAL_SECRET), body: "{}" }, path)).status).toBe(
      200,
    );
    expect(program.runs).toEqual([]);
    const route = "GET /.well-known/rollcall/probe";
    expect(await guarded.receiptsTold(3)).toMatchObject([
      { route, probe: true, monitor: null, ok: true, config_hash },
      { route, probe: true, ok: false },
      { route, probe: true, principal: "manual" },
    ]);
  });

  test.each([
    ["is away", () => guarded.rollcall.close()],
    ["never answers", () => void (guarded.rollcall.answer = hanging)],
    ["is in trouble", () => void (guarded.rollcall.answer = answering({ status: 500 }))],
  ])("answers at once when Rollcall %s", async (_what, breakIt) => {
    await start(style);
    await breakIt();
    expect((await call({ headers: bearer(SECRET) })).status).toBe(200);
    expect((await call({ headers: bearer(SECRET) })).status).toBe(200);
    expect((await call()).status).toBe(401);
    expect(program.runs).toHaveLength(2);
  });
});
