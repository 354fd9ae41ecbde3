/** Requests that nobody should send, made from a seed: the grammar of what hostile.test.ts throws at the server. */
import type { Chance } from "./chance.ts";
import type { RawRequest } from "./raw-http.ts";

type Header = readonly [string, string];

export interface Targets {
  adminKey: string;
  pingKey: string;
  pingUuid: string;
  monitor: string;
  channel: string;
}

/** `isCheckIn`: it goes to a check-in address, with a right key or a wrong one. */
export type Hostile = RawRequest & { isCheckIn: boolean };

export function hostileRequest(chance: Chance, targets: Targets): Hostile {
  const isCheckIn = chance.next() < 0.5;
  const path = isCheckIn ? checkInPath(chance, targets) : apiPath(chance, targets);
  const methods = isCheckIn
    ? ["GET", "POST", "HEAD", "PUT", "DELETE"]
    : ["GET", "PUT", "PATCH", "POST", "DELETE"];
  const drawn =
    chance.next() < 0.05 ? chance.pick(["TRACE", "PROPFIND", "M-SEARCH", "QUERY"]) : chance.pick(methods);
  // What is aimed at must be there until the end.
  const method =
    drawn === "DELETE" && (path.includes(targets.monitor) || path.includes(targets.channel))
      ? "PATCH"
      : drawn;
  const hasBody = method !== "GET" && method !== "HEAD";
  return {
    isCheckIn,
    method,
    target: path + query(chance),
    headers: headers(chance, targets),
    body: hasBody ? body(chance) : Buffer.alloc(0),
  };
}

function checkInPath(chance: Chance, { pingKey, pingUuid, monitor }: Targets): string {
  const wrongKeys = [
    "rck_ping_default_wrong0123456789wrong",
    "rck_ping_",
    "default",
    "x".repeat(300),
    "%00",
    "",
  ];
  const key = chance.next() < 0.7 ? pingKey : chance.pick(wrongKeys);
  const slug = chance.next() < 0.7 ? monitor : segment(chance);
  const suffix = chance.pick([
    "",
    "/start",
    "/fail",
    "/log",
    "/step",
    "/0",
    "/1",
    "/256",
    "/-1",
    "/99999999999",
    `/${segment(chance)}`,
    "/",
  ]);
  return chance.pick([
    `/checkin/${key}/${slug}${suffix}`,
    `/ping/${pingUuid}${suffix}`,
    `/ping/${segment(chance)}${suffix}`,
    `/checkin/${segment(chance)}`,
  ]);
}

function apiPath(chance: Chance, { monitor, channel }: Targets): string {
  const slug = chance.pick([monitor, segment(chance)]);
  return chance.pick([
    "/v1/monitors",
    `/v1/monitors/${slug}`,
    `/v1/monitors/${slug}/${chance.pick(["pause", "resume", "windows", "runs", "explain", segment(chance)])}`,
    `/v1/incidents/${segment(chance)}`,
    `/v1/incidents/${segment(chance)}/${chance.pick(["acknowledge", "resolve", "comments"])}`,
    `/v1/runs/${segment(chance)}`,
    "/v1/schedules/preview",
    `/v1/channels/${chance.pick([channel, segment(chance)])}`,
    `/v1/${chance.pick(["incidents", "rejections", "blind-spots", "notifications", "report", "project", "maintenance", "silences"])}`,
    `/v1/keys/${segment(chance)}/${chance.pick(["rotate", "revoke"])}`,
    `/${chance.pick(["", "metrics", "readyz", "healthz", "v1/openapi.json", segment(chance)])}`,
  ]);
}

function segment(chance: Chance): string {
  return chance.pick([
    "%00",
    "%",
    "%ZZ",
    "%ff%fe",
    "..%2f..%2fetc%2fpasswd",
    "..",
    "a".repeat(5_000),
    "%F0%9F%92%A9",
    "__proto__",
    "constructor",
    "UPPER",
    "a%0d%0aset-cookie:%20x=1",
    "'%20OR%201=1--",
    "<script>alert(1)</script>",
    "\\..\\",
    "{{7*7}}",
    String(chance.whole(0, 1_000_000)),
  ]);
}

const NAMES = [
  "run",
  "run_id",
  "scheduled_for",
  "trigger",
  "occurred_at",
  "sent_at",
  "duration",
  "exit_status",
  "message",
];
const MORE_NAMES = [
  "create",
  "every",
  "cron",
  "tz",
  "grace",
  "signals",
  "limit",
  "cursor",
  "from",
  "to",
  "at",
  "status",
  "__proto__",
  "toString",
];

function query(chance: Chance): string {
  const kind = chance.next();
  if (kind < 0.3) return "";
  if (kind < 0.35) return `?${"a=1&".repeat(10_000)}`;
  if (kind < 0.38) return `?${"a=1&".repeat(2_000)}`;
  const count = chance.whole(1, 6);
  const pairs = Array.from(
    { length: count },
    () => `${chance.pick([...NAMES, ...MORE_NAMES])}=${value(chance)}`,
  );
  return `?${pairs.join("&")}`;
}

function value(chance: Chance): string {
  return chance.pick([
    "",
    "-5m",
    "-1",
    "1e309",
    "NaN",
    "99999999999999999999",
    "0x10",
    "9".repeat(400),
    "%00",
    "%ff",
    "%",
    "2026-02-30T25:61:00Z",
    "-271821-04-20T00:00:00Z",
    "+275760-09-13T00:00:00Z",
    "0000-00-00",
    "Europe/Atlantis",
    "..%2f..%2fzone",
    "0%200%2030%202%20*",
    "*/0%20*%20*%20*%20*",
    "60%2024%2032%2013%208",
    "*%20*%20*%20*%20*%20*%20*",
    "1-0%20*%20*%20*%20*",
    "0s",
    "1ms",
    "401d",
    "1",
    "true",
    "manual",
    "finish",
    "r".repeat(1_000),
    "%F0%9F%92%A9%00%0d%0a",
  ]);
}

function headers(chance: Chance, { adminKey, pingKey }: Targets): Header[] {
  const given: Header[] = [
    ["x-forwarded-for", `10.${chance.whole(0, 255)}.${chance.whole(0, 255)}.${chance.whole(1, 254)}`],
  ];
  const key = chance.pick([
    adminKey,
    adminKey,
    adminKey,
    pingKey,
    "rck_admin_default_wrong0123456789",
    "",
    "\u00ff\u0001",
  ]);
  if (chance.next() < 0.8)
    given.push(["authorization", chance.pick([`Bearer ${key}`, `Basic ${key}`, `bearer  ${key} `, key])]);
  const odd: Header[] = [
    ["accept", chance.pick(["application/json", "*/*", "", "\u00e9", "application/json".repeat(100)])],
    [
      "content-type",
      chance.pick([
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=utf-16",
        "\u00ff",
      ]),
    ],
    ["idempotency-key", chance.pick(["", "k".repeat(5_000), "\u00ff\u00fe", "__proto__"])],
    [
      "x-forwarded-for",
      chance.pick(["", "127.0.0.1", "not an address", "1.1.1.1, ".repeat(500), "::ffff:1.2.3.4%eth0"]),
    ],
    ["content-encoding", "gzip"],
    ["cookie", chance.pick(["rollcall_session=v1.AAAA", "=;;;=", "rollcall_session=%"])],
    ["user-agent", chance.pick(["", "curl/8", "x".repeat(3_000)])],
    ["host", chance.pick(["rollcall.test", "[::1", "evil@host", "a b", ""])],
    ["content-length", chance.pick(["-1", "abc", "5, 6"])],
    ["transfer-encoding", chance.pick(["gzip", "chunked"])],
    ["range", "bytes=0-"],
    ["x-huge", "x".repeat(20_000)],
    ["x-nul", "a\u0000b"],
    ["bad header", "1"],
  ];
  // Most of these make a request that no parser takes, so they are rare.
  const count = chance.whole(0, 3);
  for (let index = 0; index < count; index += 1) {
    const isRare = chance.next() < 0.1;
    given.push(chance.pick(isRare ? odd.slice(7) : odd.slice(0, 7)));
  }
  return given;
}

function body(chance: Chance): Buffer {
  const kind = chance.whole(0, 9);
  if (kind === 0) return Buffer.alloc(0);
  if (kind === 1) return Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0xed, 0xa0, 0x80]);
  if (kind === 2)
    return Buffer.alloc(
      chance.next() < 0.2 ? 2 * 1024 * 1024 : 200_000,
      chance.pick(["x", "\u0000", "{", "é"]),
    );
  if (kind === 3)
    return Buffer.from(chance.pick(['{"schedule":', "[1,2", "{]", '"', "nul", '{"a":1}}', "\ufeff{}"]));
  if (kind === 4) return Buffer.from("[".repeat(100_000));
  if (kind === 5)
    return Buffer.from(`${chance.pick(NAMES)}=${value(chance)}&${chance.pick(MORE_NAMES)}=${value(chance)}`);
  return Buffer.from(JSON.stringify(jsonBody(chance)));
}

const FIELDS = [
  "name",
  "tags",
  "schedule",
  "signals",
  "grace",
  "early",
  "max_runtime",
  "failure_threshold",
  "recovery_threshold",
  "overlap",
  "manual_counts",
  "accept_late",
  "channels",
  "checks",
  "until",
  "reason",
  "text",
  "note",
  "kind",
  "settings",
  "monitors",
  "from",
  "count",
  "operator_channels",
  "run",
  "duration",
  "message",
  "exit_status",
  "__proto__",
  "constructor",
  "unheard_of",
];

function jsonBody(chance: Chance): unknown {
  const given: Record<string, unknown> = {};
  if (chance.next() < 0.7) given["schedule"] = scheduleBody(chance);
  const count = chance.whole(0, 6);
  for (let index = 0; index < count; index += 1) given[chance.pick(FIELDS)] = jsonValue(chance, 3);
  return chance.next() < 0.9 ? given : jsonValue(chance, 3);
}

function scheduleBody(chance: Chance): unknown {
  return chance.pick<unknown>([
    { cron: "0 0 30 2 *" },
    { cron: "*/0 * * * *" },
    { cron: "60 24 32 13 8" },
    { cron: "* * * * * * *" },
    { cron: "*,".repeat(5_000) },
    { cron: Array.from({ length: 100 }, () => "* * * * *") },
    { cron: "0 2 * * *", timezone: "Europe/Atlantis" },
    { cron: "0 2 * * *", timezone: "__proto__" },
    { cron: "0 2 * * *", timezone: "A".repeat(10_000) },
    { cron: "0 2 * * *", every: "5m" },
    { cron: "" },
    { cron: "@never" },
    { cron: "\u0000 * * * *" },
    { every: "-5m" },
    { every: 0 },
    { every: 1e308 },
    { every: "10000d" },
    { every: "1h", from: "nowhere" },
    { every: "1h", scheduler: "systemd" },
    {},
    jsonValue(chance, 2),
  ]);
}

function jsonValue(chance: Chance, depth: number): unknown {
  if (depth > 0 && chance.next() < 0.3) {
    return chance.next() < 0.5
      ? Array.from({ length: chance.whole(0, 5) }, () => jsonValue(chance, depth - 1))
      : { [chance.pick(FIELDS)]: jsonValue(chance, depth - 1) };
  }
  return chance.pick<unknown>([
    null,
    true,
    -1,
    0,
    1.5,
    1e308,
    -1e308,
    9_007_199_254_740_992,
    "",
    "-5m",
    "0s",
    "10m",
    "\u0000",
    "\ud800",
    "é".repeat(10_000),
    "<!channel>",
    "2026-02-30T25:61:00Z",
    [],
    {},
    ["a".repeat(1_000)],
    Array.from({ length: 2_000 }, () => "x"),
  ]);
}
