/**
 * Takes native check-ins as Rollcall does, over real HTTP on loopback: keeps each one read into its parts, and
 * notes as a fault whatever no check-in may look like.
 */
import { answering, startHttpReceiver } from "./http-receiver.ts";
import type { Answer, HttpReceiver, Received } from "./http-receiver.ts";

export const PING_KEY = "rck_ping_default_0123456789abcdefABCDEF0123456789";

export interface TakenCheckIn {
  monitor: string;
  /** `start`, or the exit status. */
  kind: string;
  query: Record<string, string>;
  idempotencyKey: string;
  body: string;
}

export interface CheckInServer {
  url: string;
  /** Every try, in order. */
  taken: TakenCheckIn[];
  /** What was wrong in what was sent; stays empty. */
  faults: string[];
  /** What the next ones get instead of a receipt; null: a receipt again. */
  refuse: Answer | null;
  /** Resolves when so many have come. */
  wait(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startCheckInServer(): Promise<CheckInServer> {
  const waiting: { count: number; go: () => void }[] = [];
  const receiver: HttpReceiver = await startHttpReceiver((received, response) => {
    const checkIn = readCheckIn(received, server.faults);
    if (checkIn !== null) server.taken.push(checkIn);
    for (const each of waiting) if (server.taken.length >= each.count) each.go();
    const receipt = { monitor: checkIn?.monitor, kind: checkIn?.kind, notes: [] };
    const accept = answering({ status: checkIn === null ? 404 : 200, body: JSON.stringify(receipt) });
    (server.refuse ?? accept)(received, response);
  });
  const server: CheckInServer = {
    url: receiver.url,
    taken: [],
    faults: [],
    refuse: null,
    wait: (count) =>
      new Promise((go) => {
        if (server.taken.length >= count) go();
        else waiting.push({ count, go });
      }),
    close: () => receiver.close(),
  };
  return server;
}

/** As the API refuses: RFC 9457, with a code. */
export function problem(status: number, code: string, detail: string): Answer {
  return answering({
    status,
    headers: { "content-type": "application/problem+json" },
    body: JSON.stringify({ type: "about:blank", title: "Refused", status, code, detail, problems: [] }),
  });
}

function readCheckIn(received: Received, faults: string[]): TakenCheckIn | null {
  const url = new URL(received.path, "http://receiver");
  const [, project, monitor, kind] = /^\/checkin\/([^/]+)\/([^/]+)\/(start|\d+)$/.exec(url.pathname) ?? [];
  if (monitor === undefined || kind === undefined) {
    faults.push(`${received.method} ${url.pathname} is no check-in`);
    return null;
  }
  const query = Object.fromEntries(url.searchParams);
  const idempotencyKey = received.headers["idempotency-key"] ?? "";
  const expectations: [string, boolean][] = [
    ["is a POST", received.method === "POST"],
    ["names the project of its key", project === "default"],
    ["carries its key as Bearer", (received.headers["authorization"] ?? "").startsWith("Bearer rck_ping_")],
    ["keeps its key out of the address", !received.path.includes("rck_")],
    ["asks for JSON", received.headers["accept"] === "application/json"],
    ["has a run", (query["run"] ?? "") !== ""],
    ["says when it was sent, in UTC", /^\d{4}-.*Z$/.test(query["sent_at"] ?? "")],
    ["carries an Idempotency-Key", idempotencyKey !== ""],
    ["tells a duration exactly at the end", (kind === "start") === (query["duration"] === undefined)],
    ["occurred when it was first sent", [undefined, query["sent_at"]].includes(query["occurred_at"])],
  ];
  for (const [what, isKept] of expectations)
    if (!isKept) faults.push(`${received.path} is not one that ${what}`);
  return { monitor: decodeURIComponent(monitor), kind, query, idempotencyKey, body: received.body };
}
