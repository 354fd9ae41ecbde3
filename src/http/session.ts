/**
 * Who is asking: a management key in `Authorization`, or a session that was begun with one and lives in a cookie.
 * A session holds no key, only the id of one, so revoking the key ends it.
 */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { RollcallError } from "../domain/errors.ts";
import type { Identity } from "../ports/trust.ts";
import type { HttpParts } from "./parts.ts";

const COOKIE = "rollcall_session";
const SESSION_SECONDS = 12 * 3_600;

/** `ping`: what jobs and their deployments tell, with the ping key they have; an admin key may too. */
export type Access = "read" | "admin" | "ping";

type Who = Pick<HttpParts, "trust" | "peerOf">;

/** The holder of the key in `Authorization`; throws `unauthorized`, `forbidden` or `too_many_requests`. */
export async function identifyCaller(parts: Who, context: Context, access: Access): Promise<Identity> {
  const identity = await proveKey(parts, context, keySent(context));
  requireAccess(identity, access);
  return identity;
}

/** Lets only the instance key by; throws like `identifyCaller`. */
export async function requireInstanceKey(parts: Who, context: Context): Promise<void> {
  if (!parts.trust.hasInstanceKey) {
    throw new RollcallError(
      "forbidden",
      "No projects can be made here: set ROLLCALL_INSTANCE_KEY to rck_instance_<secret>, the secret being 32 to 128 letters and digits, and start this server again.",
    );
  }
  const identity = await proveAnyKey(parts, context, keySent(context));
  if (identity === null) return;
  throw new RollcallError(
    "forbidden",
    `The ${identity.kind} key of a project neither makes nor lists projects: use the instance key, which is set on the server as ROLLCALL_INSTANCE_KEY.`,
  );
}

function keySent(context: Context): string {
  const header = context.req.header("authorization") ?? "";
  const [, keyText] = /^Bearer\s+(\S+)\s*$/i.exec(header) ?? [];
  if (keyText !== undefined) return keyText;
  const seen = header === "" ? "none was sent" : "another form was sent";
  throw new RollcallError("unauthorized", `Send a key as Authorization: Bearer rck_…; ${seen}.`);
}

/** The holder of a project's key; throws `unauthorized`, `too_many_requests`, and `forbidden` for the instance key. */
export async function proveKey(parts: Who, context: Context, keyText: string): Promise<Identity> {
  const identity = await proveAnyKey(parts, context, keyText);
  if (identity !== null) return identity;
  throw new RollcallError(
    "forbidden",
    "The instance key makes and lists projects (/v1/projects) and does nothing else: use a key of the project.",
  );
}

/** Tries a key text, with failed tries counted by address. Null: it is the instance key. */
async function proveAnyKey(parts: Who, context: Context, keyText: string): Promise<Identity | null> {
  const { addresses, limiter } = parts.trust;
  const client = addresses.clientOf(parts.peerOf(context), context.req.header("x-forwarded-for") ?? null);
  const from = { addressPrefix: addresses.prefixOf(client), credential: keyText };
  const waitSeconds = limiter.waitSeconds(from);
  if (waitSeconds !== null) {
    throw new RollcallError(
      "too_many_requests",
      "Too many failed keys from your address: wait, then check the key.",
      {
        retryAfterSeconds: waitSeconds,
      },
    );
  }
  const found = await parts.trust.identify(keyText);
  if (!found.isOk) {
    limiter.failed(from);
    throw new RollcallError(
      "unauthorized",
      `This key is not accepted (${found.reason}): seen was ${found.seen}.`,
    );
  }
  limiter.succeeded({ ...from, keyId: found.identity?.keyId ?? null });
  return found.identity;
}

export function requireAccess(identity: Identity, access: Access): void {
  if (identity.kind === "admin" || identity.kind === access) return;
  const may =
    identity.kind === "ping"
      ? "A ping key checks in, and shows and changes nothing"
      : "A read key may look and not change";
  const wanted = access === "admin" ? "an admin key" : `an admin or ${access} key`;
  throw new RollcallError("forbidden", `${may}: use ${wanted}.`);
}

/** Begins a session in a cookie that scripts cannot read and other sites cannot send. */
export function beginSession(
  parts: Pick<HttpParts, "vault" | "clock" | "publicUrl">,
  context: Context,
  identity: Identity,
): void {
  const endsAt = parts.clock.now() + SESSION_SECONDS * 1_000;
  setCookie(context, COOKIE, parts.vault.seal(JSON.stringify({ keyId: identity.keyId, endsAt })), {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    secure: parts.publicUrl.startsWith("https:"),
    maxAge: SESSION_SECONDS,
  });
}

export function endSession(context: Context): void {
  deleteCookie(context, COOKIE, { path: "/" });
}

/** The holder of the session in the cookie; null when there is none, or it has ended, or its key was revoked. */
export async function sessionOf(
  parts: Pick<HttpParts, "vault" | "clock" | "trust">,
  context: Context,
): Promise<Identity | null> {
  const sealed = getCookie(context, COOKIE);
  if (sealed === undefined) return null;
  const session = opened(parts, sealed);
  if (session === null || session.endsAt <= parts.clock.now()) return null;
  const identity = await parts.trust.recall(session.keyId);
  return identity === null || identity.kind === "ping" ? null : identity;
}

function opened(
  { vault }: Pick<HttpParts, "vault">,
  sealed: string,
): { keyId: string; endsAt: number } | null {
  try {
    return JSON.parse(vault.open(sealed)) as { keyId: string; endsAt: number };
  } catch {
    // Made up, damaged, or sealed with another key file: no session.
    return null;
  }
}
