/**
 * An agent instrumented with the OpenTelemetry SDK as any other program is: where its spans go is told by the
 * environment alone. It does three of seven steps and says so; then it ends well, or hangs in the fourth until it is killed.
 */
import { createServer } from "node:net";
import { ROOT_CONTEXT, SpanKind, trace, TraceFlags, type Attributes, type Context } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { detectResources, envDetector } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

const [form, end] = process.argv.slice(2);
const exporter = form === "json" ? new JsonExporter() : new ProtobufExporter();
const provider = new TracerProvider({
  resource: detectResources({ detectors: [envDetector] }),
  spanProcessors: [new BatchSpanProcessor({ exporter })],
});
const tracer = provider.getTracer("lead-agent");

const root = tracer.startSpan(
  "invoke_agent lead-agent",
  { attributes: { "gen_ai.operation.name": "invoke_agent" } },
  around(),
);
const inRoot = trace.setSpan(ROOT_CONTEXT, root);
const plan = ["load", "enrich", "score", "draft", "review", "send", "report"];
step("load", { "work.plan": plan, "work.items.expected": 200 });
step("enrich", {}, (inside) => {
  const attributes = {
    "http.request.method": "POST",
    "http.response.status_code": 200,
    "server.address": "api.example.org",
  };
  tracer.startSpan("POST", { kind: SpanKind.CLIENT, attributes }, inside).end();
});
step("score", { "work.items.processed": 50, "gen_ai.tool.call.arguments": "the words of a customer" });
await provider.forceFlush();
process.stdout.write(`did three steps in ${root.spanContext().traceId}\n`);

if (end === "hang") {
  tracer.startSpan("draft", {}, inRoot);
  createServer().listen(0, "127.0.0.1");
} else {
  root.setAttributes({ "work.items.processed": 200, "gen_ai.usage.input_tokens": 1_200 });
  root.end();
  await provider.shutdown();
  if (end === "fail") process.exitCode = 3;
}

function step(name: string, more: Attributes, work: (inside: Context) => void = () => {}): void {
  const attributes = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name, ...more };
  const span = tracer.startSpan(`execute_tool ${name}`, { attributes }, inRoot);
  work(trace.setSpan(ROOT_CONTEXT, span));
  span.end();
}

/** A wrapper outside hands its trace on in the environment. */
function around(): Context {
  const [, traceId, spanId] = (process.env["TRACEPARENT"] ?? "").split("-");
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}
