/** The table of failures: from whatever a job, a library or a status calls it to one word (R20). */
import { describe, expect, test } from "vitest";
import { ERROR_CLASSES, errorClassOf, type ErrorClass } from "../../../src/domain/outcome/error-class.ts";

function classOf(known: { told?: string; type?: string; status?: number; message?: string }): ErrorClass {
  const { told = null, type = null, status = null, message = null } = known;
  return errorClassOf({ told, type, status, message });
}

describe("a failure is named", () => {
  test.each(ERROR_CLASSES.map((each) => [each]))("as it was told: %s", (told) => {
    const contrary = { type: "MemoryError", status: 500, message: "out of memory" };
    if (told === "unknown") expect(classOf({ told, ...contrary })).toBe("oom");
    else expect(classOf({ told, ...contrary })).toBe(told);
  });

  test("as it was told in another spelling, or by a name that is a type's", () => {
    expect(classOf({ told: "Rate-Limited" })).toBe("rate_limited");
    expect(classOf({ told: "rate_limit_error" })).toBe("rate_limited");
  });

  test.each<[string, ErrorClass]>([
    ["openai.RateLimitError", "rate_limited"],
    ["anthropic.RateLimitError", "rate_limited"],
    ["rate_limit_error", "rate_limited"],
    ["429", "rate_limited"],
    ["com.amazonaws.ThrottlingException", "rate_limited"],
    ["insufficient_quota", "quota_exhausted"],
    ["billing_error", "quota_exhausted"],
    ["openai.APITimeoutError", "timeout"],
    ["httpx.ReadTimeout", "timeout"],
    ["requests.exceptions.ConnectTimeout", "timeout"],
    ["UND_ERR_HEADERS_TIMEOUT", "timeout"],
    ["ETIMEDOUT", "timeout"],
    ["TimeoutError", "timeout"],
    ["504", "timeout"],
    ["openai.AuthenticationError", "auth"],
    ["anthropic.PermissionDeniedError", "auth"],
    ["invalid_api_key", "auth"],
    ["overloaded_error", "upstream_5xx"],
    ["api_error", "upstream_5xx"],
    ["openai.InternalServerError", "upstream_5xx"],
    ["httpx.ConnectError", "upstream_5xx"],
    ["ECONNREFUSED", "upstream_5xx"],
    ["529", "upstream_5xx"],
    ["httpx.RemoteProtocolError", "malformed_response"],
    ["openai.APIResponseValidationError", "malformed_response"],
    ["urllib3.exceptions.IncompleteRead", "malformed_response"],
    ["json.decoder.JSONDecodeError", "parse"],
    ["SyntaxError", "parse"],
    ["langchain_core.exceptions.OutputParserException", "parse"],
    ["openai.BadRequestError", "validation"],
    ["pydantic_core._pydantic_core.ValidationError", "validation"],
    ["openai.NotFoundError", "validation"],
    ["langgraph.errors.GraphRecursionError", "budget"],
    ["MaxTurnsExceeded", "budget"],
    ["error_max_turns", "budget"],
    ["AbortError", "cancelled"],
    ["asyncio.CancelledError", "cancelled"],
    ["SIGTERM", "cancelled"],
    ["java.lang.OutOfMemoryError", "oom"],
    ["MemoryError", "oom"],
    ["OOMKilled", "oom"],
    ["SIGSEGV", "crashed"],
    ["Error", "unknown"],
    ["ValueError", "unknown"],
    ["", "unknown"],
  ])("by its type: %s is %s", (type, expected) => {
    expect(classOf({ type })).toBe(expected);
  });

  test.each<[number, ErrorClass]>([
    [200, "unknown"],
    [304, "unknown"],
    [400, "validation"],
    [401, "auth"],
    [402, "quota_exhausted"],
    [403, "auth"],
    [404, "validation"],
    [408, "timeout"],
    [422, "validation"],
    [429, "rate_limited"],
    [499, "cancelled"],
    [500, "upstream_5xx"],
    [502, "upstream_5xx"],
    [503, "upstream_5xx"],
    [504, "timeout"],
    [529, "upstream_5xx"],
    [599, "upstream_5xx"],
    [600, "unknown"],
  ])("by its status: %i is %s", (status, expected) => {
    expect(classOf({ status })).toBe(expected);
    expect(classOf({ status, type: "HTTPStatusError" })).toBe(expected);
  });

  test.each<[string, ErrorClass]>([
    ["Error code: 429 - {'error': {'message': 'slow down'}}", "rate_limited"],
    ["Request failed with status code 503", "upstream_5xx"],
    ["HTTP/1.1 401", "auth"],
    ["504 Gateway Time-out", "timeout"],
    ["Rate limit reached for gpt-x on tokens per min (TPM)", "rate_limited"],
    ["You exceeded your current quota, please check your plan and billing details.", "quota_exhausted"],
    ["Your credit balance is too low to access the API.", "quota_exhausted"],
    ["The operation timed out", "timeout"],
    ["context deadline exceeded", "timeout"],
    ["FATAL ERROR: Reached heap limit - JavaScript heap out of memory", "oom"],
    ["connect ECONNREFUSED 127.0.0.1:5432", "upstream_5xx"],
    ["Unexpected token < in JSON at position 0", "parse"],
    ["Empty response from model", "malformed_response"],
    ["The model `gpt-9` does not exist", "validation"],
    ["Recursion limit of 25 reached", "budget"],
    ["this operation was aborted", "cancelled"],
    ["Segmentation fault (core dumped)", "crashed"],
    ["something went wrong", "unknown"],
  ])("by its message: %s", (message, expected) => {
    expect(classOf({ message })).toBe(expected);
  });
});

describe("an allowance used up is told apart from a rate to wait for", () => {
  test.each([
    { status: 429, type: "insufficient_quota" },
    { status: 429, type: "RateLimitError", message: "You exceeded your current quota, check your billing" },
    { status: 400, type: "invalid_request_error", message: "Your credit balance is too low" },
    { status: 429, message: "Monthly spending limit" },
    { status: 402 },
  ])("%o is quota_exhausted", (known) => {
    expect(classOf(known)).toBe("quota_exhausted");
  });

  test.each([
    { status: 429, type: "RateLimitError" },
    { status: 429, message: "Quota exceeded for requests per minute" },
    { status: 429, message: "Rate limit reached; add a payment method at example.com/account/billing" },
  ])("%o is rate_limited", (known) => {
    expect(classOf(known)).toBe("rate_limited");
  });

  test("a billing address that is missing is no allowance used up", () => {
    expect(classOf({ status: 400, message: "the billing address is missing" })).toBe("validation");
  });
});

test("absurd texts are looked at for a bounded time, from both ends", () => {
  const long = "per ".repeat(500_000);
  const begunAt = performance.now();
  expect(classOf({ message: `${long}out of memory`, type: "x.".repeat(200_000) })).toBe("oom");
  expect(performance.now() - begunAt).toBeLessThan(2_000);
});
