/**
 * What a person sees instead of a page that could not be made, most of all while the store is away: that it is Rollcall
 * itself, since when, and what becomes of the jobs meanwhile. It renews itself, so the page asked for comes back alone.
 */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { RollcallError } from "../domain/errors.ts";
import { rollcallErrorOf, STATUS } from "../http/errors.ts";
import { documentOf, Layout } from "./layout.tsx";
import type { PageParts } from "./parts.ts";
import { clockText } from "./time.tsx";

export async function showTrouble(parts: PageParts, context: Context, thrown: unknown): Promise<Response> {
  // What is wrong with a form is told as everywhere.
  if (thrown instanceof HTTPException) throw thrown;
  const error = rollcallErrorOf(thrown, parts.log);
  // Where not even that can be asked, the error says enough.
  const { problems } = (await parts.condition?.().catch(() => null)) ?? { problems: [] };
  if (error.retryAfterSeconds !== null) context.header("retry-after", String(error.retryAfterSeconds));
  const asked = { error, problems, nowAt: parts.clock.now(), mayBeAskedAgain: context.req.method === "GET" };
  const page = <TroublePage {...asked} />;
  return context.html(documentOf(page), STATUS[error.code]);
}

interface Page {
  error: RollcallError;
  problems: readonly string[];
  nowAt: number;
  /** A form that was sent is not sent again by itself. */
  mayBeAskedAgain: boolean;
}

function TroublePage({ error, problems, nowAt, mayBeAskedAgain }: Page) {
  const isAway = error.code === "unavailable";
  const headline = isAway ? "Rollcall itself cannot work just now" : "This page cannot be shown";
  return (
    <Layout title={`${headline} · Rollcall`} isRefreshed={mayBeAskedAgain}>
      <header class="bar">
        <p class="brand">
          <a href="/">Rollcall</a>
        </p>
      </header>
      <main>
        <div class="headline bad">
          <h1>{headline}</h1>
          {[error.message, ...problems].map((sentence) => (
            <p class="story">{sentence}</p>
          ))}
          {isAway ? (
            <p>
              Check-ins that cannot be stored are told to come again. A time in which nobody could hear will
              be a blind spot: runs in it are unknown, not missing.
            </p>
          ) : null}
          <p>
            As of {clockText(nowAt)}
            {mayBeAskedAgain ? "; this page renews itself every 30 seconds." : "."}
          </p>
        </div>
      </main>
    </Layout>
  );
}
