/** The published guard on a real route, told to a real Rollcall: what it shows of a scheduler that is turned away. */
import { expect, test } from "vitest";
import { LIMITS } from "../../src/domain/limits.ts";
import { guardsIn } from "../../src/guard/guard.ts";
import { pause } from "../../src/system/pause.ts";
import { webIds } from "../../src/system/platform.ts";
import { after } from "../../src/system/timers.ts";
import { SECRET } from "./guarded.ts";
import { toldRollcall } from "./told-rollcall.ts";

const rollcall = toldRollcall((client) =>
  client.monitors.put("lead-agent", { schedule: { every: "2s" }, grace: "1s" }),
);

function schedulerCalls(path = "/api/cron"): Promise<Response> {
  return fetch(rollcall.program.url + path, {
    headers: { authorization: `Bearer ${SECRET}`, "user-agent": "vercel-cron/1.0" },
  });
}

test("a hardened route that refuses its own scheduler is seen at once, and named in the incident", async () => {
  await rollcall.guarded({
    hardened: { scheme: "hmac", signature_header: "x-signature", template: "{body}", secret: SECRET },
  });
  expect((await schedulerCalls()).status).toBe(401);
  const rejections = async () => (await rollcall.client.rejections.list()).items;
  await expect.poll(async () => (await rejections()).length, { interval: 20 }).toBe(1);
  expect(await rejections()).toMatchObject([
    {
      monitor: "lead-agent",
      route: "GET /api/cron",
      reason: "wrong_scheme",
      expected: expect.stringContaining("x-signature"),
      seen: expect.stringContaining("bearer token"),
      address_prefix: "127.0.0.0/24",
    },
  ]);
  // Until the window has closed without a run the scheduler goes on calling.
  const incident = async () => {
    await schedulerCalls();
    return (await rollcall.client.incidents.list({ status: "open" })).items[0];
  };
  await expect
    .poll(async () => (await incident())?.phase, { timeout: 10_000, interval: 500 })
    .toBe("rejected_at_boundary");
  expect((await incident())?.title).toMatch(/^lead-agent: .*expected.*x-signature.*bearer token/);
});

test("a route that lets its scheduler in is known with its rules, and its probe has the same", async () => {
  await rollcall.guarded({ vercel: { preset: "vercel", secret: SECRET } });
  expect((await schedulerCalls()).status).toBe(200);
  const probe = (await (await schedulerCalls(rollcall.guard.probe.path)).json()) as { config_hash: string };
  await rollcall.guard.flush();
  const { items } = await rollcall.client.guardedRoutes.list();
  expect(items).toMatchObject([
    { route: "GET /.well-known/rollcall/probe", probe: true, config_hash: probe.config_hash },
    {
      route: "GET /api/cron",
      monitor: "lead-agent",
      config_hash: probe.config_hash,
      listening: true,
      last_call: { ok: true, principal: "scheduler" },
    },
  ]);
});

test("a scheduler that never calls is told apart from one that is turned away", async () => {
  const createQuickGuard = guardsIn({
    now: Date.now,
    ...webIds(),
    pause,
    fetch,
    warn: (sentence) => console.warn(sentence),
    isLasting: true,
    waitUntil: () => null,
    // Signs of life come every minute, which no test waits for.
    after: (delayMs, act) => after(delayMs === LIMITS.guardSignMs ? 200 : delayMs, act),
  });
  const contracts = { vercel: { preset: "vercel", secret: SECRET } };
  const guard = createQuickGuard({ rollcall: rollcall.address, contracts });
  guard.hono({ monitor: "quiet-agent", route: "GET /api/quiet" });
  await rollcall.guardedBy(guard);
  await expect
    .poll(async () => (await rollcall.client.guardedRoutes.list()).items.map(({ route }) => route))
    .toContain("GET /api/quiet");
  await rollcall.client.monitors.put("quiet-agent", { schedule: { every: "2s" }, grace: "1s" });
  const incident = async () => {
    const { items } = await rollcall.client.incidents.list({ status: "open" });
    return items.find(({ monitor }) => monitor === "quiet-agent");
  };
  await expect.poll(async () => (await incident())?.phase, { timeout: 10_000 }).toBe("not_dispatched");
});
