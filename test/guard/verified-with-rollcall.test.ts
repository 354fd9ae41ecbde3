/** The published guard's probe under the verification matrix of a real Rollcall, before and after one side is changed. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createGuard, type Guard } from "../../src/editions/guard.ts";
import { makeHome, PING_KEY, startServer, type Home, type ServerProgram } from "../e2e/server-program.ts";
import { startOidcIssuer } from "../stubs/oidc-issuer.ts";
import { CONTRACTS, MANUAL_SECRET, SECRET, SIGNED, SIGNING_SECRET } from "./guarded.ts";
import { startProgram, type Program } from "./programs.ts";

let home: Home;
let server: ServerProgram;
let guard: Guard;
let program: Program;
beforeAll(async () => {
  home = makeHome();
  server = await startServer(home);
  const { monitors, contracts } = server.client;
  await monitors.put("lead-agent", { schedule: { every: "1h" } });
  await contracts.put("vercel", { preset: "vercel", secret: SECRET });
  await contracts.put("people", { scheme: "bearer", principal: "manual", secret: MANUAL_SECRET });
  await contracts.put("signed", { preset: "standard_webhooks", secret: SIGNING_SECRET });
}, 60_000);
afterEach(async () => {
  await program.close();
  await guard.close();
});
afterAll(async () => {
  await server.kill();
  home.remove();
});

async function guarded(contracts: Parameters<typeof createGuard>[0]["contracts"]): Promise<string> {
  guard = createGuard({ rollcall: { url: server.url, key: PING_KEY }, contracts });
  program = await startProgram("hono", guard);
  await server.client.project.patch({ targets: [program.url] });
  return program.url + guard.probe.path;
}

test("the probe is green, hardening one side makes that stale, and the next verification names it", async () => {
  const { verifications } = server.client;
  const url = await guarded(CONTRACTS);
  const verified = await verifications.run({
    url,
    contract: "vercel",
    manual_contract: "people",
    monitor: "lead-agent",
  });
  expect(verified).toMatchObject({
    colour: "green",
    findings: [],
    notes: [],
    config_hash: await guard.configHash(),
  });

  await fetch(`${program.url}/api/cron`, { headers: { authorization: `Bearer ${SECRET}` } });
  await guard.flush();
  expect(await verifications.get(verified.id)).toMatchObject({ stale: false });

  await program.close();
  await guard.close();
  const hardened = await guarded(SIGNED);
  await fetch(`${program.url}/api/cron`, { headers: { authorization: `Bearer ${SECRET}` } });
  await guard.flush();
  expect((await verifications.get(verified.id)).stale_because.join()).toContain(
    `GET /api/cron runs other rules (${await guard.configHash()})`,
  );
  const again = await verifications.run({ url: hardened, contract: "vercel", monitor: "lead-agent" });
  expect(again.colour).toBe("red");
  expect(again.findings).toContain(
    "valid proof of the scheduler is refused (wrong_scheme): the route expects another contract",
  );
});

test("messages that are signed are green too: none is let in twice, late, or altered", async () => {
  const url = await guarded(SIGNED);
  const verified = await server.client.verifications.run({ url, contract: "signed" });
  expect(verified).toMatchObject({ colour: "green", findings: [] });
  expect(verified.cases.filter(({ result }) => result === "skipped").map((each) => each.case)).toEqual([
    "valid_manual",
    "wrong_audience",
  ]);
});

test("a platform's own call on the probe completes what nobody else can show", async () => {
  const issuer = await startOidcIssuer();
  const contract = {
    scheme: "oidc",
    issuer: issuer.url,
    audience: "https://app.example",
    // Of an issuer that cannot be reached: its keys themselves.
    jwks: issuer.jwks(),
    require: { repository_id: ["42"] },
  };
  await server.client.contracts.put("github", contract);
  const url = await guarded({ github: contract });
  const { verifications } = server.client;
  const awaiting = await verifications.run({ url, contract: "github", await_scheduler: "1h" });
  expect(awaiting).toMatchObject({ colour: "awaiting", findings: [] });

  const token = await issuer.token({ repository_id: "42", jti: "one" }, { audience: "https://app.example" });
  expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  await guard.flush();
  // Found when it was told, and kept: guards forget old calls.
  const seen = await verifications.get(awaiting.id);
  expect(seen.cases.find((each) => each.case === "valid_scheduler")?.seen).toMatch(/^seen at .*: let in$/);
  expect(seen).toMatchObject({ colour: "green", config_hash: await guard.configHash() });
  await issuer.close();
});
