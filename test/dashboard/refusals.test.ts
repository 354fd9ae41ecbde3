/** The status page in a real browser, where jobs are refused: that they are, and why, at one look. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requirement } from "../requirements.ts";
import { openDesk, signIn, type Desk } from "./browser.ts";

const chromium = requirement("chromium");
const HOSTILE = "<img src=x onerror=alert(1)>";

// Without a browser there is nothing to look at the page with; requirement() has said so loudly.
describe.skipIf(chromium === null)("where jobs are refused, the status page", () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk(chromium?.path ?? "");
    const { face } = desk;
    const hourly = { schedule: { every: "1h" }, grace: "10m", signals: "finish" };
    for (const slug of ["reports", "nightly", "settled"])
      await face.api("PUT", `/v1/monitors/${slug}`, { body: hourly });
    const rotated = "rck_ping_default_thisSecretIsTheOldOne12345";
    for (const path of [`${rotated}/nightly`, `${rotated}/settled`, `${face.keys.ping}/reprots`])
      await face.app.request(`/checkin/${path}`);
    for (const [monitor, rules] of [
      ["reports", "aaaaaaaaaa"],
      ["nightly", "bbbbbbbbbb"],
    ])
      await tell([receipt(monitor, rules)]);
    await face.pass(60_000);
    await tell([receipt("reports", "aaaaaaaaaa")]);
    await face.app.request(`/checkin/${face.keys.ping}/settled`);
  });

  afterAll(() => desk.close());

  test("says so in its headline, though no run is missing yet", async () => {
    const page = await opened();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(
      "No open incident, but 2 jobs are being refused",
    );
  }, 60_000);

  test("tells of each what was expected, what came, how often, and what to do; what stands comes first", async () => {
    const page = await opened();
    const [reports, ...others] = await rowsOf(page, 0);
    expect(reports).toMatch(
      /^reports 2 calls of GET \/api\/reports wrong_scheme Caller and boundary follow different contracts.* an HMAC signature .* <img src=x onerror=alert\(1\)> now .* since 1m ago/,
    );
    expect(others.map((row) => /^(\S+) .* (\w+_\w+) (.*?[.:])/.exec(row)?.slice(1))).toEqual([
      ["nightly", "wrong_scheme", "Caller and boundary follow different contracts:"],
      ["nightly", "wrong_secret", "Compare the secret or key on both sides:"],
      ["settled", "wrong_secret", "A run ended well since."],
    ]);
    expect(await page.locator(".refusals img").count()).toBe(0);
  }, 60_000);

  test("shows the inbox with the name that was meant, and how to claim it", async () => {
    const page = await opened();
    const [entry] = await rowsOf(page, 1);
    expect(entry).toMatch(/^reprots 1 check-in Did you mean reports\? Entry \d+ unknown_monitor/);
    expect(await page.locator("section[aria-labelledby=refused]").innerText()).toContain("/claim");
  }, 60_000);

  test("warns of guards that do not fit together, once", async () => {
    const page = await opened();
    expect(await page.locator(".warnings li").allInnerTexts()).toEqual([
      expect.stringMatching(/^GET \/api\/nightly and GET \/api\/reports run different rules/),
    ]);
  }, 60_000);

  test.each([false, true])(
    "fits, phone: %s",
    async (isPhone) => {
      const page = await opened({ isPhone });
      const [content, shown] = (await page.evaluate(
        "[document.documentElement.scrollWidth, window.innerWidth]",
      )) as [number, number];
      expect(content).toBeLessThanOrEqual(shown);
    },
    60_000,
  );

  async function opened(look: { isPhone?: boolean } = {}): Promise<Page> {
    const page = await desk.page(look);
    await signIn(page, { url: desk.url, key: desk.face.keys.read });
    return page;
  }

  async function rowsOf(page: Page, table: number): Promise<string[]> {
    const rows = await page.locator(".refusals").nth(table).locator("tbody tr").allInnerTexts();
    return rows.map((row) => row.split(/\s+/).join(" ").trim());
  }

  function receipt(monitor = "", rules = "") {
    return {
      route: `GET /api/${monitor}`,
      monitor,
      at: new Date(desk.face.now()).toISOString(),
      ok: false,
      reason: "wrong_scheme",
      expected: `an HMAC signature in x-${"signature-".repeat(12)} (contract reports)`,
      seen: HOSTILE,
      config_hash: rules,
    };
  }

  async function tell(receipts: readonly object[]): Promise<void> {
    const { face } = desk;
    await face.api("POST", "/v1/boundary-receipts", { key: face.keys.ping, body: { receipts } });
  }
});
