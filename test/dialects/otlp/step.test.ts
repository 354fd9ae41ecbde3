/** What one span says of its step, whatever names the instrumentation uses. */
import { SpanKind, SpanStatusCode, type Attributes } from "@opentelemetry/api";
import { describe, expect, test } from "vitest";
import type { Step } from "../../../src/domain/outcome/outcome.ts";
import { child, ERROR, root, runOf, type Told } from "./spans.ts";

function stepWith(attributes: Attributes, more: Told = {}): Step {
  const [during] = runOf(root(), child(1, { attributes, ...more })).checkIns;
  return during?.outcome.steps?.[0] as Step;
}

describe("steps", () => {
  test.each<[Attributes, Told, Partial<Step>]>([
    [{ "gen_ai.operation.name": "chat" }, { name: "chat gpt-5" }, { kind: "llm", name: "chat gpt-5" }],
    [
      { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "enrich" },
      {},
      { kind: "tool", name: "enrich" },
    ],
    [
      { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "Scout" },
      {},
      { kind: "agent", name: "Scout" },
    ],
    [{ "gen_ai.operation.name": "embeddings" }, {}, { kind: "llm" }],
    [{ "gen_ai.operation.name": "retrieval" }, {}, { kind: "retrieval" }],
    [{ "gen_ai.operation.name": "something_new", "openinference.span.kind": "TOOL" }, {}, { kind: "tool" }],
    [{ "openinference.span.kind": "LLM" }, {}, { kind: "llm" }],
    [{ "openinference.span.kind": "CHAIN" }, {}, { kind: "task" }],
    [{ "openinference.span.kind": "RETRIEVER" }, {}, { kind: "retrieval" }],
    [{ "ai.operationId": "ai.generateText.doGenerate" }, {}, { kind: "llm" }],
    [{ "ai.operationId": "ai.generateText" }, {}, { kind: "task" }],
    [{ "ai.operationId": "ai.toolCall", "ai.toolCall.name": "search" }, {}, { kind: "tool", name: "search" }],
    [
      { "traceloop.span.kind": "agent", "traceloop.entity.name": "crew" },
      {},
      { kind: "agent", name: "crew" },
    ],
    [{ "traceloop.span.kind": "tool", "traceloop.entity.name": "crawl" }, {}, { kind: "tool" }],
    [{ "llm.request.type": "chat" }, {}, { kind: "llm" }],
    [{ "gen_ai.system": "openai", "gen_ai.request.model": "gpt-5" }, {}, { kind: "llm" }],
    [{ "http.request.method": "POST" }, { kind: SpanKind.CLIENT }, { kind: "http" }],
    [{ "http.method": "GET" }, { kind: SpanKind.SERVER }, { kind: "task" }],
    [{ "db.system.name": "postgresql" }, { kind: SpanKind.CLIENT }, { kind: "db" }],
    [{}, {}, { kind: "task", name: "step-1" }],
  ])("%j is %j", (attributes, more, expected) => {
    expect(stepWith(attributes, more)).toMatchObject(expected);
  });

  test.each([
    [
      {
        "http.request.method": "POST",
        "http.response.status_code": 429,
        "server.address": "api.openai.com",
        "http.request.resend_count": 2,
        "http.response.header.retry-after": ["20"],
      },
    ],
    [
      {
        "http.method": "POST",
        "http.status_code": 429,
        "net.peer.name": "api.openai.com",
        "http.request.resend_count": 2,
        "http.response.header.retry_after": "20",
      },
    ],
    [
      {
        "http.request.method": "POST",
        "http.response.status_code": "429",
        "url.full": "https://API.openai.com/v1/chat/completions",
        "http.request.resend_count": 2,
        "http.response.header.retry-after": [20],
      },
    ],
  ])("HTTP in old and new names: %j", (attributes) => {
    expect(stepWith(attributes as Attributes, { kind: SpanKind.CLIENT, name: "POST" })).toMatchObject({
      name: "POST api.openai.com",
      status: "failed",
      attempt: 3,
      http: { method: "POST", host: "api.openai.com", status: 429, retryAfterSeconds: 20 },
    });
  });

  test("a model's call that failed with a status tells host and status, unless a span inside it does", () => {
    const attributes = {
      "gen_ai.operation.name": "chat",
      "error.type": "429",
      "server.address": "api.openai.com",
    };
    expect(stepWith(attributes)).toMatchObject({
      http: { host: "api.openai.com", status: 429 },
      error: { type: "429" },
    });
    const call = child(1, { attributes });
    const http = child(2, { parentId: call.spanId ?? "", attributes: { "http.response.status_code": 429 } });
    const [chat] = runOf(root(), call, http).checkIns[0]?.outcome.steps ?? [];
    expect(chat?.http).toBeNull();
  });

  test.each<[Told, Partial<Step>]>([
    [{ status: ERROR }, { status: "failed" }],
    [{ attributes: { "error.type": "timeout" } }, { status: "failed" }],
    [{ attributes: { "error.type": "timeout" }, status: { code: SpanStatusCode.OK } }, { status: "ok" }],
    [{ events: [{ name: "exception", attributes: { "exception.type": "E" } }] }, { status: "failed" }],
    [{ events: [{ name: "log", attributes: {} }] }, { status: "ok", error: null }],
    [{}, { status: "ok", error: null }],
  ])("%j is %j", (more, expected) => {
    expect(stepWith(more.attributes ?? {}, more)).toMatchObject(expected);
  });

  test("the error is told by type and message, from attributes, status or the last exception", () => {
    expect(stepWith({ "error.type": "RateLimit" }, { status: ERROR }).error).toMatchObject({
      type: "RateLimit",
      message: "it broke",
    });
    const exception = { "exception.type": "ValueError", "exception.message": "no such lead" };
    expect(stepWith({}, { events: [{ name: "exception", attributes: exception }] }).error).toMatchObject({
      type: "ValueError",
      message: "no such lead",
    });
  });

  test.each([
    [{ "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20 }],
    [{ "gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.completion_tokens": 20 }],
    [{ "llm.token_count.prompt": 100, "llm.token_count.completion": 20 }],
    [{ "ai.usage.promptTokens": 100, "ai.usage.completionTokens": 20 }],
    [{ "ai.usage.inputTokens": 100, "ai.usage.outputTokens": 20 }],
    [{ "llm.usage.total_tokens": 120 }],
  ])("tokens by %j are 120", (attributes) => {
    expect(stepWith(attributes as Attributes).tokens).toBe(120);
  });

  test("tokens of an agent are not told beside those of the calls inside it", () => {
    const usage = { "gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 5 };
    const agent = child(1, { attributes: { ...usage, "gen_ai.operation.name": "invoke_agent" } });
    const task = child(2, { parentId: agent.spanId ?? "" });
    const chat = child(3, {
      parentId: task.spanId ?? "",
      attributes: { ...usage, "gen_ai.operation.name": "chat" },
    });
    const tokens = (...spans: Told[]) =>
      runOf(root(), ...spans).checkIns[0]?.outcome.steps?.map((step) => step.tokens);
    expect(tokens(agent, task, chat)).toEqual([null, null, 10]);
    expect(tokens(agent)).toEqual([10]);
  });

  test("what looks like a credential is not kept", () => {
    const message = "401 for Authorization: Bearer abcdefghijkl";
    const [during] = runOf(root(), child(1, { status: { ...ERROR, message } })).checkIns;
    expect(JSON.stringify(during?.outcome)).not.toContain("abcdefghijkl");
    expect(during?.notes[0]).toContain("credentials");
  });

  test("what each call over the network is made of is no step", () => {
    const scope = "@opentelemetry/instrumentation-dns";
    expect(runOf(root(), child(1, { scope })).checkIns[0]).toMatchObject({ kind: "progress", outcome: {} });
  });
});
