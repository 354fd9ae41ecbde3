/** Both wire forms read alike, the official serializers being the judge, and nothing that is sent makes a reader fail. */
import { SpanKind, SpanStatusCode, type Attributes, type AttributeValue } from "@opentelemetry/api";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readJson } from "../../../src/dialects/otlp/read-json.ts";
import { readProtobuf } from "../../../src/dialects/otlp/read-protobuf.ts";
import type { AnyValue, TraceBatch } from "../../../src/dialects/otlp/trace-batch.ts";
import { RollcallError } from "../../../src/domain/errors.ts";
import { LIMITS } from "../../../src/domain/limits.ts";
import { readableSpan, ROOT, TRACE, type Told } from "./spans.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): TraceBatch => readJson(utf8(JSON.stringify(value)));
const serialized = (spans: ReadableSpan[]) => ({
  json: JsonTraceSerializer.serializeRequest(spans) ?? new Uint8Array(),
  protobuf: ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array(),
});

/** One span in JSON, as an exporter writes it. */
function spanJson(more: Record<string, unknown> = {}): Record<string, unknown> {
  return { traceId: TRACE, spanId: ROOT, name: "work", ...more };
}
function batchOf(...spans: unknown[]): Record<string, unknown> {
  return { resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }] };
}

const hexId = (digits: number) =>
  fc
    .array(fc.constantFrom(..."0123456789abcdef".split("")), { minLength: digits, maxLength: digits })
    .map((all) => all.join(""))
    .filter((id) => !/^0+$/.test(id));
/** Names of contents are told as sizes, which the test below is about. */
const attributeName = fc.string({ minLength: 1, maxLength: 20 }).map((name) => `a.${name}`);
const attributeValue: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.boolean(),
  fc.maxSafeInteger(),
  // JSON has no infinity, and the serializer writes none.
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
  fc.array(fc.string(), { maxLength: 5 }),
  fc.array(fc.integer(), { maxLength: 5 }),
);
const attributes: fc.Arbitrary<Attributes> = fc.dictionary(attributeName, attributeValue, {
  maxKeys: 8,
  noNullPrototype: true,
});
const instant = fc.integer({ min: 1, max: 4_102_444_800_000 });
const told: fc.Arbitrary<Told> = fc.record(
  {
    traceId: hexId(32),
    spanId: hexId(16),
    parentId: hexId(16),
    isParentRemote: fc.boolean(),
    name: fc.string({ unit: "grapheme", maxLength: 300 }),
    kind: fc.constantFrom(SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.CONSUMER),
    startedAt: instant,
    endedAt: instant,
    attributes,
    events: fc.array(fc.record({ name: fc.string(), attributes }), { maxLength: 3 }),
    status: fc.record({
      code: fc.constantFrom(SpanStatusCode.UNSET, SpanStatusCode.OK, SpanStatusCode.ERROR),
      message: fc.string(),
    }),
    resource: attributes,
    scope: fc.string(),
  },
  { requiredKeys: ["traceId", "spanId", "startedAt", "endedAt"] },
);

describe("what the official serializers write", () => {
  test("is read alike in both forms, and as it was", () => {
    fc.assert(
      fc.property(fc.array(told, { maxLength: 6 }), (all) => {
        const forms = serialized(all.map(readableSpan));
        const fromJson = readJson(forms.json);
        const fromProtobuf = readProtobuf(forms.protobuf);
        expect(fromProtobuf).toEqual(fromJson);
        expect(fromJson.refused.size).toBe(0);
        const byId = (batch: TraceBatch) =>
          new Map(batch.spans.map((span) => [`${span.traceId}/${span.spanId}`, span]));
        for (const each of all) {
          expect(byId(fromProtobuf).get(`${each.traceId}/${each.spanId}`)).toBeDefined();
        }
        if (all.length === 1) expect(fromProtobuf.spans[0]).toEqual(expectedOf(all[0] ?? {}));
      }),
      { numRuns: 300 },
    );
  });

  test("cut anywhere, it is refused with a reason or read in part, and never fails otherwise", () => {
    const { protobuf } = serialized([readableSpan({ name: "enrich", attributes: { a: "b", n: 1 } })]);
    for (let end = 0; end < protobuf.length; end += 1)
      withReason(() => readProtobuf(protobuf.subarray(0, end)));
  });

  test("with any byte changed, it is refused with a reason or read, and never fails otherwise", () => {
    const { protobuf } = serialized([readableSpan({ attributes: { list: ["a", "b"] } }), readableSpan()]);
    const change = fc.tuple(fc.nat(protobuf.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = protobuf.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        withReason(() => readProtobuf(bytes));
      }),
    );
  });
});

/** One span as both readers must give it. */
function expectedOf(each: Told): TraceBatch["spans"][number] {
  return {
    traceId: each.traceId ?? "",
    spanId: each.spanId ?? "",
    parentId: each.parentId ?? null,
    isParentRemote: each.parentId !== undefined && each.isParentRemote === true,
    traceState: "",
    name: each.name ?? "span",
    // The SDK counts from 0, the protocol keeps 0 for "not told".
    kind: (each.kind ?? SpanKind.INTERNAL) + 1,
    startedAt: each.startedAt ?? null,
    endedAt: each.endedAt ?? null,
    attributes: mapOf(each.attributes),
    events: (each.events ?? []).map((event) => ({ name: event.name, attributes: mapOf(event.attributes) })),
    statusCode: each.status?.code ?? 0,
    statusMessage: each.status?.message ?? "",
    resource: mapOf(each.resource ?? { "service.name": "lead-agent" }),
    scope: each.scope ?? "test",
  };
}

function mapOf(from: Attributes = {}): Map<string, AnyValue> {
  return new Map(Object.entries(from) as [string, AnyValue][]);
}

function withReason(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(RollcallError);
    expect((error as RollcallError).code).toBe("invalid_request");
  }
}

describe("anything at all", () => {
  test("as bytes is refused with a reason or read, in both forms", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        withReason(() => readProtobuf(bytes));
        withReason(() => readJson(bytes));
      }),
      { numRuns: 500 },
    );
  });

  test("as JSON is refused with a reason or read", () => {
    const names = [
      "resourceSpans",
      "scopeSpans",
      "spans",
      "attributes",
      "key",
      "value",
      "arrayValue",
      "values",
    ];
    const key = fc.oneof(fc.constantFrom(...names), fc.string());
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 7 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(fc.property(tree, (value) => withReason(() => json(value))));
  });
});

describe("JSON as other exporters write it", () => {
  test("ids may be in capitals, 64-bit numbers text or number, enums by name", () => {
    const { spans } = json(
      batchOf(
        spanJson({
          traceId: TRACE.toUpperCase(),
          spanId: ROOT.toUpperCase(),
          kind: "SPAN_KIND_CLIENT",
          startTimeUnixNano: 1_772_409_600_000_000_000,
          endTimeUnixNano: "1772409601000000000",
          status: { code: "STATUS_CODE_ERROR", message: "no" },
          attributes: [
            { key: "text", value: { intValue: "429" } },
            { key: "number", value: { intValue: 429 } },
          ],
        }),
      ),
    );
    expect(spans[0]).toMatchObject({
      traceId: TRACE,
      spanId: ROOT,
      kind: 3,
      startedAt: Date.UTC(2026, 2, 2),
      endedAt: Date.UTC(2026, 2, 2) + 1_000,
      statusCode: 2,
    });
    expect(spans[0]?.attributes).toEqual(
      new Map([
        ["text", 429],
        ["number", 429],
      ]),
    );
  });

  test("fields that nobody knows yet are passed over", () => {
    const batch = { ...batchOf(spanJson({ novelty: { a: [1] } })), alsoNew: 1 };
    expect(json(batch).spans).toHaveLength(1);
  });

  test.each([
    ["not json", "no JSON"],
    ["[]", "no object"],
    ['{"resourceSpans": 3}', "no list"],
    ['{"resource_spans": []}', "resourceSpans"],
  ])("%s is refused: %s", (body, reason) => {
    expect(() => readJson(utf8(body))).toThrow(reason);
  });

  test("the reason repeats nothing of what was sent", () => {
    expect(() => readJson(utf8('{"key": sk-secret}'))).toThrow(/^(?!.*secret).*no JSON/);
  });

  test("a span without good ids is refused alone, with the reason", () => {
    const batch = json(
      batchOf(spanJson({ traceId: "W47/95gDgQPSabYzgT/GDA==" }), spanJson({ spanId: "" }), 7, spanJson()),
    );
    expect(batch.spans).toHaveLength(1);
    expect([...batch.refused.keys()].map((reason) => reason.slice(0, 14))).toEqual([
      "traceId is not",
      "spanId is not ",
      "a span is no o",
    ]);
  });
});

describe("bounds", () => {
  test("spans above the limit are counted and not read", () => {
    const spans = Array.from({ length: LIMITS.spansPerBatch + 2 }, () => spanJson());
    const batch = json(batchOf(...spans));
    expect(batch.spans).toHaveLength(LIMITS.spansPerBatch);
    expect([...batch.refused.values()]).toEqual([2]);
  });

  test("attributes and events above their limits are left out, long texts are cut", () => {
    const many = Array.from({ length: LIMITS.attributesPerSpan + 5 }, (_none, index) => ({
      key: `k${index}`,
      value: { stringValue: "x".repeat(LIMITS.attributeCharacters + 1) },
    }));
    const events = Array.from({ length: LIMITS.eventsPerSpan + 5 }, () => ({ name: "e" }));
    const [span] = json(batchOf(spanJson({ attributes: many, events }))).spans;
    expect(span?.attributes.size).toBe(LIMITS.attributesPerSpan);
    expect(span?.attributes.get("k0")).toHaveLength(LIMITS.attributeCharacters);
    expect(span?.events).toHaveLength(LIMITS.eventsPerSpan);
  });

  test("values within values are read so deep and no deeper, in both forms", () => {
    // As text, for what writes JSON may be at its end sooner than what reads it.
    const nested = (depth: number): string =>
      `${`{"arrayValue":{"values":[`.repeat(depth)}{"stringValue":"x"}${`]}}`.repeat(depth)}`;
    const depthOf = (value: AnyValue | undefined): number =>
      Array.isArray(value) ? 1 + depthOf((value as readonly AnyValue[])[0]) : 0;
    const batch = JSON.stringify(batchOf(spanJson({ attributes: [{ key: "deep", value: "nested" }] })));
    const [span] = readJson(utf8(batch.replace('"nested"', nested(5_000)))).spans;
    expect(depthOf(span?.attributes.get("deep"))).toBe(LIMITS.attributeDepth);

    let value: unknown[] = ["x"];
    for (let depth = 1; depth < 300; depth += 1) value = [value];
    const { protobuf } = serialized([readableSpan({ attributes: { deep: value } })]);
    expect(depthOf(readProtobuf(protobuf).spans[0]?.attributes.get("deep"))).toBe(LIMITS.attributeDepth);
  });
});

describe("contents", () => {
  test.each([
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.prompt.0.content",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "ai.prompt",
    "ai.prompt.messages",
    "ai.response.text",
    "ai.toolCall.args",
    "input.value",
    "output.value",
    "llm.input_messages.0.message.content",
    "traceloop.entity.input",
    "retrieval.documents.0.document.content",
    "db.statement",
    "exception.stacktrace",
  ])("of %s only the size is read, in both forms", (name) => {
    const forms = serialized([readableSpan({ attributes: { [name]: ["secret", "words"] } })]);
    for (const batch of [readJson(forms.json), readProtobuf(forms.protobuf)]) {
      expect(batch.spans[0]?.attributes).toEqual(new Map([[name, 11]]));
    }
  });
});
