/** The page of one run in a real browser, and what the status page says of what is verified and what is not. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OutcomePart } from "../../src/domain/outcome/outcome.ts";
import { callIn, failed, SEVEN, step, tally } from "../domain/outcome/story.ts";
import { MINUTE, SECOND, START } from "../makers.ts";
import { requirement } from "../requirements.ts";
import { checkInAt } from "../stories/world.ts";
import { openDesk, signIn, type Desk } from "./browser.ts";

const chromium = requirement("chromium");
const LOOKS = [
  { colorScheme: "light", isPhone: false },
  { colorScheme: "dark", isPhone: false },
  { colorScheme: "light", isPhone: true },
  { colorScheme: "dark", isPhone: true },
] as const;

const ENRICH = failed("enrich", { startedAt: START + 20 * SECOND, endedAt: START + 50 * SECOND, attempt: 3 });
const TOLD: OutcomePart = {
  counts: { expected: 200, processed: 50, failed: 12 },
  metrics: { emails_sent: 38 },
  plan: SEVEN,
  steps: [
    step("load", { startedAt: START, endedAt: START + 8 * SECOND, counts: { processed: 200 } }),
    ENRICH,
    callIn(ENRICH, 429, {
      name: "chat <b>gpt</b>",
      tokens: 1_200,
      error: { class: "rate_limited", type: "RateLimitError", message: "Rate limit reached" },
    }),
  ],
  http: [
    tally(200, { count: 50, firstAt: START, lastAt: START + 19 * SECOND }),
    tally(429, {
      count: 12,
      firstAt: START + 20 * SECOND,
      lastAt: START + 50 * SECOND,
      retryAfterSeconds: 60,
    }),
  ],
  evidence: [
    {
      kind: "file",
      name: "leads.csv",
      url: null,
      id: null,
      size: 47_104,
      sha256: "ab".repeat(32),
      createdAt: START,
    },
  ],
  environment: { host: "worker-3", version: "1.4.2", commit: "8f3e2a1", trace: null },
  log: "lead 49: ok\nlead 50: ok\nlead 51: 429 Too Many Requests, giving up",
};

// Without a browser there is nothing to look at the page with; requirement() has said so loudly.
describe.skipIf(chromium === null)("the page of a run", () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk(chromium?.path ?? "");
    const { face } = desk;
    const schedule = { every: "1h" };
    for (const slug of ["lead-agent", "heartbeat"]) {
      await face.api("PUT", `/v1/monitors/${slug}`, { body: { schedule, grace: "5m" } });
    }
    await face.app.request(`/checkin/${face.keys.ping}/heartbeat`);
    await face.app.request(`/checkin/${face.keys.ping}/lead-agent/start?run=r-17`);
    await face.engine.saveMonitor({
      project: "default",
      slug: "digest",
      input: {
        schedule: { every: 3_600_000 },
        checks: [{ kind: "cel", cel: "run.processed >= 10.0", name: "at least ten", severity: "degrade" }],
      },
      mode: "replace",
      by: "test",
    });
    await face.engine.recordCheckIn({
      monitorId: (await face.api("GET", "/v1/monitors/digest")).json.id,
      checkIn: { ...checkInAt("success", face.now()), outcome: { counts: { processed: 7 } } },
    });
    await face.pass(MINUTE);
    const monitorId = (await face.api("GET", "/v1/monitors/lead-agent")).json.id;
    const finish = checkInAt("fail", face.now());
    await face.engine.recordCheckIn({
      monitorId,
      checkIn: { ...finish, runId: "r-17", exitStatus: 1, body: "giving up", outcome: TOLD },
    });
  });

  afterAll(() => desk.close());

  test("is one step away from the incident, and tells all that the run told", async () => {
    const page = await desk.page();
    await signIn(page, { url: desk.url, key: desk.face.keys.read });
    expect(await page.getByRole("article").getByRole("heading").textContent()).toBe(
      'lead-agent failed on step 3 of 7 "enrich" after 3 tries: api.openai.com answered 429; ' +
        'processed 50 of 200, 12 failed; step 2 "split" was left out',
    );
    await page.getByRole("link", { name: "The last run" }).first().click();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("lead-agent: a failed run");
    const text = await page.locator("main").innerText();
    for (const part of [
      "r-17",
      "after 1m",
      "processed",
      "emails_sent",
      "POST api.openai.com 429",
      "rate_limited: RateLimitError: Rate limit reached",
      "try 3",
      "1200 tokens",
      "leads.csv",
      "worker-3",
      "lead 51: 429 Too Many Requests",
      "giving up",
      "Not done of what was planned: split",
    ]) {
      expect(text).toContain(part);
    }
    await page.getByRole("link", { name: "All monitors" }).click();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("1 open incident");
  }, 60_000);

  test("shows text from outside as text, and runs no script", async () => {
    const page = await desk.page();
    await signIn(page, { url: desk.url, key: desk.face.keys.read });
    await page.getByRole("link", { name: "The last run" }).first().click();
    expect(await page.locator("main").innerText()).toContain("chat <b>gpt</b>");
    expect(await page.locator("main b, script").count()).toBe(0);
  }, 60_000);

  test("is for those who are signed in, and says when there is no such run", async () => {
    const page = await desk.page();
    await page.goto(`${desk.url}/runs/nope`);
    await page.getByLabel("Admin or read key").waitFor();
    await signIn(page, { url: desk.url, key: desk.face.keys.read });
    const response = await page.goto(`${desk.url}/runs/nope`);
    expect(response?.status()).toBe(404);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("There is no such run");
  }, 60_000);

  test("a monitor without a check has a badge that says so, and what it means", async () => {
    const page = await desk.page();
    await signIn(page, { url: desk.url, key: desk.face.keys.read });
    expect(await page.locator("tbody .badge").allTextContents()).toEqual([
      "never verified",
      "never verified",
    ]);
    expect(await page.locator(".hint").innerText()).toContain("has no check");
  }, 60_000);

  test("a good run with something to be looked at says so, on both pages and in the API", async () => {
    const monitor = (await desk.face.api("GET", "/v1/monitors/digest")).json;
    expect(monitor).toMatchObject({ status: "up", never_verified: false });
    expect(monitor.degraded_by).toContain("at least ten");
    expect(monitor.last_verified_at).toBe("2026-03-02T00:00:00Z");
    const page = await desk.page();
    await signIn(page, { url: desk.url, key: desk.face.keys.read });
    const row = page.locator("tbody tr", { hasText: "digest" });
    expect(await row.innerText()).toContain('Degraded: "at least ten" does not hold');
    expect(await row.getByText("verified", { exact: true }).count()).toBe(1);
    await row.getByRole("link", { name: "last run" }).click();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(
      "digest: a verified run, degraded",
    );
    expect(await page.locator("main").innerText()).toMatch(/! degraded\s+at least ten\s/);
  }, 60_000);

  test.each(LOOKS)(
    "fits: $colorScheme, phone: $isPhone",
    async (look) => {
      const page = await desk.page(look);
      await signIn(page, { url: desk.url, key: desk.face.keys.read });
      const folder = process.env["ROLLCALL_SCREENSHOTS"];
      const name = `${look.colorScheme}-${look.isPhone ? "phone" : "desk"}.png`;
      for (const shown of ["story-status", "run"]) {
        if (shown === "run") await page.getByRole("link", { name: "The last run" }).first().click();
        const [content, width] = (await page.evaluate(
          "[document.documentElement.scrollWidth, window.innerWidth]",
        )) as [number, number];
        expect(content).toBeLessThanOrEqual(width);
        if (folder !== undefined)
          await page.screenshot({ path: `${folder}/${shown}-${name}`, fullPage: true });
      }
    },
    60_000,
  );
});
