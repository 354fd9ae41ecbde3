/** Whatever a job may send as its outcome: fields by their names with right and wrong values, and plain nonsense. */
import fc from "fast-check";

/** As JSON gives them: never undefined, never a function. */
export function anyValues(): fc.Arbitrary<Record<string, unknown>> {
  return fc.oneof(likely(), nonsense());
}

const name = fc.constantFrom("a", "b", "c", "fetch", "enrich", "send", "x".repeat(150), "__proto__", "");
const number = fc.oneof(
  fc.integer({ min: -1, max: 500 }),
  fc.double(),
  fc.constant("7"),
  fc.constant("many"),
);
const instant = fc.constantFrom("2026-03-08T07:00:00Z", 1_772_953_200, 1_772_953_209_000, "yesterday", null);
const text = fc.oneof(fc.string({ maxLength: 40 }), fc.constant("x".repeat(2_000)));

function fields(of: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(of, { requiredKeys: [] });
}

function likely(): fc.Arbitrary<Record<string, unknown>> {
  const counts = fields({ expected: number, processed: number, failed: number, rows: number });
  const status = fc.constantFrom<unknown>({ toString: 1 }, "ok", "running", "failed", "skipped", "odd");
  const http = fields({ host: name, status: fc.constantFrom(200, 429, 503, "x"), retry_after: number });
  const error = fc.oneof(text, fields({ class: name, type: text, message: text }));
  const step = fields({
    seq: fc.integer({ min: 0, max: 5 }),
    name,
    status,
    attempt: fc.integer({ min: 0, max: 3 }),
    counts,
    http,
    error,
    started_at: instant,
    ended_at: instant,
    tokens: number,
    cost: number,
    more: text,
  });
  const evidence = fields({ kind: name, name, url: text, id: name, size: number, created_at: instant });
  return fields({
    counts,
    processed: number,
    metrics: fc.dictionary(text, number, { maxKeys: 80 }),
    steps: fc.array(step, { maxLength: 30 }),
    step,
    plan: fc.array(name),
    evidence: fc.array(evidence),
    environment: fields({ host: text, version: text, commit: text, trace: text }),
    log: text,
    http: fc.array(fields({ host: name, status: fc.constantFrom(200, 429), count: number })),
    rows: fc.jsonValue(),
  });
}

function nonsense(): fc.Arbitrary<Record<string, unknown>> {
  const known = "counts metrics steps step plan evidence http log step.http step.status.x http.host.x".split(
    " ",
  );
  // What would say of itself that it is no text.
  const odd = JSON.parse('{"toString": 1, "valueOf": null, "__proto__": 2}') as unknown;
  const value = fc.oneof<fc.Arbitrary<unknown>[]>(fc.jsonValue({ maxDepth: 4 }), fc.constant(odd));
  return fc.dictionary(fc.oneof(fc.constantFrom(...known), fc.string()), value);
}
