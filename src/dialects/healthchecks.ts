/**
 * Check-ins as clients of Healthchecks send them: `/ping/<uuid>…` and `/ping/<ping-key>/<slug>…`, or the same at the
 * root. The answer is what those clients look for, to the letter; what became of the check-in stands in the header
 * `Rollcall-Receipt`, where none of them trips over it.
 */
import type { CheckInKind } from "../domain/check-in.ts";
import { RollcallError, invalid } from "../domain/errors.ts";
import { KEY_PREFIX } from "../domain/key-text.ts";
import { LIMITS } from "../domain/limits.ts";
import { isUuid } from "../domain/monitor-settings.ts";
import type { Dialect, DialectAnswer, Refusal } from "../ports/dialect.ts";
import type { Presented } from "../ports/trust.ts";
import { headerText, receiptLine } from "./receipt.ts";

/** Clients hang the same on whatever base they are given; only small letters make a UUID. */
const ROOT_PATHS = new RegExp(`^/([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(/|$)|${KEY_PREFIX}[^/]+/[^/])`);
/** What `create=1` makes: Healthchecks' own defaults. Its checks know an end and no start that has to come. */
const NEW_MONITOR = { every: "1d", grace: "1h", signals: "finish" };
/** Kinds by what follows the UUID or slug; an exit status is the other thing that may. */
const KINDS: ReadonlyMap<string | undefined, CheckInKind> = new Map([
  [undefined, "success"],
  ["start", "start"],
  ["fail", "fail"],
  ["log", "log"],
]);
const LARGEST_EXIT_STATUS = 255;

export const healthchecks: Dialect = {
  name: "healthchecks",
  prefixes: ["/ping"],
  rootPaths: ROOT_PATHS,
  methods: ["GET", "HEAD", "POST", "PUT"],

  read(request) {
    const address = addressOf(request.segments);
    if (address === null) return null;
    const { presented } = address;
    const told = toldBy(address);
    if (told instanceof RollcallError) return { presented, unreadable: told };
    const { kind, exitStatus } = told;
    const { rid, run, create } = request.query;
    if (rid !== undefined && !isUuid(rid.toLowerCase())) return { presented, unreadable: BAD_RUN_ID };
    if (create?.includes("/") === true) return { presented, unreadable: BAD_CREATE };
    return {
      presented,
      kind,
      // `run` is Rollcall's own name, for who writes a new line; ids of any form are good there.
      runId: rid?.toLowerCase() ?? (run?.slice(0, LIMITS.runIdCharacters) || null),
      trigger: "schedule",
      scheduledForAt: null,
      occurredAt: null,
      sentAt: null,
      durationMs: null,
      exitStatus,
      body: request.body,
      idempotencyKey: null,
      create: create === "1" && presented.slug !== null ? NEW_MONITOR : null,
      notes: [],
      problems: [],
    };
  },

  answer(_request, result) {
    if ("refusal" in result) return refused(result.refusal);
    const { receipt, isCreated } = result;
    const told = { "rollcall-receipt": headerText(receiptLine(receipt)) };
    const headers = { ...ACCEPTED_HEADERS, ...told };
    return isCreated ? { status: 201, headers, body: "Created" } : { status: 200, headers, body: "OK" };
  },
};

/** Clients read the limit from the answer to a start, and cut what they send with the finish to its last bytes. */
const ACCEPTED_HEADERS = {
  "ping-body-limit": String(LIMITS.bodyKeptBytes),
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Ping-Body-Limit, Rollcall-Receipt",
  "cache-control": "max-age=0, no-cache, no-store, must-revalidate, private",
};

interface Address {
  presented: Presented;
  /** What follows the UUID or the slug. */
  rest: readonly string[];
}

/** Null: neither a UUID nor a key with a slug. Only behind a UUID alone a trailing slash means nothing. */
function addressOf(segments: readonly string[]): Address | null {
  const [first = "", second, ...others] = segments;
  if (isUuid(first)) {
    const isBare = second === "" && others.length === 0;
    const presented = { credential: null, project: null, slug: null, uuid: first };
    return { presented, rest: isBare ? [] : segments.slice(1) };
  }
  if (first === "" || second === undefined || second === "") return null;
  const credential = { text: first, where: "path" } as const;
  return { presented: { credential, project: null, slug: second, uuid: null }, rest: others };
}

function toldBy({
  presented: { slug },
  rest,
}: Address): { kind: CheckInKind; exitStatus: number | null } | RollcallError {
  const [suffix, ...beyond] = rest;
  const kind = KINDS.get(suffix);
  const isStatus = suffix !== undefined && /^\d+$/.test(suffix);
  if (beyond.length > 0 || (kind === undefined && !isStatus)) return UNKNOWN_KIND;
  if (slug !== null && !/^[a-zA-Z0-9_-]+$/.test(slug)) return UNKNOWN_SLUG;
  if (slug !== null && slug !== slug.toLowerCase()) return UPPER_CASE_SLUG;
  if (kind !== undefined) return { kind, exitStatus: null };
  const exitStatus = Number(suffix);
  if (exitStatus > LARGEST_EXIT_STATUS) return BAD_EXIT_STATUS;
  return { kind: exitStatus === 0 ? "success" : "fail", exitStatus };
}

// None of these repeats what was sent: a key may have slipped into any place of the path.
const UNKNOWN_KIND = new RollcallError(
  "not_found",
  "The end of this path is no kind of ping: nothing, /start, /fail, /log or an exit status is, without a slash behind it.",
);
const UNKNOWN_SLUG = new RollcallError(
  "not_found",
  "The slug in this path is none: letters, digits, hyphens and underscores are allowed.",
);
const UPPER_CASE_SLUG = invalid([{ field: "slug", message: "has capital letters; slugs are written small" }]);
const BAD_EXIT_STATUS = invalid([
  { field: "exit status", message: `is not a whole number from 0 to ${LARGEST_EXIT_STATUS}` },
]);
/** `…?create=1` with `/fail` hung on by a client that does not know of queries: a failure must not be a success. */
const BAD_CREATE = invalid([
  { field: "create", message: "has a slash in it: /start, /fail … stand before the ?" },
]);
const BAD_RUN_ID = invalid([
  {
    field: "rid",
    message: "is not a UUID as 8-4-4-4-12 hexadecimal digits; for ids of other forms there is run=",
  },
]);

/** The few words that clients know; all else is for the header. */
function refused({ code, status, message, problems, retryAfterSeconds }: Refusal): DialectAnswer {
  const headers: Record<string, string> = {
    "rollcall-receipt": headerText(message),
    ...(retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) }),
  };
  switch (code) {
    // A wrong key, a monitor that never was and one that was deleted are all one to them.
    case "unauthorized":
    case "forbidden":
    case "not_found":
    case "gone":
      return { status: 404, headers, body: "not found" };
    case "invalid_request": {
      const body = problems[0]?.field === "rid" ? "invalid uuid format" : "invalid url format";
      return { status: 400, headers, body };
    }
    case "too_many_requests":
      return { status, headers, body: "rate limited" };
    default:
      return { status, headers, body: message };
  }
}
