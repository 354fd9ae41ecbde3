/** What waits to be told of a run: bounded, the latest of each thing, and never more than a check-in may carry. */
import { expect, test } from "vitest";
import { createRecord } from "../../src/client/run-record.ts";

const step = (id: number, more: object = {}) =>
  [`step ${id}`, { into: "steps", value: { id, ...more } }] as const;

test("of what is said twice only the latest is told, in the place of the first, and answers add up", () => {
  const record = createRecord();
  const answer = { host: "a", status: 429, count: 1, first_at: 1, last_at: 1, retry_after: 20 };
  record.put(...step(1));
  record.put(...step(2));
  record.put(...step(1, { status: "ok" }));
  record.put("http", { into: "http", value: answer });
  record.put("http", { into: "http", value: { ...answer, first_at: 2, last_at: 2, retry_after: null } });
  expect(record.take()).toEqual({
    steps: [{ id: 1, status: "ok" }, { id: 2 }],
    http: [{ ...answer, count: 2, last_at: 2 }],
  });
  expect(record.isEmpty()).toBe(true);
  expect(record.take()).toEqual({});
});

test("a great deal is told in several check-ins, each small enough, and nothing is lost between them", () => {
  const record = createRecord();
  for (let id = 0; id < 400; id += 1) record.put(...step(id, { name: "\u00fc".repeat(500) }));
  const ids: number[] = [];
  while (!record.isEmpty()) {
    const fields = record.take();
    expect(Buffer.byteLength(JSON.stringify(fields))).toBeLessThan(60_000);
    ids.push(...(fields["steps"] as { id: number }[]).map(({ id }) => id));
  }
  expect(ids).toEqual(Array.from({ length: 400 }, (_, id) => id));
});

test("while nothing can be told the oldest make room, never what there is one of, and it is said", () => {
  const record = createRecord();
  record.put("plan", { into: "plan", value: ["a"] });
  for (let id = 0; id < 2_000; id += 1) record.put(...step(id));
  const fields = record.take();
  expect(fields).toMatchObject({ plan: ["a"], is_cut_by_client: true });
  const ids = (fields["steps"] as { id: number }[]).map(({ id }) => id);
  expect(ids).toHaveLength(499);
  expect(ids.at(-1)).toBe(1_999);
});
