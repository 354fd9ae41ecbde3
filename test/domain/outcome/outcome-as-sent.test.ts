/** An outcome in the words in which jobs send it. */
import { expect, test } from "vitest";
import { outcomeAsSent } from "../../../src/domain/outcome/outcome-as-sent.ts";
import { NOTHING_TOLD } from "../../../src/domain/outcome/outcome.ts";
import { START } from "../../makers.ts";
import { step } from "../checks/subjects.ts";

test("of a run that told nothing there is nothing", () => {
  expect(outcomeAsSent(NOTHING_TOLD)).toEqual({});
  expect(outcomeAsSent({ ...NOTHING_TOLD, exitStatus: 0 })).toEqual({ exit_status: 0 });
});

test("everything has the name under which it is sent, and what was not told is not there", () => {
  const http = { method: "POST", host: "api.openai.com", status: 429, retryAfterSeconds: 20 };
  const failed = step("enrich", {
    id: "3",
    seq: 3,
    kind: "llm",
    status: "failed",
    startedAt: START,
    attempt: 2,
    counts: { processed: 50 },
    http,
    error: { class: "rate_limited", type: "429", message: null },
    tokens: 1200,
  });
  const item = { kind: "report", url: "https://x.test/1", id: null, name: null, size: 10, sha256: null };
  const sent = outcomeAsSent({
    exitStatus: 0,
    message: "done",
    counts: { expected: 200, processed: 50 },
    metrics: { tokens: 1200 },
    plan: ["fetch", "enrich"],
    steps: [failed],
    evidence: [{ ...item, createdAt: START }],
    environment: { host: "a", version: null, commit: "f00", trace: null },
    http: [
      {
        host: "api.openai.com",
        status: 429,
        count: 2,
        firstAt: START,
        lastAt: null,
        retryAfterSeconds: 20,
        isQuota: false,
      },
    ],
    log: "tail",
    extra: { region: "eu", message: "overwritten" },
  });
  const at = new Date(START).toISOString().replace(".000Z", "Z");
  expect(sent).toEqual({
    region: "eu",
    exit_status: 0,
    message: "done",
    counts: { expected: 200, processed: 50 },
    metrics: { tokens: 1200 },
    plan: ["fetch", "enrich"],
    steps: [
      {
        id: "3",
        seq: 3,
        name: "enrich",
        kind: "llm",
        status: "failed",
        started_at: at,
        attempt: 2,
        counts: { processed: 50 },
        http: { method: "POST", host: "api.openai.com", status: 429, retry_after: 20 },
        error: { class: "rate_limited", type: "429" },
        tokens: 1200,
      },
    ],
    evidence: [{ kind: "report", url: "https://x.test/1", size: 10, created_at: at }],
    environment: { host: "a", commit: "f00" },
    http: [{ host: "api.openai.com", status: 429, count: 2, first_at: at, retry_after: 20, is_quota: false }],
    log: "tail",
  });
});
