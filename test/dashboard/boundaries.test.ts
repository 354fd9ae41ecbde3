/** Boundaries on the status page, in a real browser: what was verified and still stands, and what nothing vouches for. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { guardNote, HOUR, MINUTE, verification } from "../makers.ts";
import { requirement } from "../requirements.ts";
import { openDesk, signIn, type Desk } from "./browser.ts";

const chromium = requirement("chromium");

// Without a browser there is nothing to look at the page with; requirement() has said so loudly.
describe.skipIf(chromium === null)("boundaries on the status page", () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk(chromium?.path ?? "");
    const { store, api, now } = desk.face;
    for (const slug of ["guarded", "trusted", "plain"]) {
      await api("PUT", `/v1/monitors/${slug}`, { body: { schedule: { every: "1h" } } });
    }
    const at = now() - 2 * HOUR;
    await store.noteGuards(
      "default",
      ["guarded", "trusted"].map((monitor) =>
        guardNote({ route: `GET /${monitor}`, monitor, at, configHash: "rules" }),
      ),
    );
    const stands = { at, contract: "key", colour: "green", findings: [], configHash: "rules" } as const;
    const put = (id: string, given: Partial<Parameters<typeof verification>[0]>) =>
      store.putVerification(verification({ ...stands, id, url: `https://${id}.example/probe`, ...given }));
    await put("good", { monitor: "trusted" });
    await put("bad", {
      monitor: null,
      colour: "red",
      findings: ["fails open: <b>let in</b> without any proof"],
    });
    await put("old", { monitor: "guarded", contract: "gone" });
    await put("waits", { monitor: null, colour: "awaiting", at: at - MINUTE });
    // Of an address only the latest counts.
    await put("earlier", { url: "https://good.example/probe", colour: "red", at: at - HOUR });
  });
  afterAll(() => desk.close());

  test("each address has its latest verification, and whether that still stands", async () => {
    const page = await desk.page({ isPhone: true });
    await signIn(page, { url: desk.url, key: desk.face.keys.read });
    const section = page.getByRole("region", { name: "Boundaries" });
    const rows = await section.locator("tbody tr").allInnerTexts();
    const told = rows.map((row) => row.replaceAll(/\s+/g, " ").trim()).sort();
    expect(told).toHaveLength(4);
    expect(told.join("\n")).toMatch(/✓ verified https:\/\/good.example\/probe trusted 2h ago/);
    expect(told.join("\n")).toContain("fails open: <b>let in</b> without any proof");
    expect(told.join("\n")).toMatch(
      /! stale https:\/\/old.example.*the contract gone was deleted since; verify it again/,
    );
    expect(told.join("\n")).toContain("… awaiting the scheduler's call https://waits.example");
    const [content, shown] = (await page.evaluate(
      "[document.documentElement.scrollWidth, window.innerWidth]",
    )) as [number, number];
    expect(content).toBeLessThanOrEqual(shown);
    const folder = process.env["ROLLCALL_SCREENSHOTS"];
    if (folder !== undefined) await page.screenshot({ path: `${folder}/boundaries.png`, fullPage: true });
  }, 60_000);

  test("a guarded monitor that nothing vouches for says so", async () => {
    const page = await desk.page();
    await signIn(page, { url: desk.url, key: desk.face.keys.read });
    const monitors = page.getByRole("region", { name: "Monitors" });
    const badges = await monitors.locator("tr", { hasText: "boundary unverified" }).allInnerTexts();
    expect(badges.map((row) => /guarded|trusted|plain/.exec(row)?.[0])).toEqual(["guarded"]);
  }, 60_000);
});
