/** The status page in a real browser: signing in, and what is wrong since when at one look. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requirement } from "../requirements.ts";
import { openDesk, signIn, type Desk } from "./browser.ts";

const chromium = requirement("chromium");

// Without a browser there is nothing to look at the page with; requirement() has said so loudly.
describe.skipIf(chromium === null)("the status page", () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk(chromium?.path ?? "");
    const { face } = desk;
    const nightly = {
      schedule: { cron: "0 2 * * *", timezone: "Europe/Berlin" },
      grace: "10m",
      name: "<b>Nightly</b> backup",
    };
    await face.api("PUT", "/v1/monitors/nightly-backup", { body: nightly });
    await face.api("PUT", "/v1/monitors/heartbeat", {
      body: { schedule: { every: "5m" }, signals: "finish" },
    });
    await face.api("PUT", "/v1/monitors/cleanup", { body: { schedule: { cron: "0 5 * * *" } } });
    await face.api("POST", "/v1/monitors/cleanup/pause", { body: { reason: "disk is being replaced" } });
    for (let minute = 0; minute < 75; minute += 5) {
      await face.app.request(`/checkin/${face.keys.ping}/heartbeat`);
      await face.pass(5 * 60_000);
    }
    await face.app.request(`/checkin/${face.keys.ping}/heartbeat`);
  });

  afterAll(() => desk.close());

  test("without a session it asks for a key, and says what is wrong with a wrong one", async () => {
    const page = await desk.page();
    await page.goto(desk.url);
    await page.getByLabel("Admin or read key").fill("rck_admin_default_0123456789abcdef0123");
    await page.keyboard.press("Enter");
    await page.getByText("wrong_secret").waitFor();
    expect(await page.content()).not.toContain("0123456789abcdef");
    await signIn(page, { url: desk.url, key: desk.face.keys.ping });
    expect(await page.getByRole("alert").textContent()).toContain(
      "A ping key checks in, and shows and changes nothing",
    );
  }, 60_000);

  test("at one look it says what is wrong, since when, and what to look at", async () => {
    const page = await desk.page();
    await signIn(page, { url: desk.url, key: desk.face.keys.read });
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("1 open incident");
    expect(await page.title()).toBe("1 open incident · Rollcall");
    const incident = page.getByRole("article");
    expect(await incident.getByRole("heading").textContent()).toBe(
      "nightly-backup: expected 02:00 Europe/Berlin, nothing arrived by 02:10 (grace 10m)",
    );
    expect(await incident.locator(".since").innerText()).toMatch(/OPEN since 5m ago 2026-03-02 01:10 UTC/i);
    expect(await incident.innerText()).toContain("Look whether the scheduler fired");
    const box = await incident.boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(900);
    const rows = await page.locator("tbody tr").allInnerTexts();
    expect(rows.map((row) => row.split(/\s/).filter(Boolean).slice(0, 3).join(" "))).toEqual([
      "✕ down nightly-backup",
      "‖ paused cleanup",
      "✓ up heartbeat",
    ]);
  }, 60_000);

  test("text from outside is shown as text", async () => {
    const page = await desk.page();
    await signIn(page, { url: desk.url, key: desk.face.keys.read });
    expect(await page.locator("tbody").innerText()).toContain("<b>Nightly</b> backup");
    expect(await page.locator("tbody b").count()).toBe(0);
  }, 60_000);

  test("no script runs, nothing foreign is loaded, and the session is out of reach of scripts", async () => {
    const page = await desk.page();
    const response = await page.goto(desk.url);
    const policy = response?.headers()["content-security-policy"] ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    await signIn(page, { url: desk.url, key: desk.face.keys.admin });
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ name: "rollcall_session", httpOnly: true, sameSite: "Strict" });
    expect(cookie?.value).not.toContain(desk.face.keys.admin.slice(-32));
    expect(await page.locator("script").count()).toBe(0);
  }, 60_000);

  test("everything is reached by keyboard, and signing out ends it", async () => {
    const page = await desk.page();
    await signIn(page, { url: desk.url, key: desk.face.keys.admin });
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("Rollcall");
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toContain("Sign out");
    await page.keyboard.press("Enter");
    await page.getByLabel("Admin or read key").waitFor();
  }, 60_000);

  test.each([
    { colorScheme: "light", isPhone: false },
    { colorScheme: "dark", isPhone: false },
    { colorScheme: "light", isPhone: true },
    { colorScheme: "dark", isPhone: true },
  ] as const)(
    "fits and is readable: $colorScheme, phone: $isPhone",
    async (look) => {
      const page = await desk.page(look);
      await signIn(page, { url: desk.url, key: desk.face.keys.read });
      const [content, shown] = (await page.evaluate(
        "[document.documentElement.scrollWidth, window.innerWidth]",
      )) as [number, number];
      expect(content).toBeLessThanOrEqual(shown);
      const [ink, ground] = (await page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]",
      )) as [string, string];
      expect(contrast(ink, ground)).toBeGreaterThan(7);
      const folder = process.env["ROLLCALL_SCREENSHOTS"];
      if (folder !== undefined) {
        await page.screenshot({
          path: `${folder}/status-${look.colorScheme}-${look.isPhone ? "phone" : "desk"}.png`,
          fullPage: true,
        });
      }
    },
    60_000,
  );

  test("a schedule that is made faster for a while says so, and afterwards what is left to do", async () => {
    const { face, url } = desk;
    const path = "/v1/monitors/cleanup/accelerate";
    await face.api("POST", path, { body: { schedule: { every: "1m" }, expires_in: "30m" } });
    const page = await desk.page();
    await signIn(page, { url, key: face.keys.read });
    const row = page.locator("tbody tr", { hasText: "cleanup" });
    expect(await row.innerText()).toMatch(
      /accelerated every minute until 2026-03-02 01:45 UTC; reverts on the first good run/,
    );
    expect(await row.innerText()).toMatch(/every minute for now, else at 05:00/);
    await face.api("DELETE", path);
    await page.reload();
    expect(await row.innerText()).toContain("Set the real scheduler back to its own schedule (at 05:00");
  }, 60_000);

  test("a revoked key ends the sessions begun with it", async () => {
    const { face, url } = desk;
    const made = await face.api("POST", "/v1/keys", { body: { kind: "read" } });
    const page = await desk.page();
    await signIn(page, { url, key: made.json.key });
    await face.api("POST", `/v1/keys/${made.json.id}/revoke`);
    await page.reload();
    expect(await page.getByLabel("Admin or read key").count()).toBe(1);
  }, 60_000);
});

/** Contrast ratio by WCAG 2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map((text) => {
    const part = Number(text) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
