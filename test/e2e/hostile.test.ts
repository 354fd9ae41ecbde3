/**
 * Thousands of requests that nobody should send: each is answered clearly and none as if it were our fault, the
 * server goes on as before, and no secret shows in an answer or in the log.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chanceFrom } from "./chance.ts";
import { hostileRequest, type Hostile, type Targets } from "./hostile-requests.ts";
import { exchange, type RawAnswer } from "./raw-http.ts";
import { WEBHOOK_SECRET } from "./receivers.ts";
import {
  ADMIN_KEY,
  makeHome,
  PING_KEY,
  startServer,
  type Home,
  type ServerProgram,
} from "./server-program.ts";

const SEED = 5_150;
const REQUESTS = 5_000;
const AT_ONCE = 16;

const CHANNEL_SECRETS = {
  webhook: "http://127.0.0.1:9/hook-path-that-is-secret",
  signing: WEBHOOK_SECRET,
  slack: "xoxb-hostile-slack-token",
  mail: "hostile-mail-password",
};
const secretOf = (key: string): string => key.slice(key.lastIndexOf("_") + 1);

let home: Home;
let server: ServerProgram;
let targets: Targets;

beforeAll(async () => {
  home = makeHome();
  // Each request claims another address, so that the limit on failed proofs does not answer in place of the rest.
  server = await startServer(home, { ROLLCALL_LOG_LEVEL: "debug", ROLLCALL_TRUSTED_PROXIES: "127.0.0.1" });
  const { channels, monitors } = server.client;
  const { webhook, signing, slack, mail } = CHANNEL_SECRETS;
  await channels.put("hook", { kind: "webhook", settings: { url: webhook, secret: signing } });
  await channels.put("chat", {
    kind: "slack",
    settings: { bot_token: slack, channel: "#ops", api_url: "http://127.0.0.1:9/api/" },
  });
  await channels.put("post", {
    kind: "email",
    settings: {
      host: "127.0.0.1",
      port: 9,
      from: "a@example.org",
      to: ["b@example.org"],
      username: "u",
      password: mail,
    },
  });
  const links = ["hook", "chat", "post"].map((name) => ({ name }));
  const { ping_url: pingUrl } = await monitors.put("target", { schedule: { every: "1h" }, channels: links });
  // Another one, which nobody aims at: it shows whether the server still works.
  await monitors.put("bystander", { schedule: { every: "1h" } });
  const pingUuid = pingUrl?.split("/").at(-1) ?? "";
  targets = { adminKey: ADMIN_KEY, pingKey: PING_KEY, pingUuid, monitor: "target", channel: "chat" };
});
afterAll(async () => {
  await server.kill();
  home.remove();
});

/** What the answer breaks; empty when it is as it must be. */
function faultsOf({ isCheckIn, method, target }: Hostile, answer: RawAnswer | null): string[] {
  if (answer === null) return ["no answer"];
  const { status, headers, body, whole } = answer;
  const faults: string[] = [];
  if (status >= 500 || status < 200) faults.push(`status ${status}`);
  if (status >= 300 && status < 400 && isCheckIn) faults.push(`a check-in is redirected: ${status}`);
  const isTold = status >= 400 && method !== "HEAD";
  if (isTold && body.trim() === "") faults.push(`${status} without a word`);
  if (isTold && body.trim() !== "" && headers["content-type"]?.includes("json") === true && !isProblem(body))
    faults.push(`no problem details: ${body.slice(0, 100)}`);
  // A page of the API may show an admin the address that checks in; nothing else repeats a secret.
  const isShown = target.startsWith("/v1/monitors") || target.startsWith("/v1/keys");
  const secrets = [
    secretOf(ADMIN_KEY),
    ...Object.values(CHANNEL_SECRETS),
    ...(isShown ? [] : [secretOf(PING_KEY), targets.pingUuid]),
  ];
  for (const secret of secrets) if (whole.includes(secret)) faults.push(`the secret ${secret} in the answer`);
  if (/\bat .+\.(ts|mjs|js):\d+/.test(body)) faults.push("a stack trace in the answer");
  return faults;
}

function isProblem(body: string): boolean {
  const { status, code, detail } = JSON.parse(body) as Record<string, unknown>;
  return (
    typeof status === "number" && typeof code === "string" && typeof detail === "string" && detail !== ""
  );
}

test("an answer given before a large body was read reaches its sender", async () => {
  const body = Buffer.alloc(2 * 1024 * 1024, "x");
  const request = { method: "DELETE", target: "/v1/runs/none", headers: [], body };
  for (let round = 0; round < 10; round += 1) {
    const answers = await Promise.all(Array.from({ length: 16 }, () => exchange(server.port, request)));
    expect(answers.map((answer) => answer?.status)).toEqual(answers.map(() => 404));
  }
});

describe("hostile requests", () => {
  test("are each answered clearly, and never with a 500", { timeout: 120_000 }, async () => {
    const chance = chanceFrom(SEED);
    const requests = Array.from({ length: REQUESTS }, () => hostileRequest(chance, targets));
    const faults: string[] = [];
    const statuses = new Map<number, number>();
    const sendSome = async (): Promise<void> => {
      for (let request = requests.pop(); request !== undefined; request = requests.pop()) {
        const answer = await exchange(server.port, request);
        statuses.set(answer?.status ?? 0, (statuses.get(answer?.status ?? 0) ?? 0) + 1);
        for (const fault of faultsOf(request, answer)) {
          faults.push(
            `${fault}: ${request.method} ${request.target.slice(0, 120)} ${request.body.toString("latin1", 0, 120)}`,
          );
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sendSome));
    expect(faults).toEqual([]);
    // The requests are varied enough to get well inside, and to be refused in many ways.
    for (const status of [200, 400, 401, 404, 405, 431])
      expect(statuses.get(status) ?? 0, `answers ${status}`).toBeGreaterThan(0);
  });

  test("leave a server behind that takes check-ins and judges", async () => {
    const good = await fetch(`${server.url}/checkin/${PING_KEY}/bystander?run=after`, {
      method: "POST",
      body: "fine\n",
    });
    expect({ status: good.status, text: await good.text() }).toMatchObject({
      status: 200,
      text: expect.stringMatching(/^OK /),
    });
    expect(await server.client.monitors.get("bystander")).toMatchObject({ status: "up" });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  test("leave no secret in the log, and no fault of ours", async () => {
    const { stdout, stderr } = server.output();
    const log = stdout + stderr;
    expect(log).toContain('"msg":"request"');
    for (const secret of [
      secretOf(ADMIN_KEY),
      secretOf(PING_KEY),
      targets.pingUuid,
      ...Object.values(CHANNEL_SECRETS),
    ]) {
      expect(log.includes(secret), `the secret ${secret} in the log`).toBe(false);
    }
    const lines = log.split("\n").filter((line) => line.includes('"level":50'));
    expect(lines).toEqual([]);
  });
});
