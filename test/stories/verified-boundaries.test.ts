/**
 * Boundaries that are verified, told as stories: what a deploy did to the user's route is called by its name, mostly before
 * a run was missed. From incidents in public; the routes are real servers.
 */
import { beforeEach, expect, test } from "vitest";
import { createFace, type Face } from "../http/face.ts";
import { MINUTE, SECOND } from "../makers.ts";
import { bearer, SECRET, targetsOfTest, type Flaw, type Target } from "../trust/matrix/targets.ts";

const targets = targetsOfTest();

let face: Face;
let route: Target;
beforeEach(async () => {
  face = await createFace({ isLoopbackOpen: true });
  route = await targets.open([bearer()], { now: face.now });
  await face.api("PATCH", "/v1/project", { body: { targets: [route.url] } });
  await face.api("PUT", "/v1/contracts/vercel", { body: { preset: "vercel", secret: SECRET } });
  await face.api("PUT", "/v1/monitors/streaks", {
    body: { schedule: { cron: "*/10 * * * *" }, grace: "2m" },
  });
});

async function verify() {
  const body = { url: route.probe, contract: "vercel", monitor: "streaks" };
  return (await face.api("POST", "/v1/verifications", { body })).json;
}
const latest = async () => (await face.api("GET", "/v1/verifications")).json.items[0];
const incidents = async () => (await face.api("GET", "/v1/incidents")).json.items;

/** The app goes out with this secret or flaw, a minute later, and CI tells of it. */
async function deploy(commit: string, { secret = SECRET, flaw }: { secret?: string; flaw?: Flaw } = {}) {
  await face.pass(MINUTE);
  route.deploy([bearer({ secrets: [secret] })], flaw);
  await face.api("POST", "/v1/deploys", { body: { commit }, key: face.keys.ping });
}

/** The platform calls the route with its secret, and the guard there tells what came of it. */
async function schedulerCalls() {
  const response = await fetch(route.probe, { headers: { authorization: `Bearer ${SECRET}` } });
  const { ok, reason = null } = (await response.json()) as { ok: boolean; reason?: string };
  const receipt = {
    route: "GET /api/cron",
    monitor: "streaks",
    probe: false,
    at: new Date(face.now()).toISOString(),
    ok,
    reason,
    principal: ok ? "scheduler" : null,
    contract: ok ? "vercel" : null,
    expected: "a bearer token (contract vercel)",
    seen: ok ? "a bearer token" : "no proof",
    header_names: ["user-agent"],
    address: "192.0.2.0/24",
    scheduled_for: null,
    config_hash: "0123456789abcdef",
  };
  const told = await face.api("POST", "/v1/boundary-receipts", {
    body: { receipts: [receipt] },
    key: face.keys.ping,
  });
  expect(told.json).toEqual({ taken: 1 });
  return response.status;
}

test("S13: the secret was stored empty: red right after the deploy, before any run is missed", async () => {
  expect(await verify()).toMatchObject({ colour: "green", stale: false });
  await deploy("abc1234", { secret: "" });
  const verified = await verify();
  expect(verified.colour).toBe("red");
  expect(verified.findings).toContain("not configured: the secret is unset in the route's environment (503)");
  expect(await incidents()).toEqual([]);
  await deploy("def5678");
  expect(await verify()).toMatchObject({ colour: "green", findings: [] });
});

test("S14a: a header vanished with a deploy: the matrix is stale, then the platform's call is refused, and told", async () => {
  expect((await verify()).colour).toBe("green");
  await deploy("abc1234", { flaw: () => ({ status: 403, json: { ok: false, reason: "no_credentials" } }) });
  expect(await latest()).toMatchObject({
    colour: "green",
    stale: true,
    stale_because: ["abc1234 was deployed at 2026-03-02T00:01:00Z"],
  });
  await face.pass(9 * MINUTE);
  expect(await schedulerCalls()).toBe(403);
  await face.pass(2 * MINUTE + SECOND);
  expect(await incidents()).toMatchObject([
    {
      phase: "rejected_at_boundary",
      title:
        "streaks: 1 call rejected by GET /api/cron since 00:10 (no_credentials): expected a bearer token (contract vercel), got no proof; no run was accepted",
      evidence: {
        known: expect.arrayContaining(["Deploy abc1234 at 2026-03-02 00:01 UTC."]),
      },
    },
  ]);
  expect((await verify()).findings).toContain(
    "valid proof of the scheduler is refused (no_credentials): the route looks for the proof elsewhere, or something on the way takes it off",
  );
});

test.each<[string, Flaw, string]>([
  [
    "a middleware in front of all routes asks for a session",
    () => ({ status: 401, text: "Please sign in" }),
    "valid proof of the scheduler is refused (401) and nothing says why: something in front of the route may refuse every call",
  ],
  [
    "the handler takes POST alone",
    ({ method }) => (method === "POST" ? undefined : { status: 405 }),
    "GET is refused with 405 while the platform calls by GET",
  ],
  [
    "the address redirects to itself with a slash",
    ({ path }) => ({ status: 308, headers: { location: `${path}/` } }),
    "redirects (308 to /.well-known/rollcall/probe/): schedulers do not follow redirects",
  ],
])("S14b: %s", async (_what, flaw, finding) => {
  await deploy("abc1234", { flaw });
  expect(await verify()).toMatchObject({ colour: "red", findings: [finding] });
});

const LET_IN = { status: 200, json: { ok: true } };

test.each<[string, Flaw, string]>([
  ["the check is left out while the secret is unset", () => LET_IN, "fails open: let in without any proof"],
  [
    "a header that anybody can send opens it",
    ({ headers }) => (headers["x-vercel-cron"] === undefined ? undefined : LET_IN),
    "lets in on hints alone (x-vercel-cron)",
  ],
  [
    "the platform's user agent opens it",
    ({ headers }) => (headers["user-agent"] === "vercel-cron/1.0" ? LET_IN : undefined),
    "lets in on hints alone (user-agent: vercel-cron/1.0)",
  ],
])("S14c: %s, though the platform's own calls go well", async (_what, flaw, finding) => {
  await deploy("abc1234", { flaw });
  expect(await schedulerCalls()).toBe(200);
  expect(await verify()).toMatchObject({ colour: "red", findings: [finding] });
  await deploy("def5678");
  expect(await verify()).toMatchObject({ colour: "green", findings: [] });
});
