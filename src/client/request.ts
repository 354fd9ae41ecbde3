/**
 * One request to Rollcall over `fetch`, and what can go wrong with it as one error with a code and a sentence.
 * Knows no platform: it runs wherever `fetch` does.
 */
import type { ErrorCode, FieldProblem } from "../domain/errors.ts";

export interface Connection {
  /** Where Rollcall answers, like `https://rollcall.example.org`; a path before `/v1` is kept. */
  url: string;
  key: string;
  /** Milliseconds until a request without an answer is given up; 10 000 unless told. */
  timeoutMs?: number;
  /** Another `fetch`, for tests and for platforms that bring their own. */
  fetch?: typeof fetch;
}

/**
 * The API's own codes, and three for what never reached it: `unreachable` (no answer, or none in time),
 * `not_rollcall` (something else answered) and `wrong_setting` (address or key cannot be right).
 */
export type ClientErrorCode = ErrorCode | "unreachable" | "not_rollcall" | "wrong_setting";

/** Its message is one sentence for a person; it never holds the key. */
export class ClientError extends Error {
  readonly code: ClientErrorCode;
  /** The HTTP status; null when there was no answer. */
  readonly status: number | null;
  /** The fields at fault, where the API named them. */
  readonly problems: readonly FieldProblem[];
  /** Whole seconds after which trying again makes sense, where the API said so. */
  readonly retryAfterSeconds: number | null;
  /** What was sent was a check-in, and it was kept: only parts of it could not be read. */
  readonly isKept: boolean;

  constructor(
    code: ClientErrorCode,
    message: string,
    more: {
      status?: number;
      problems?: readonly FieldProblem[];
      retryAfterSeconds?: number | null;
      isKept?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "ClientError";
    this.code = code;
    this.status = more.status ?? null;
    this.problems = more.problems ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
    this.isKept = more.isKept ?? false;
  }
}

export interface Call {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the root of Rollcall on, each segment already encoded. */
  path: string;
  /** Null and undefined ones are left out. */
  query?: Readonly<Record<string, string | number | null | undefined>>;
  headers?: Readonly<Record<string, string>>;
  /** A string is sent as plain text, anything else as JSON. */
  body?: unknown;
  /** Gives the request up early. */
  signal?: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** The JSON of the answer; null for one without a body. Throws `ClientError`, and nothing else. */
export async function request(connection: Connection, call: Call): Promise<unknown> {
  const base = baseOf(connection.url);
  if (!/^[\x21-\x7e]+$/.test(connection.key)) {
    throw new ClientError("wrong_setting", "The key is empty or holds characters that no key has.");
  }
  const timeoutMs = connection.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]);
  const send = connection.fetch ?? fetch;
  let response: Response;
  let text: string;
  try {
    response = await send(base + call.path + queryOf(call.query), { ...requestOf(connection, call), signal });
    text = await response.text();
  } catch (cause) {
    const why = timeout.aborted ? `no answer within ${timeoutMs / 1_000} s` : whyUnreachable(cause);
    throw new ClientError("unreachable", `Rollcall cannot be reached at ${base} (${why}).`, { cause });
  }
  return read(response, { text, base });
}

function requestOf(connection: Connection, call: Call): RequestInit {
  const headers: Record<string, string> = {
    accept: "application/json",
    authorization: `Bearer ${connection.key}`,
    ...call.headers,
  };
  if (call.body === undefined) return { method: call.method, headers, redirect: "manual" };
  const isText = typeof call.body === "string";
  headers["content-type"] = isText ? "text/plain; charset=utf-8" : "application/json";
  const body = typeof call.body === "string" ? call.body : JSON.stringify(call.body);
  return { method: call.method, headers, body, redirect: "manual" };
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new ClientError(
      "wrong_setting",
      `${JSON.stringify(url)} is not the address of a server; it reads like http://127.0.0.1:8377.`,
    );
  }
  if (parsed.username !== "" || parsed.password !== "" || parsed.search !== "" || parsed.hash !== "") {
    throw new ClientError(
      "wrong_setting",
      `The address at ${parsed.host} must hold neither a user name nor a password nor anything after ? or #.`,
    );
  }
  return parsed.origin + parsed.pathname.replace(/\/+$/, "");
}

function queryOf(query: Call["query"]): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}

function read(response: Response, answer: { text: string; base: string }): unknown {
  const { status } = response;
  if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
    const location = response.headers.get("location");
    const where = location === null ? "elsewhere" : `to ${location}`;
    throw new ClientError("not_rollcall", `${answer.base} redirects ${where}: use that address instead.`, {
      status,
    });
  }
  const json = objectIn(answer.text);
  if (response.ok) {
    if (json !== null || answer.text === "") return json;
    throw new ClientError("not_rollcall", `Something other than Rollcall answered at ${answer.base}.`, {
      status,
    });
  }
  if (json === null) {
    throw new ClientError(
      "not_rollcall",
      `${answer.base} answered ${status} ${response.statusText}`.trim() + ".",
      {
        status,
        retryAfterSeconds: secondsIn(response.headers.get("retry-after")),
      },
    );
  }
  throw new ClientError(codeOf(json["code"]), sentenceIn(json) ?? `${answer.base} answered ${status}.`, {
    status,
    problems: problemsIn(json["problems"]),
    retryAfterSeconds: secondsIn(response.headers.get("retry-after")),
    isKept: typeof json["receipt"] === "object" && json["receipt"] !== null,
  });
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    // Not JSON at all: the caller says what that means for this status.
    return null;
  }
}

function codeOf(value: unknown): ClientErrorCode {
  // A newer server may know more codes; they pass through for programs that know them too.
  return typeof value === "string" ? (value as ErrorCode) : "internal";
}

/** RFC 9457 says `detail`; a title alone still says more than a number. */
function sentenceIn(json: Record<string, unknown>): string | null {
  const found = [json["detail"], json["message"], json["error"], json["title"]].find(
    (each) => typeof each === "string" && each !== "",
  );
  return typeof found === "string" ? found : null;
}

function problemsIn(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (each: unknown): each is FieldProblem =>
      typeof each === "object" && each !== null && "field" in each && "message" in each,
  );
}

function secondsIn(header: string | null): number | null {
  return header !== null && /^\d{1,9}$/.test(header.trim()) ? Number(header) : null;
}

const TROUBLES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the host name could not be looked up",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no network",
  UND_ERR_SOCKET: "the connection was closed",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time",
};

/** `fetch` says "fetch failed" and hides why in the cause of the cause. */
function whyUnreachable(error: unknown): string {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++) {
    if (each.name === "AbortError") return "given up";
    const code = "code" in each ? String(each.code) : "";
    const trouble = TROUBLES[code];
    if (trouble !== undefined) return trouble;
    if (each.cause === undefined) return code === "" ? each.message : code;
  }
  return "unknown trouble";
}
