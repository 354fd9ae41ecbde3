/** Signing in with a key and out again. The key is proven, never kept: the session holds its id only. */
import type { Context } from "hono";
import { RollcallError } from "../domain/errors.ts";
import { STATUS } from "../http/errors.ts";
import { beginSession, endSession, proveKey, requireAccess } from "../http/session.ts";
import { documentOf, Layout } from "./layout.tsx";
import type { PageParts } from "./parts.ts";

export function showSignIn(context: Context, refusal: RollcallError | null): Response {
  const status = refusal === null ? 200 : STATUS[refusal.code];
  return context.html(documentOf(<SignIn refusal={refusal?.message ?? null} />), status);
}

export async function signIn(parts: PageParts, context: Context): Promise<Response> {
  try {
    requireOwnOrigin(parts, context);
    const { key } = await context.req.parseBody();
    const identity = await proveKey(parts, context, typeof key === "string" ? key.trim() : "");
    requireAccess(identity, "read");
    beginSession(parts, context, identity);
    return context.redirect("/", 303);
  } catch (error) {
    if (error instanceof RollcallError && error.code !== "internal") return showSignIn(context, error);
    throw error;
  }
}

export function signOut(parts: Pick<PageParts, "publicUrl">, context: Context): Response {
  requireOwnOrigin(parts, context);
  endSession(context);
  return context.redirect("/", 303);
}

/** Another site must not sign anybody in or out here. Browsers say where a form came from; programs need not. */
function requireOwnOrigin({ publicUrl }: Pick<PageParts, "publicUrl">, context: Context): void {
  const site = context.req.header("sec-fetch-site");
  const origin = context.req.header("origin");
  const isOwn =
    site === undefined
      ? origin === undefined || isOurs(origin, [context.req.header("host") ?? "", new URL(publicUrl).host])
      : site === "same-origin" || site === "none";
  if (isOwn) return;
  throw new RollcallError(
    "forbidden",
    "This form was sent from another site: sign in on Rollcall's own page.",
  );
}

function isOurs(origin: string, hosts: readonly string[]): boolean {
  return URL.canParse(origin) && hosts.includes(new URL(origin).host);
}

function SignIn({ refusal }: { refusal: string | null }) {
  return (
    <Layout title="Sign in · Rollcall">
      <main class="sign-in">
        <h1>Rollcall</h1>
        <form method="post" action="/sign-in">
          {refusal === null ? null : (
            <p class="refusal" role="alert">
              {refusal}
            </p>
          )}
          <label for="key">Admin or read key</label>
          <input
            id="key"
            name="key"
            type="password"
            autocomplete="current-password"
            placeholder="rck_admin_…"
            required
            autofocus
          />
          <button type="submit">Sign in</button>
          <p class="hint">
            The keys were shown when Rollcall first started: in its terminal, or in{" "}
            <code>first-start.txt</code> in its data folder.
          </p>
        </form>
      </main>
    </Layout>
  );
}
