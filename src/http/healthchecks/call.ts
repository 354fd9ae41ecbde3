/**
 * One call of the management API that clients of Healthchecks use: under `/api/v1`, `/api/v2` and `/api/v3`, with and
 * without a slash at the end, open to browsers of other sites. Errors are `{"error": "a sentence"}`.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { RollcallError, invalid } from "../../domain/errors.ts";
import { LIMITS } from "../../domain/limits.ts";
import type { Identity } from "../../ports/trust.ts";
import { STATUS, rollcallErrorOf } from "../errors.ts";
import type { HttpParts } from "../parts.ts";
import { readBody, wireOf } from "../read-body.ts";
import { proveKey, requireAccess, type Access } from "../session.ts";

export const VERSIONS = [1, 2, 3] as const;
export type Version = (typeof VERSIONS)[number];
export type Fields = Readonly<Record<string, unknown>>;

export interface Asked {
  parts: HttpParts;
  version: Version;
  project: string;
  isAdmin: boolean;
  /** For timelines: who did it. */
  by: string;
  /** What the JSON body says; empty when there was none. */
  body: Fields;
  path: (name: string) => string;
  query: (name: string) => readonly string[];
}

export interface Answer {
  status: 200 | 201;
  /** Sent as JSON, or as plain text where it is text. */
  body: unknown;
}

export interface HealthchecksCall {
  method: "GET" | "POST" | "DELETE";
  /** Behind the version: `/checks/:id`. */
  path: string;
  access: Access;
  handle(asked: Asked): Promise<Answer>;
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function mountCall(app: OpenAPIHono, parts: HttpParts, call: HealthchecksCall): void {
  for (const version of VERSIONS) {
    for (const slash of ["", "/"]) {
      app.on(call.method, `/api/v${version}${call.path}${slash}`, (context) =>
        answered(parts, async () => {
          const { status, body } = await call.handle(await askedBy(parts, { call, version, context }));
          return answer(status, body);
        }),
      );
    }
  }
}

/** Runs it; whatever is thrown is told as these clients read errors. */
export async function answered(
  { log }: Pick<HttpParts, "log">,
  handle: () => Promise<Response>,
): Promise<Response> {
  try {
    return await handle();
  } catch (thrown) {
    const error = rollcallErrorOf(thrown, log);
    const headers: Record<string, string> =
      error.retryAfterSeconds === null ? {} : { "retry-after": String(error.retryAfterSeconds) };
    return answer(STATUS[error.code], { error: sentenceOf(error) }, headers);
  }
}

/** Faults under the names by which these clients sent the fields. */
function sentenceOf({ message, problems }: RollcallError): string {
  if (problems.length === 0) return message;
  return problems.map((each) => `${SENT_AS[each.field] ?? each.field}: ${each.message}`).join("; ");
}

const SENT_AS: Readonly<Record<string, string>> = {
  "schedule.every": "timeout",
  "schedule.cron": "schedule",
  "schedule.cron[0]": "schedule",
  "schedule.timezone": "tz",
  description: "desc",
};

/** A browser asks first, because the key is in a header of its own. */
export function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, POST, DELETE",
      "access-control-allow-headers": "X-Api-Key, Content-Type",
      "access-control-max-age": "600",
    },
  });
}

function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  const isText = typeof body === "string";
  return new Response(isText ? body : JSON.stringify(body), {
    status,
    headers: {
      "content-type": isText ? "text/plain; charset=utf-8" : "application/json",
      "cache-control": "no-store",
      "access-control-allow-origin": "*",
      ...headers,
    },
  });
}

async function askedBy(
  parts: HttpParts,
  { call, version, context }: { call: HealthchecksCall; version: Version; context: Context },
): Promise<Asked> {
  // Some clients send a body with a GET, and mean nothing by it.
  const body = call.method === "POST" ? await sentFields(parts, context) : {};
  const { project, kind, keyId } = await identify(parts, context, { body, access: call.access });
  return {
    parts,
    version,
    project,
    isAdmin: kind === "admin",
    by: `key ${keyId}`,
    body,
    path: (name) => context.req.param(name) ?? "",
    query: (name) => context.req.queries(name) ?? [],
  };
}

/** The key stands in `X-Api-Key`, or as `api_key` beside the other fields. */
async function identify(
  parts: HttpParts,
  context: Context,
  { body, access }: { body: Fields; access: Access },
): Promise<Identity> {
  const key = context.req.header("x-api-key") ?? body["api_key"];
  if (typeof key !== "string" || key === "") {
    throw new RollcallError("unauthorized", "Send an admin or read key as X-Api-Key: rck_…; none was sent.");
  }
  const identity = await proveKey(parts, context, key);
  requireAccess(identity, access);
  return identity;
}

async function sentFields(parts: HttpParts, context: Context): Promise<Fields> {
  const sent = wireOf(parts, context).body;
  const body = await readBody(sent, { after: parts.after, keptBytes: LIMITS.bodyReadBytes });
  if (!body.isWhole) {
    const sentence = `The body is larger than ${LIMITS.bodyReadBytes} bytes, or came too slowly.`;
    throw new RollcallError("too_large", sentence);
  }
  const text = body.text.trim();
  if (text === "" || text === "null") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : "";
    throw invalid([{ field: "body", message: `is not JSON: ${why}` }]);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid([{ field: "body", message: "is JSON, but no object" }]);
}
