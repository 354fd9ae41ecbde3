/** The published guard's probe under the verification matrix of a real Rollcall, before and after one side is changed. */
import { expect, test } from "vitest";
import { startOidcIssuer } from "../stubs/oidc-issuer.ts";
import { CONTRACTS, MANUAL_SECRET, SECRET, SIGNED, SIGNING_SECRET } from "./guarded.ts";
import { toldRollcall } from "./told-rollcall.ts";

const rollcall = toldRollcall(async ({ monitors, contracts }) => {
  await monitors.put("lead-agent", { schedule: { every: "1h" } });
  await contracts.put("vercel", { preset: "vercel", secret: SECRET });
  await contracts.put("people", { scheme: "bearer", principal: "manual", secret: MANUAL_SECRET });
  await contracts.put("signed", { preset: "standard_webhooks", secret: SIGNING_SECRET });
});

/** The address of its probe, which may be verified. */
async function guarded(contracts: Parameters<typeof rollcall.guarded>[0]): Promise<string> {
  await rollcall.guarded(contracts);
  const { program, guard, client } = rollcall;
  await client.project.patch({ targets: [program.url] });
  return program.url + guard.probe.path;
}

/** The platform's own call, told before this resolves. */
async function schedulerCalls(): Promise<void> {
  const { program, guard } = rollcall;
  await fetch(`${program.url}/api/cron`, { headers: { authorization: `Bearer ${SECRET}` } });
  await guard.flush();
}

test("the probe is green, hardening one side makes that stale, and the next verification names it", async () => {
  const { verifications } = rollcall.client;
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
    config_hash: await rollcall.guard.configHash(),
  });

  await schedulerCalls();
  expect(await verifications.get(verified.id)).toMatchObject({ stale: false });

  const hardened = await guarded(SIGNED);
  await schedulerCalls();
  expect((await verifications.get(verified.id)).stale_because.join()).toContain(
    `GET /api/cron runs other rules (${await rollcall.guard.configHash()})`,
  );
  const again = await verifications.run({ url: hardened, contract: "vercel", monitor: "lead-agent" });
  expect(again.colour).toBe("red");
  expect(again.findings).toContain(
    "valid proof of the scheduler is refused (wrong_scheme): the route expects another contract",
  );
});

test("messages that are signed are green too: none is let in twice, late, or altered", async () => {
  const url = await guarded(SIGNED);
  const verified = await rollcall.client.verifications.run({ url, contract: "signed" });
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
  await rollcall.client.contracts.put("github", contract);
  const url = await guarded({ github: contract });
  const { verifications } = rollcall.client;
  const awaiting = await verifications.run({ url, contract: "github", await_scheduler: "1h" });
  expect(awaiting).toMatchObject({ colour: "awaiting", findings: [] });

  const token = await issuer.token({ repository_id: "42", jti: "one" }, { audience: "https://app.example" });
  expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  await rollcall.guard.flush();
  // Found when it was told, and kept: guards forget old calls.
  const seen = await verifications.get(awaiting.id);
  expect(seen.cases.find((each) => each.case === "valid_scheduler")?.seen).toMatch(/^seen at .*: let in$/);
  expect(seen).toMatchObject({ colour: "green", config_hash: await rollcall.guard.configHash() });
  await issuer.close();
});
