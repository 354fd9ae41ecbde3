/**
 * Somebody has guessed the name of a monitor and sends thousands of check-ins that prove nothing, from everywhere and in
 * every form: each is refused with its reason, what is kept of them is bounded, and good ones are acknowledged meanwhile.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { everyItem } from "../../src/client/client.ts";
import { LIMITS } from "../../src/domain/limits.ts";
import { REJECTION_REASONS } from "../../src/domain/trust/reasons.ts";
import { startOidcIssuer, type OidcIssuer } from "../stubs/oidc-issuer.ts";
import { chanceFrom, type Chance } from "./chance.ts";
import { exchange, type RawRequest } from "./raw-http.ts";
import { makeHome, PING_KEY, startServer, type Home, type ServerProgram } from "./server-program.ts";

const REFUSED = 2_000;
const AT_ONCE = 8;
/** More than all of it comes to, and far less than a flood that is kept would. */
const FOLDER_BYTES = 48 * 1024 * 1024;
const HOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

let home: Home;
let issuer: OidcIssuer;
let server: ServerProgram;

beforeAll(async () => {
  home = makeHome();
  issuer = await startOidcIssuer();
  server = await startServer(home, {
    ROLLCALL_TRUSTED_PROXIES: "127.0.0.1",
    ROLLCALL_OIDC_ISSUERS: issuer.url,
  });
  const { contracts, monitors } = server.client;
  await contracts.put("ci", {
    preset: "github_enterprise",
    issuer: issuer.url,
    audience: "rollcall",
    require: { repository_id: ["456789"] },
  });
  await contracts.put("hooks", { preset: "standard_webhooks", secret: HOOK_SECRET });
  await monitors.put("guessed", { schedule: { every: "1h" }, accepts: ["ci", "hooks"] });
  await monitors.put("bystander", { schedule: { every: "1h" } });
});
afterAll(async () => {
  await server.kill();
  await issuer.close();
  home.remove();
});

let made = 0;
function token(claims: Record<string, unknown> = {}): Promise<string> {
  made += 1;
  const usual = {
    jti: `t${made}`,
    repository_id: "456789",
    event_name: "schedule",
    run_id: "7",
    run_attempt: "1",
  };
  return issuer.token({ ...usual, ...claims });
}

/** Tokens that prove nothing, made once: signing thousands would be the test's own flood. */
async function wrongTokens(): Promise<string[]> {
  const good = await token();
  return [
    await token({ repository_id: "666" }),
    await token({ event_name: "pull_request_target" }),
    await token({ iss: "https://evil.example.org" }),
    await token({ aud: "somebody-else" }),
    await token({ exp: 1_000_000 }),
    await issuer.token({ repository_id: "456789" }, { keyId: "never-listed" }),
    `${good.slice(0, -20)}AAAAAAAAAAAAAAAAAAAA`,
    good.slice(0, 90),
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
    `eyJ${"A".repeat(12_000)}.e30.e30`,
  ];
}

function refusedRequest(chance: Chance, wrong: readonly string[]): RawRequest {
  const octet = () => String(chance.whole(0, 255));
  const address = ["x-forwarded-for", `${chance.whole(1, 220)}.${octet()}.${octet()}.${octet()}`] as const;
  const bearer = () => ["authorization", `Bearer ${chance.pick(wrong)}`] as const;
  const credentials = chance.pick<readonly (readonly [string, string])[]>([
    [],
    [bearer()],
    [bearer(), bearer()],
    [["authorization", "Basic YTpiOmM="]],
    [["authorization", `Bearer rck_ping_default_${"0".repeat(32)}`]],
    [["authorization", "\t"]],
    [
      ["webhook-id", `msg_${chance.whole(0, 9)}`],
      ["webhook-timestamp", String(Math.floor(Date.now() / 1_000))],
      ["webhook-signature", `v1,${"A".repeat(43)}=`],
    ],
    [["webhook-signature", chance.pick(["", "v1", "v2,x", "v1,".repeat(3_000)])]],
    [["x-hub-signature-256", "sha256=00"]],
  ]);
  const type = [
    "content-type",
    chance.pick(["application/json", "text/plain", "x", "multipart/form-data"]),
  ] as const;
  const name = chance.pick(["guessed", "guessed", "guessed", `guess-${chance.whole(0, 400)}`]);
  const kind = chance.pick(["", "/start", "/success", "/fail", "/7", "/nonsense"]);
  return {
    method: chance.pick(["POST", "POST", "GET", "DELETE"]),
    target: `/checkin/default/${name}${kind}`,
    headers: [address, type, ...credentials],
    body: Buffer.from(chance.pick(["", "{", '{"processed":', "x".repeat(2_000)])),
  };
}

test("two keys in one request are none, and one that only stands there twice is one", async () => {
  const key = ["authorization", `Bearer ${PING_KEY}`] as const;
  const other = ["authorization", `Bearer rck_ping_default_${"0".repeat(32)}`] as const;
  const send = async (...headers: (readonly [string, string])[]) => {
    const target = "/checkin/default/bystander/log";
    return (await exchange(server.port, { method: "POST", target, headers, body: Buffer.alloc(0) }))?.status;
  };
  expect(await send(key, key)).toBe(200);
  expect(await send(key, other)).toBe(401);
  expect(await send(other, key)).toBe(401);
});

test("a flood on a guessed name is refused, bounded, and holds nobody up", { timeout: 120_000 }, async () => {
  const chance = chanceFrom(90_210);
  const wrong = await wrongTokens();
  const requests = Array.from({ length: REFUSED }, () => refusedRequest(chance, wrong));
  const statuses = new Map<number, number>();
  const sendSome = async (): Promise<void> => {
    for (let request = requests.pop(); request !== undefined; request = requests.pop()) {
      const { status = 0 } = (await exchange(server.port, request)) ?? {};
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const acknowledged: number[] = [];
  const sendGood = async (): Promise<void> => {
    while (requests.length > 0) {
      const byKey = await fetch(`${server.url}/checkin/${PING_KEY}/bystander/log`, {
        method: "POST",
        body: "ok",
      });
      const headers = { authorization: `Bearer ${await token()}` };
      const byToken = await fetch(`${server.url}/checkin/default/guessed/log`, { method: "POST", headers });
      acknowledged.push(byKey.status, byToken.status);
    }
  };
  await Promise.all([sendGood(), ...Array.from({ length: AT_ONCE }, sendSome)]);

  expect(acknowledged.length).toBeGreaterThan(20);
  expect(acknowledged.filter((status) => status !== 200)).toEqual([]);
  // 431: headers larger than any proof never reach the boundary.
  expect(new Set(statuses.keys())).toEqual(new Set([401, 431]));
  expect(await server.client.monitors.get("bystander")).toMatchObject({ incident: null });

  const kept = [];
  for await (const rejection of everyItem(server.client.rejections.list)) kept.push(rejection);
  expect(kept.length).toBeLessThanOrEqual(LIMITS.rejectionsPerProject);
  const reasons = new Set(kept.map(({ reason }) => reason));
  for (const reason of ["no_credentials", "wrong_scheme", "malformed", "bad_signature", "claim_mismatch"]) {
    expect(reasons, reason).toContain(reason);
  }
  expect([...reasons].filter((reason) => !(REJECTION_REASONS as readonly string[]).includes(reason))).toEqual(
    [],
  );
  const told = JSON.stringify(kept);
  for (const secret of [HOOK_SECRET, ...wrong.map((text) => text.slice(-40))])
    expect(told).not.toContain(secret);

  const { stdout, stderr } = server.output();
  expect(`${stdout}${stderr}`.split("\n").filter((line) => line.includes('"level":50'))).toEqual([]);
  const bytes = readdirSync(home.data).reduce((sum, file) => sum + statSync(join(home.data, file)).size, 0);
  expect(bytes).toBeLessThan(FOLDER_BYTES);
});
