/** What a batch of spans says of runs: which monitor, which check-ins, which steps, and what of the run as a whole. */
import { SpanKind, SpanStatusCode, type AttributeValue } from "@opentelemetry/api";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KIND_TABLES, NAMES } from "../../../src/dialects/otlp/names.ts";
import { otlp } from "../../../src/dialects/otlp/otlp.ts";
import { LIMITS } from "../../../src/domain/limits.ts";
import { traceParentOf, wrapperSpanOf } from "../../../src/domain/trace-parent.ts";
import { START } from "../../makers.ts";
import { child, ERROR, read, readableSpan, root, ROOT, runOf, TRACE, type Told } from "./spans.ts";

describe("the monitor", () => {
  test.each([
    [{ "monitor.slug": "lead-agent", "service.name": "other" }, "lead-agent"],
    [{ "service.name": "Lead Agent (prod)" }, "lead-agent-prod"],
    [{ "service.name": "unknown_service:node" }, "the-agent"],
    [{}, "the-agent"],
  ])("of %j is %s", (resource, slug) => {
    const attributes = { "gen_ai.agent.name": "The Agent" };
    expect(runOf(root({ resource, attributes }), child(1, { resource })).slug).toBe(slug);
  });

  test("that nothing names is empty", () => {
    expect(runOf(child(1, { resource: {} })).slug).toBe("");
  });

  test("gets no more runs by one batch than the limit says, and the rest is told", () => {
    const traces = Array.from({ length: LIMITS.tracesPerBatch + 1 }, (_none, index) =>
      root({ traceId: (index + 1).toString(16).padStart(32, "0") }),
    );
    const { runs, refused } = read(...traces);
    expect(runs).toHaveLength(LIMITS.tracesPerBatch);
    expect([...refused.values()]).toEqual([1]);
  });

  test("may be another one for each part of a trace", () => {
    const { runs } = read(root(), child(1, { resource: { "service.name": "mailer" } }));
    expect(runs.map(({ slug, spans }) => [slug, spans])).toEqual([
      ["lead-agent", 1],
      ["mailer", 1],
    ]);
  });
});

describe("check-ins", () => {
  test("before the root has ended there is a step, dated as its earliest span says", () => {
    const { runId, checkIns } = runOf(child(2), child(1));
    expect(runId).toBe(TRACE);
    expect(checkIns).toMatchObject([{ kind: "step", occurredAt: START + 1_000 }]);
    expect(checkIns[0]?.outcome.steps?.map(({ name }) => name)).toEqual(["step-1", "step-2"]);
  });

  test("the root ends the run: with its duration, well or badly as its status says", () => {
    const good = runOf(root(), child(1)).checkIns;
    expect(good).toMatchObject([
      { kind: "step", occurredAt: START },
      { kind: "success", occurredAt: START + 60_000, durationMs: 60_000, body: "" },
    ]);
    const exception = { "exception.type": "TypeError", "exception.message": "x is undefined" };
    const bad = root({ status: ERROR, events: [{ name: "exception", attributes: exception }] });
    expect(runOf(bad, child(1)).checkIns[1]).toMatchObject({ kind: "fail", body: "TypeError: it broke" });
  });

  test("a run that ends well although a call inside it failed is a success with a failed step", () => {
    const { checkIns } = runOf(root(), child(1, { status: ERROR }));
    expect(checkIns[1]?.kind).toBe("success");
    expect(checkIns[0]?.outcome.steps?.[0]?.status).toBe("failed");
  });

  test("the root is no step, its children are steps of the run, deeper ones keep their parent", () => {
    const inner = child(2, { parentId: child(1).spanId ?? "" });
    expect(runOf(root(), child(1), inner).checkIns[0]?.outcome.steps).toMatchObject([
      { id: "0000000000000001", parentId: null },
      { id: "0000000000000002", parentId: "0000000000000001" },
    ]);
  });

  test("a root under the wrapper that runs the job ends nothing, also where its exporter sends no flags", () => {
    const parentId = wrapperSpanOf(TRACE);
    expect(traceParentOf(TRACE)).toBe(`00-${TRACE}-${parentId}-01`);
    for (const isParentRemote of [true, false]) {
      const { checkIns } = runOf(root({ parentId, isParentRemote }), child(1));
      expect(checkIns.map(({ kind }) => kind)).toEqual(["step"]);
      expect(checkIns[0]?.outcome.steps).toMatchObject([{ name: "step-1", parentId: null }]);
    }
  });

  test("a root that another program called ends the run", () => {
    const called = root({ parentId: "00000000000000aa", isParentRemote: true });
    expect(runOf(called, child(1)).checkIns.map(({ kind }) => kind)).toEqual(["step", "success"]);
  });

  test("a root that is a single call is seen as a step, and the sender is warned", () => {
    const call = root({ attributes: { "gen_ai.operation.name": "chat" }, name: "chat gpt-5" });
    expect(runOf(call).checkIns[0]?.outcome.steps).toMatchObject([{ name: "chat gpt-5", kind: "llm" }]);
    expect(read(call).warnings[0]).toMatch(/^lead-agent: this trace begins with a single call/);
  });

  test("the same spans in another order are the same, others are not", () => {
    const same = (...spans: Told[]) => runOf(...spans).checkIns[0]?.sameAs;
    expect(same(child(1), child(2))).toBe(same(child(2), child(1)));
    expect(same(child(1), child(2))).not.toBe(same(child(1), child(3)));
  });

  test("of too many steps the failed ones and those of the run itself are kept, and the cut is told", () => {
    const inner = Array.from({ length: LIMITS.stepsPerRun + 10 }, (_none, index) =>
      child(index + 1, { parentId: "00000000000000aa" }),
    );
    const failed = child(900, { parentId: "00000000000000aa", status: ERROR });
    const [during] = runOf(root(), ...inner, child(901), failed).checkIns;
    const names = during?.outcome.steps?.map(({ name }) => name) ?? [];
    expect(names).toHaveLength(LIMITS.stepsPerRun);
    expect(names.slice(-2)).toEqual(["step-900", "step-901"]);
    expect(during?.notes[0]).toMatch(/^steps were cut by 12/);
  });
});

describe("the run as a whole", () => {
  const told = (...spans: Told[]) => runOf(...spans).checkIns.at(-1)?.outcome;

  test("counts of the root win, else those of the span that ended last; each step keeps its own", () => {
    const first = child(1, { attributes: { "work.items.expected": 200, "work.items.processed": 200 } });
    const later = child(2, { attributes: { "work.items.processed": 3 } });
    expect(told(later, first)?.counts).toEqual({ expected: 200, processed: 3 });
    const end = root({
      attributes: { "work.items.processed": 50, "work.items.failed": "1", "work.items.skipped": -1 },
    });
    expect(told(end, later, first)?.counts).toEqual({ expected: 200, processed: 50, failed: 1 });
    expect(runOf(end, later).checkIns[0]?.outcome.steps?.[0]?.counts).toEqual({ processed: 3 });
  });

  test("plan, evidence and metrics are told by names of our own", () => {
    const report = {
      "work.evidence.kind": "file",
      "work.evidence.url": "https://x.test/r.csv",
      "work.evidence.size": 12,
    };
    const event = {
      name: "written",
      attributes: { "work.evidence.name": "log", "work.evidence.sha256": "no" },
    };
    const end = root({
      attributes: {
        ...report,
        "work.plan": ["load", "enrich"],
        "work.metrics.score": 0.5,
        "gen_ai.usage.input_tokens": 7,
      },
      events: [event],
    });
    expect(told(end)).toMatchObject({
      plan: ["load", "enrich"],
      evidence: [
        { kind: "file", url: "https://x.test/r.csv", size: 12 },
        { kind: "file", name: "log", sha256: null },
      ],
      metrics: { score: 0.5, tokens: 7 },
    });
  });

  test("of what it answered only the size is told", () => {
    const end = root({ attributes: { "output.value": "confidential" } });
    expect(told(end)?.metrics).toEqual({ output_characters: 12 });
    expect(JSON.stringify(read(end).runs)).not.toContain("confidential");
  });

  test("where it ran and which trace it is are told", () => {
    const resource = { "service.name": "lead-agent", "host.name": "box", "service.version": "1.2" };
    expect(told(root({ resource }))?.environment).toEqual({
      host: "box",
      version: "1.2",
      commit: null,
      trace: TRACE,
    });
  });
});

describe("sampling", () => {
  const inState = (traceState: string) =>
    otlp.read(
      "json",
      new TextEncoder().encode(
        JSON.stringify({
          resourceSpans: [
            {
              resource: { attributes: [{ key: "service.name", value: { stringValue: "a" } }] },
              scopeSpans: [{ spans: [{ traceId: TRACE, spanId: ROOT, traceState }] }],
            },
          ],
        }),
      ),
    );

  test.each([
    ["ot=th:c", 0.25],
    ["vendor=1,ot=rv:1;th:8", 0.5],
    ["ot=p:2", 0.25],
  ])("%s means a share of %d, told to the sender and kept with the run", (traceState, ratio) => {
    const { runs, warnings } = inState(traceState);
    expect(warnings[0]).toContain(`sampling, ${ratio}`);
    expect(runs[0]?.checkIns.at(-1)?.outcome.extra).toEqual({ sampling_ratio: ratio });
    expect(runs[0]?.checkIns.at(-1)?.notes[0]).toContain("only a share is sent");
  });

  test.each(["", "ot=th:0", "ot=p:0", "ot=th:zz", "other=th:8"])("%j means all of them", (traceState) => {
    expect(inState(traceState).warnings).toEqual([]);
  });

  test("may be told by the resource", () => {
    expect(read(root({ resource: { "service.name": "a", "sampling.ratio": 0.1 } })).warnings).toHaveLength(1);
  });
});

describe("anything under the names that are looked at", () => {
  const names = [
    ...Object.values(NAMES).flat(),
    ...KIND_TABLES.flatMap((table) => table.names),
    ...["expected", "processed"].map((name) => `work.items.${name}`),
    ...["url", "size", "created_at", "sha256"].map((name) => `work.evidence.${name}`),
    "work.plan",
    "work.metrics.__proto__",
    "__proto__",
  ];
  const value: fc.Arbitrary<AttributeValue> = fc.oneof(
    fc.string(),
    fc.constantFrom("chat", "LLM", "ai.toolCall", "429", "-1", "1e999", ""),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.string(), { maxLength: 3 }),
  );
  const attributes = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 12, noNullPrototype: true });
  const spanId = fc.constantFrom("00000000000000a1", "00000000000000a2", "00000000000000a3", ROOT);
  const told: fc.Arbitrary<Told> = fc.record(
    {
      traceId: fc.constantFrom(TRACE, `${TRACE.slice(0, 31)}d`),
      spanId,
      parentId: spanId,
      isParentRemote: fc.boolean(),
      startedAt: fc.integer({ min: 1, max: START }),
      endedAt: fc.integer({ min: 1, max: START }),
      kind: fc.constantFrom(SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT),
      attributes,
      events: fc.array(fc.record({ name: fc.constantFrom("exception", "x"), attributes }), { maxLength: 2 }),
      status: fc.constantFrom({ code: SpanStatusCode.UNSET }, { code: SpanStatusCode.OK }, ERROR),
      resource: attributes,
    },
    { requiredKeys: ["spanId", "startedAt", "endedAt"] },
  );

  test("is a run within the bounds, alike in both forms, whatever its spans say and however they are nested", () => {
    fc.assert(
      fc.property(fc.array(told, { minLength: 1, maxLength: 8 }), (all) => {
        const spans = all.map(readableSpan);
        const reading = otlp.read("json", JsonTraceSerializer.serializeRequest(spans) as Uint8Array);
        const binary = otlp.read("protobuf", ProtobufTraceSerializer.serializeRequest(spans) as Uint8Array);
        expect(binary).toEqual(reading);
        expect(reading.runs.reduce((sum, run) => sum + run.spans, 0)).toBe(all.length);
        for (const { outcome } of reading.runs.flatMap(({ checkIns }) => checkIns)) {
          expect(JSON.stringify(outcome).length).toBeLessThanOrEqual(LIMITS.outcomeCharacters);
        }
      }),
      { numRuns: 300 },
    );
  });
});
