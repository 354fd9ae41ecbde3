/** Every page and action of the dashboard in one list, with what holds for all of them: handed over by an edition. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { PageParts } from "./parts.ts";
import { showRunPage } from "./run-page.tsx";
import { showStatusPage } from "./status-page.tsx";
import { signIn, signOut } from "./sign-in.tsx";
import { STYLE } from "./style.ts";
import { showTrouble } from "./trouble-page.tsx";

/** A key and nothing else is ever sent to a page. */
const FORM_BYTES = 8 * 1024;

/** Nothing but our own style sheet is loaded or run, and no other site may show these pages in a frame. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function pages(parts: PageParts): Hono {
  const app = new Hono();
  app.onError((thrown, context) => guarded(showTrouble(parts, context, thrown)));
  app.get("/", (context) => guarded(showStatusPage(parts, context)));
  app.get("/runs/:id", (context) => guarded(showRunPage(parts, context)));
  app.post("/sign-in", bodyLimit({ maxSize: FORM_BYTES }), (context) => guarded(signIn(parts, context)));
  app.post("/sign-out", bodyLimit({ maxSize: FORM_BYTES }), (context) => guarded(signOut(parts, context)));
  app.get("/assets/rollcall.css", (context) =>
    context.body(STYLE, 200, { "content-type": "text/css; charset=utf-8", "cache-control": "no-cache" }),
  );
  return app;
}

async function guarded(answer: Response | Promise<Response>): Promise<Response> {
  const response = await answer;
  response.headers.set("content-security-policy", POLICY);
  response.headers.set("x-content-type-options", "nosniff");
  response.headers.set("referrer-policy", "same-origin");
  response.headers.set("cache-control", "no-store");
  return response;
}
