/**
 * The guarded way out: HTTP and plain sockets to checked addresses only, without redirects, in bounded time and
 * size. Everything Rollcall sends to an address that a person typed goes through here.
 */
import { lookup as systemLookup } from "node:dns/promises";
import { connect as netConnect, isIP, type LookupFunction, type Socket } from "node:net";
import { Agent, buildConnector, request as undiciRequest, type Dispatcher } from "undici";
import { durationInWords } from "../domain/duration.ts";
import { LIMITS } from "../domain/limits.ts";
import {
  type Outbound,
  OutboundError,
  type OutboundRequest,
  type OutboundResponse,
} from "../ports/outbound.ts";
import { type AllowedRange, readAllowList, whyClosed } from "./outbound-addresses.ts";
import { after } from "./timers.ts";

/** Resolves a name to its addresses. Tests hand in one that changes its mind. */
export type Resolve = (hostname: string) => Promise<readonly { address: string; family: number }[]>;

interface Guard {
  allowed: readonly AllowedRange[];
  timeoutMs: number;
  resolve: Resolve;
}

/** `allow`: addresses and CIDR ranges that are open although they are private. */
export function createOutbound(options: {
  allow: readonly string[];
  timeoutMs?: number;
  resolve?: Resolve;
}): Outbound {
  const guard: Guard = {
    allowed: readAllowList(options.allow),
    timeoutMs: options.timeoutMs ?? LIMITS.sendTimeoutMs,
    resolve: options.resolve ?? ((hostname) => systemLookup(hostname, { all: true, order: "verbatim" })),
  };
  const agent = guardedAgent(guard);
  const request = (wanted: OutboundRequest) => exchange(wanted, agent, guard);
  return { request, connect: (target) => openSocket(target, guard), fetch: fetchOver(request) };
}

async function exchange(wanted: OutboundRequest, agent: Dispatcher, guard: Guard): Promise<OutboundResponse> {
  const url = checkedUrl(wanted.url, guard);
  const signal = AbortSignal.timeout(guard.timeoutMs);
  const work = async (): Promise<OutboundResponse> => {
    const answer = await undiciRequest(url, {
      dispatcher: agent,
      method: wanted.method,
      headers: wanted.headers,
      body: wanted.method === "GET" || wanted.method === "HEAD" ? null : wanted.body,
      // No connection is kept: each exchange checks its address anew.
      reset: true,
      signal,
    });
    const body = await readBounded(answer.body);
    return { status: answer.statusCode, headers: plainHeaders(answer.headers), body };
  };
  try {
    return await within(work(), signal);
  } catch (error) {
    throw outboundError(error, url.hostname, guard);
  }
}

function openSocket(target: { host: string; port: number }, guard: Guard): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { host, port } = target;
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new OutboundError("connect", `${port} is no port: it must be 1 to 65535.`);
    }
    if (isIP(host) !== 0) checkAddress(host, host, guard);
    const socket = netConnect({ host, port, lookup: guardedLookup(guard) });
    // The bound covers the whole conversation, so that a server that dribbles cannot hold a delivery.
    const stop = after(guard.timeoutMs, () => {
      socket.destroy(new OutboundError("timeout", tooSlow(host, guard)));
    });
    socket.once("close", stop);
    // Stays for the socket's life: an error that nobody listens for would end the process.
    socket.on("error", (error) => reject(outboundError(error, host, guard)));
    socket.once("connect", () => {
      const closed = closedPeer(socket, host, guard);
      if (closed === null) resolve(socket);
      else socket.destroy(closed);
    });
  });
}

/** The part of `fetch` that API clients need: one exchange, no streams, the answer in memory. */
function fetchOver(request: Outbound["request"]) {
  return async (
    input: string | URL,
    init: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
  ): Promise<Response> => {
    const body = init.body ?? "";
    if (typeof body !== "string") throw new OutboundError("connect", "Only text can be sent.");
    const method = init.method === "POST" ? "POST" : "GET";
    const answer = await request({ url: String(input), method, headers: init.headers ?? {}, body });
    const hasNoBody = answer.status === 204 || answer.status === 205 || answer.status === 304;
    return new Response(hasNoBody ? null : answer.body, { status: answer.status, headers: answer.headers });
  };
}

/** What can be told without asking the network: the scheme, credentials, an address written out. */
function checkedUrl(text: string, guard: Guard): URL {
  if (!URL.canParse(text)) throw new OutboundError("address_refused", "This is not a URL.");
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new OutboundError("address_refused", `${url.protocol} is not supported: use http: or https:.`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new OutboundError(
      "address_refused",
      "A user name or password in a URL is refused: URLs are shown in logs.",
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) checkAddress(host, host, guard);
  return url;
}

/**
 * The check runs where the connection is made: what it returns is what is connected to, so a name that answers
 * differently the second time (DNS rebinding) gains nothing.
 */
function guardedAgent(guard: Guard): Agent {
  const connector = buildConnector({
    lookup: guardedLookup(guard),
    timeout: guard.timeoutMs,
    allowH2: false,
  });
  return new Agent({
    connect: (options, callback) => {
      connector(options, (error, socket) => {
        if (error !== null) return callback(error, null);
        const closed = closedPeer(socket, options.hostname, guard);
        if (closed === null) return callback(null, socket);
        socket.destroy();
        callback(closed, null);
      });
    },
  });
}

function guardedLookup(guard: Guard): LookupFunction {
  const answer = async (...[hostname, options, callback]: Parameters<LookupFunction>): Promise<void> => {
    let found: { address: string; family: number }[];
    try {
      found = await openAddresses(hostname, guard);
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)), "", 0);
      return;
    }
    const first = found[0];
    if (first === undefined) callback(new OutboundError("dns", `${hostname} has no address.`), "", 0);
    else if (options.all === true) callback(null, found);
    else callback(null, first.address, first.family);
  };
  return (...asked) => void answer(...asked);
}

/** Every address of the name must be open: one that is not would be a way in for whoever owns the name. */
async function openAddresses(hostname: string, guard: Guard): Promise<{ address: string; family: number }[]> {
  const found = await guard.resolve(hostname);
  for (const { address } of found) checkAddress(address, hostname, guard);
  return [...found];
}

/** The same check on the connection as it stands, whatever way it came about. */
function closedPeer(socket: Socket, host: string, guard: Guard): OutboundError | null {
  const address = socket.remoteAddress;
  if (address === undefined) return new OutboundError("connect", `The connection to ${host} was lost.`);
  const closed = whyClosed(address, guard.allowed);
  return closed === null ? null : addressRefused(address, host, closed);
}

function checkAddress(address: string, host: string, guard: Guard): void {
  const closed = whyClosed(address, guard.allowed);
  if (closed !== null) throw addressRefused(address, host, closed);
}

function addressRefused(address: string, host: string, closed: string): OutboundError {
  const named = address === host ? address : `${host} is at ${address}, which`;
  return new OutboundError(
    "address_refused",
    `${named} is ${closed} and closed to Rollcall. To open it, add it to the setting ROLLCALL_OUTBOUND_ALLOW.`,
  );
}

/** Reads up to the limit and lets go of the rest: an endless answer costs nothing. */
async function readBounded(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk as Uint8Array);
    chunks.push(bytes.subarray(0, LIMITS.responseReadBytes - length));
    length += bytes.length;
    // Leaving the loop destroys the stream and its connection.
    if (length >= LIMITS.responseReadBytes) break;
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function plainHeaders(headers: Dispatcher.ResponseData["headers"]): Record<string, string> {
  const entries = Object.entries(headers).filter((entry) => entry[1] !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), [value].flat().join(", ")]));
}

/** Rejects as soon as the time is over, even while a name is still being looked up. */
function within<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}

function tooSlow(host: string, guard: Guard): string {
  return `${host} did not answer within ${durationInWords(guard.timeoutMs)}.`;
}

const DNS_CODES = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "ENODATA", "ESERVFAIL"]);
const TIMEOUT_CODES = new Set([
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

/** One sentence that names the host and never the path, which may hold a secret. */
function outboundError(error: unknown, host: string, guard: Guard): OutboundError {
  if (error instanceof OutboundError) return error;
  const name = error instanceof Error ? error.name : "";
  const code = codeOf(error);
  if (name === "TimeoutError" || name === "AbortError" || TIMEOUT_CODES.has(code)) {
    return new OutboundError("timeout", tooSlow(host, guard), error);
  }
  if (DNS_CODES.has(code))
    return new OutboundError("dns", `The name ${host} could not be resolved (${code}).`, error);
  if (/^(CERT_|ERR_TLS|ERR_SSL|EPROTO|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(code)) {
    return new OutboundError("tls", `No trusted TLS connection to ${host} could be made (${code}).`, error);
  }
  return new OutboundError(
    "connect",
    `The connection to ${host} failed${code === "" ? "" : ` (${code})`}.`,
    error,
  );
}

/** Where several addresses were tried, the first one's code stands for all. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
