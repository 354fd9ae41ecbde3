/** What a job says of HTTP: the answer that a step got, and answers counted by host and status. */
import { parseDuration } from "../duration.ts";
import { LIMITS } from "../limits.ts";
import type { HttpTally, StepHttp } from "./outcome.ts";
import {
  countOf,
  fieldsOf,
  instantOf,
  isFields,
  isSaid,
  keepOthers,
  listOf,
  nameOf,
  numberOf,
  refuse,
  type Fields,
  type Reading,
} from "./reading.ts";

const HTTP_FIELDS = ["method", "host", "url", "status", "retry_after"];
const TALLY_FIELDS = ["host", "url", "status", "count", "first_at", "last_at", "retry_after", "quota"];

/** A number alone is a status. */
export function readHttp(reading: Reading, field: string, value: unknown): StepHttp | null {
  if (!isSaid(value)) return null;
  const isStatus = typeof value === "number" || (typeof value === "string" && /^\s*\d+\s*$/.test(value));
  const fields = isStatus ? { status: value } : fieldsOf(reading, field, value);
  if (fields === null) return null;
  keepOthers(reading, field, { fields, known: HTTP_FIELDS });
  const status = isStatus ? field : `${field}.status`;
  const http: StepHttp = {
    method: nameOf(reading, `${field}.method`, fields["method"], LONGEST_METHOD)?.toUpperCase() ?? null,
    host: readHost(reading, field, fields),
    status: numberOf(reading, status, fields["status"], STATUSES),
    retryAfterSeconds: readRetryAfter(reading, `${field}.retry_after`, fields["retry_after"]),
  };
  return Object.values(http).every((each) => each === null) ? null : http;
}

/** Answers counted by the job itself; one without a host or a status counts nothing. */
export function readTallies(reading: Reading, field: string, value: unknown): readonly HttpTally[] {
  const list = listOf(reading, field, value);
  return list.flatMap((each, at) => readTally(reading, `${field}[${at}]`, each) ?? []);
}

function readTally(reading: Reading, field: string, value: unknown): HttpTally | null {
  if (!isFields(value)) return refuse(reading, field, value, "an object with host and status is allowed");
  keepOthers(reading, field, { fields: value, known: TALLY_FIELDS });
  const host = readHost(reading, field, value);
  const status = numberOf(reading, `${field}.status`, value["status"], STATUSES);
  const count = countOf(reading, `${field}.count`, value["count"]) ?? 1;
  if (host === null) return refuse(reading, `${field}.host`, undefined, "it is needed to count an answer");
  if (status === null) {
    // A wrong one has been named already.
    return isSaid(value["status"])
      ? null
      : refuse(reading, `${field}.status`, undefined, "it is needed to count an answer");
  }
  return {
    host,
    status,
    count,
    firstAt: instantOf(reading, `${field}.first_at`, value["first_at"]),
    lastAt: instantOf(reading, `${field}.last_at`, value["last_at"]),
    retryAfterSeconds: readRetryAfter(reading, `${field}.retry_after`, value["retry_after"]),
    isQuota: [true, "true", 1, "1"].includes(value["quota"] as string),
  };
}

/** In small letters, of an address only the host with its port. */
function readHost(reading: Reading, field: string, fields: Fields): string | null {
  const isHost = isSaid(fields["host"]);
  const name = nameOf(
    reading,
    `${field}.${isHost ? "host" : "url"}`,
    isHost ? fields["host"] : fields["url"],
    LIMITS.evidenceUrlCharacters,
  );
  const bare = name
    ?.toLowerCase()
    .replace(/^[a-z][a-z\d+.-]*:\/\//, "")
    .replace(/[/?#].*$/, "")
    .replace(/^.*@/, "")
    .slice(0, LIMITS.outcomeNameCharacters);
  return bare === undefined || bare === "" ? null : bare;
}

/** Seconds, as the header has them, or a duration. Its other form, a date, says nothing without a clock. */
function readRetryAfter(reading: Reading, field: string, value: unknown): number | null {
  if (!isSaid(value)) return null;
  const isOne = typeof value === "string" || typeof value === "number";
  const durationMs = isOne ? parseDuration(value) : null;
  // -0 is a zero that JSON does not know.
  if (durationMs !== null && durationMs <= LIMITS.longestGraceMs) return durationMs / 1_000 + 0;
  return refuse(reading, field, value, "seconds or a duration like 20s, up to 400 days, is allowed");
}

const STATUSES = { from: 100, to: 599, isWhole: true };
const LONGEST_METHOD = 20;
