/**
 * The bare address of one monitor, `/ping/<uuid>[/start|/fail|/log|/<exit status>]`: what the API shows as
 * `ping_url`. It needs no key, and answers as the tools that ping such addresses expect.
 */
import { isFinish } from "../domain/check-in.ts";
import type { CheckInKind } from "../domain/check-in.ts";
import { LIMITS } from "../domain/limits.ts";
import type { Dialect, DialectAnswer } from "../ports/dialect.ts";
import { exitStatusOf } from "./native-fields.ts";
import { headerText, receiptLine } from "./receipt.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const KINDS: Readonly<Record<string, CheckInKind>> = {
  "": "success",
  start: "start",
  fail: "fail",
  log: "log",
};

export const pingUrl: Dialect = {
  name: "ping_url",
  prefixes: ["/ping"],

  read({ segments, query, body }) {
    const [uuid = "", suffix = "", ...rest] = segments;
    if (!UUID.test(uuid) || rest.length > 0) return null;
    const presented = { credential: null, project: null, slug: null, uuid };
    const named = Object.hasOwn(KINDS, suffix) ? (KINDS[suffix] ?? null) : null;
    if (named === null && !/^\d+$/.test(suffix)) return null;
    const status = named === null ? exitStatusOf("exit status", suffix) : null;
    const kind = named ?? (status?.exitStatus === 0 ? "success" : "fail");
    const runId = (query["rid"] ?? query["run"] ?? "").slice(0, LIMITS.runIdCharacters);
    return {
      presented,
      kind,
      runId: runId === "" ? null : runId,
      trigger: "schedule",
      scheduledForAt: null,
      occurredAt: null,
      sentAt: null,
      durationMs: null,
      exitStatus: isFinish(kind) ? (status?.exitStatus ?? null) : null,
      body,
      idempotencyKey: null,
      create: null,
      notes: [],
      problems: status?.problems ?? [],
    };
  },

  answer(_request, result) {
    if ("receipt" in result) {
      const problem = result.problems[0];
      const line = receiptLine(result.receipt);
      return problem === undefined
        ? answer(200, "OK", line)
        : answer(400, `kept, but ${problem.field}: ${problem.message}`, line);
    }
    const { code, status, message, retryAfterSeconds } = result.refusal;
    const refused = answer(status, code === "not_found" ? "not found" : message, message);
    if (retryAfterSeconds === null) return refused;
    return { ...refused, headers: { ...refused.headers, "retry-after": String(retryAfterSeconds) } };
  },
};

function answer(status: number, body: string, told: string): DialectAnswer {
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "rollcall-receipt": headerText(told) },
    body,
  };
}
