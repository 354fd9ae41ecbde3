/** A real browser on a real port in front of a Rollcall on a virtual clock. */
import type { AddressInfo } from "node:net";
import { serve, type ServerType } from "@hono/node-server";
import { chromium, type Browser, type Page } from "playwright-core";
import { createFace, type Face } from "../http/face.ts";

export interface Desk {
  face: Face;
  url: string;
  browser: Browser;
  page(look?: { colorScheme?: "light" | "dark"; isPhone?: boolean }): Promise<Page>;
  close(): Promise<void>;
}

export async function openDesk(executablePath: string): Promise<Desk> {
  const face = await createFace({ publicUrl: "http://127.0.0.1" });
  const server = await new Promise<ServerType>((resolve) => {
    const started = serve({ fetch: face.app.fetch, port: 0, hostname: "127.0.0.1" }, () => resolve(started));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  return {
    face,
    url,
    browser,
    async page({ colorScheme = "light", isPhone = false } = {}) {
      const viewport = isPhone ? { width: 390, height: 844 } : { width: 1280, height: 900 };
      const context = await browser.newContext({ colorScheme, viewport });
      return context.newPage();
    },
    async close() {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function signIn(page: Page, { url, key }: { url: string; key: string }): Promise<void> {
  await page.goto(url);
  await page.getByLabel("Admin or read key").fill(key);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Sign out" }).or(page.getByRole("alert")).waitFor();
}
