/**
 * The names under which instrumentations tell the same thing, old and new, each list in the order in which it is
 * asked. All of the conventions for generative AI are still in development, so that this table is what changes.
 * https://github.com/open-telemetry/semantic-conventions-genai, https://github.com/Arize-ai/openinference
 */
import type { StepKind } from "../../domain/outcome/outcome.ts";

export const NAMES = {
  monitor: ["monitor.slug"],
  program: ["service.name"],
  agent: ["gen_ai.agent.name", "agent.name", "ai.telemetry.functionId", "traceloop.entity.name"],
  tool: ["gen_ai.tool.name", "tool.name", "ai.toolCall.name", "traceloop.entity.name"],
  workflow: ["gen_ai.workflow.name", "traceloop.entity.name", "traceloop.workflow.name"],

  inputTokens: [
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.token_count.prompt",
    "llm.usage.prompt_tokens",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
  ],
  outputTokens: [
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
    "llm.usage.completion_tokens",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
  ],
  allTokens: [
    "gen_ai.usage.total_tokens",
    "llm.token_count.total",
    "llm.usage.total_tokens",
    "ai.usage.totalTokens",
  ],
  cost: ["gen_ai.usage.cost", "gen_ai.usage.total_cost", "llm.cost.total", "operation.cost"],
  finishReason: ["gen_ai.response.finish_reasons", "ai.response.finishReason"],
  /** Of contents only sizes arrive here. */
  outputSize: [
    "gen_ai.output.messages",
    "gen_ai.completion",
    "output.value",
    "ai.response.text",
    "ai.response.object",
    "traceloop.entity.output",
  ],

  method: ["http.request.method", "http.method"],
  status: ["http.response.status_code", "http.status_code"],
  host: ["server.address", "net.peer.name", "http.host", "peer.hostname", "net.peer.ip", "peer.address"],
  url: ["url.full", "http.url"],
  retryAfter: ["http.response.header.retry-after", "http.response.header.retry_after"],
  resends: ["http.request.resend_count", "http.resend_count", "http.retry_count"],
  model: ["gen_ai.request.model", "llm.model_name"],
  database: ["db.system.name", "db.system"],

  errorType: ["error.type", "exception.type", "error.code"],
  errorMessage: ["error.message", "exception.message"],

  hostName: ["host.name", "k8s.pod.name", "container.id"],
  version: ["service.version"],
  commit: ["vcs.ref.head.revision", "vcs.repository.ref.revision", "git.commit.sha", "deployment.commit"],
  samplingRatio: ["sampling.ratio", "sampler.param", "sampling.probability"],
} as const satisfies Record<string, readonly string[]>;

/** What says the kind of work, the first first; what a list does not know is asked of the next. */
export const KIND_TABLES: readonly {
  names: readonly string[];
  kinds: Readonly<Record<string, StepKind>>;
}[] = [
  {
    names: ["gen_ai.operation.name"],
    kinds: {
      chat: "llm",
      generate_content: "llm",
      text_completion: "llm",
      embeddings: "llm",
      retrieval: "retrieval",
      execute_tool: "tool",
      create_agent: "task",
      invoke_agent: "agent",
      invoke_workflow: "agent",
      plan: "task",
    },
  },
  {
    names: ["openinference.span.kind", "langsmith.span.kind"],
    kinds: {
      llm: "llm",
      embedding: "llm",
      tool: "tool",
      agent: "agent",
      chain: "task",
      retriever: "retrieval",
      reranker: "retrieval",
      guardrail: "task",
      evaluator: "task",
      prompt: "task",
      parser: "task",
    },
  },
  {
    // `ai.generateText` may be one call or a loop of them: only the calls inside are a model's.
    names: ["ai.operationId"],
    kinds: {
      "ai.generatetext": "task",
      "ai.streamtext": "task",
      "ai.generateobject": "task",
      "ai.streamobject": "task",
      "ai.embed": "task",
      "ai.embedmany": "task",
      "ai.generatetext.dogenerate": "llm",
      "ai.streamtext.dostream": "llm",
      "ai.generateobject.dogenerate": "llm",
      "ai.streamobject.dostream": "llm",
      "ai.embed.doembed": "llm",
      "ai.embedmany.doembed": "llm",
      "ai.toolcall": "tool",
    },
  },
  {
    names: ["traceloop.span.kind"],
    kinds: { workflow: "task", task: "task", agent: "agent", tool: "tool" },
  },
  {
    names: ["llm.request.type"],
    kinds: { chat: "llm", completion: "llm", embedding: "llm", rerank: "retrieval" },
  },
];
