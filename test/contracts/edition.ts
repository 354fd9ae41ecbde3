/**
 * What every edition must do over real HTTP. Behaviour is tested once through the application itself; here an
 * edition shows that it starts, carries requests of every kind, and keeps what it acknowledged.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHttpReceiver } from "../stubs/http-receiver.ts";

/** It may reach addresses of this machine: `ROLLCALL_OUTBOUND_ALLOW`. */
export interface RunningEdition {
  url: string;
  adminKey: string;
  pingKey: string;
  /** Stops as an operator would, and starts again over the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export function testEdition(name: string, start: () => Promise<RunningEdition>): void {
  describe(`the ${name} edition`, () => {
    let edition: RunningEdition;

    beforeAll(async () => {
      edition = await start();
    });
    afterAll(() => edition.stop());

    const checkIn = (path: string, init: RequestInit = {}) =>
      fetch(`${edition.url}/checkin/${edition.pingKey}/${path}`, { redirect: "manual", ...init });
    /** As senders do: where it is told to come again, because others are before it for too long, it does. */
    const takenIn = async (path: string): Promise<Response> => {
      const response = await checkIn(path);
      return response.headers.get("retry-after") === "1" ? takenIn(path) : response;
    };
    const api = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(edition.url + path, {
        method,
        headers: { authorization: `Bearer ${edition.adminKey}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, json: JSON.parse(await response.text()) };
    };

    test("is alive, ready, and tells its numbers", async () => {
      for (const path of ["/healthz", "/readyz", "/metrics"]) {
        expect((await fetch(edition.url + path)).status, path).toBe(200);
      }
    });

    test("the line printed at the first start works as it stands", async () => {
      const response = await checkIn("first-job?create=1&every=5m&signals=finish");
      expect([response.status, await response.text()]).toEqual([
        200,
        expect.stringMatching(/^OK first-job: success/),
      ]);
      expect((await api("GET", "/v1/monitors/first-job")).json).toMatchObject({
        status: "up",
        schedule: { every: 300 },
      });
    });

    test("carries GET, HEAD and POST, small and large", async () => {
      const statuses = [
        await checkIn("carried/start?create=1&every=1h&run=a"),
        await checkIn("carried/log?run=a", { method: "HEAD" }),
        await checkIn("carried?run=a", { method: "POST", body: "x".repeat(3 * 1024 * 1024) }),
        await checkIn("carried/?run=b"),
      ].map(({ status }) => status);
      expect(statuses).toEqual([200, 200, 200, 200]);
      expect((await api("GET", "/v1/monitors/carried/runs")).json.items).toHaveLength(2);
    });

    test("fifty check-ins of one monitor at once are all taken", async () => {
      await checkIn("crowd/log?create=1&every=1h");
      const sent = Array.from({ length: 50 }, (_each, index) => takenIn(`crowd?run=r${index}`));
      const answers = await Promise.all(sent);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const runs = (await api("GET", "/v1/monitors/crowd/runs?limit=200")).json.items;
      expect(new Set(runs.map((run: { run_id: string }) => run.run_id)).size).toBe(50);
    });

    test("refuses with a sentence and keeps the refusal", async () => {
      const wrong = await fetch(`${edition.url}/checkin/rck_ping_default_0123456789abcdefXYZ/first-job`);
      expect([wrong.status, await wrong.text()]).toEqual([401, expect.stringContaining("wrong_secret")]);
      expect((await api("GET", "/v1/rejections")).json.items).toMatchObject([
        { reason: "wrong_secret", monitor: "first-job" },
      ]);
    });

    test("judges what does not come, and says so", async () => {
      await api("PUT", "/v1/monitors/absent", { schedule: { cron: "* * * * * *" }, grace: 0 });
      await expect
        .poll(async () => (await api("GET", "/v1/monitors/absent")).json.status, {
          timeout: 10_000,
          interval: 100,
        })
        .toBe("down");
      expect((await api("GET", "/v1/incidents?status=open&monitor=absent")).json.items).toMatchObject([
        { kind: "missing", phase: "not_arrived" },
      ]);
      await fetch(`${edition.url}/v1/monitors/absent`, {
        method: "DELETE",
        headers: { authorization: `Bearer ${edition.adminKey}` },
      });
    });

    test("tells a channel what it found, once", async () => {
      const receiver = await startHttpReceiver();
      try {
        const settings = { url: receiver.url, secret: "whsec_c2VjcmV0IG9mIHRoaXJ0eSB0d28gYnl0ZXMgb2s=" };
        await api("PUT", "/v1/channels/hook", { kind: "webhook", settings });
        await api("PUT", "/v1/monitors/told", {
          schedule: { every: "1h" },
          channels: [{ name: "hook" }],
        });
        expect((await checkIn("told/fail?run=bad")).status).toBe(200);
        const titles = () => receiver.received.map(({ body }) => JSON.parse(body).data.title as string);
        await expect.poll(titles).toEqual([expect.stringContaining("told")]);
        expect((await checkIn("told?run=good")).status).toBe(200);
        await expect.poll(titles).toHaveLength(2);
        // Received before it is noted as sent.
        const noted = async () => (await api("GET", "/v1/notifications")).json.items;
        await expect.poll(noted).toMatchObject([
          { channel: "hook", change: "opened", status: "sent" },
          { channel: "hook", change: "resolved", status: "sent" },
        ]);
      } finally {
        await receiver.close();
      }
    });

    test("shows its page behind a key, and describes its API", async () => {
      const page = await fetch(`${edition.url}/`);
      expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(await page.text()).toContain("Admin or read key");
      expect(await (await fetch(`${edition.url}/v1/openapi.json`)).json()).toMatchObject({
        openapi: "3.1.0",
      });
    });

    test("keeps over a restart what it acknowledged", async () => {
      const { run } = (await (
        await checkIn("first-job?run=kept", { headers: { accept: "application/json" } })
      ).json()) as {
        run: string;
      };
      await edition.restart();
      expect((await api("GET", `/v1/runs/${run}`)).json).toMatchObject({
        run_id: "kept",
        monitor: "first-job",
      });
    });
  });
}
