/** The rules and the dashboard ask for numbers that are given, by labels and values that they have, and say what to do. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ERROR_CODES } from "../../src/domain/errors.ts";
import { createFace } from "../http/face.ts";
import { PROJECT, read } from "./reading.ts";

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; meaning: string; look_at: string };
}
interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}
const { groups } = parse(read("prometheus/alerts.yaml")) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(read("grafana/rollcall.json")) as { panels: Panel[] };
const shown = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
const expressions = [...rules.map(({ expr }) => expr), ...shown];

/** Of redis_exporter, which is not part of Rollcall: https://github.com/oliver006/redis_exporter */
const REDIS = [
  "redis_aof_enabled",
  "redis_aof_last_write_status",
  "redis_commands_processed_total",
  "redis_evicted_keys_total",
  "redis_memory_max_bytes",
  "redis_memory_used_bytes",
];
const namesIn = (text: string): string[] => text.match(/\b(rollcall|redis|nodejs|process)_\w+/g) ?? [];
const source = readFileSync(join(PROJECT, "src/system/metrics.ts"), "utf8");
const port = readFileSync(join(PROJECT, "src/ports/metrics.ts"), "utf8");

/** Names as they are asked for: a histogram is three of them. */
async function given(): Promise<Set<string>> {
  const text = await (await (await createFace()).app.request("/metrics")).text();
  return new Set(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = "", kind]) =>
      kind === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

/** The labels of each number that has some, and what Prometheus itself adds to all. */
function labelsOf(name: string): string[] {
  const base = name.replace(/_(bucket|sum|count)$/, "");
  const [, labels = ""] =
    new RegExp(`name: "${base}",(?:(?!registers)[\\s\\S])*labelNames: \\[(.*?)\\]`).exec(source) ?? [];
  return [...labels.matchAll(/"(\w+)"/g)].map(([, label = ""]) => label).concat("instance", "le");
}

describe("every expression", () => {
  test("asks for numbers that are given, and none that is given is left out", async () => {
    const names = await given();
    const asked = new Set(expressions.flatMap(namesIn));
    expect([...asked].filter((name) => !names.has(name) && !REDIS.includes(name))).toEqual([]);
    expect(asked.size).toBeGreaterThan(20);
    const bases = new Set([...asked].map((name) => name.replace(/_(bucket|sum|count)$/, "")));
    const own = [...names].filter((name) => name.startsWith("rollcall_"));
    expect(own.filter((name) => !bases.has(name.replace(/_(bucket|sum|count)$/, "")))).toEqual([]);
  });

  test("divides and chooses by labels that its numbers have", () => {
    for (const expr of expressions) {
      const known = new Set(namesIn(expr).flatMap(labelsOf));
      const used = [
        ...[...expr.matchAll(/\b(?:by|on) \(([\w, ]+)\)/g)].flatMap(([, list = ""]) => list.split(", ")),
        ...[...expr.matchAll(/[{,](\w+)[=!]/g)].map(([, label = ""]) => label),
      ];
      expect([expr, used.filter((label) => !known.has(label))]).toEqual([expr, []]);
    }
  });

  test("chooses by values that these labels can have", () => {
    const chosen = expressions.flatMap((expr) =>
      [...expr.matchAll(/\w+[=!]~?"([^"]*)"/g)].flatMap(([, value = ""]) =>
        value.startsWith("/") ? [] : value.split("|"),
      ),
    );
    expect(chosen.length).toBeGreaterThan(10);
    const isKnown = (value: string): boolean =>
      (ERROR_CODES as readonly string[]).includes(value) ||
      new RegExp(`["\`]${value}["\`]`).test(port) ||
      /^\d{3}$/.test(value);
    expect(chosen.filter((value) => !isKnown(value))).toEqual([]);
  });

  test("finds check-ins under the routes that they have", () => {
    const patterns = expressions.flatMap((expr) => /route=~"([^"]*)"/.exec(expr)?.[1] ?? []);
    expect(patterns.length).toBeGreaterThan(0);
    for (const pattern of patterns) {
      expect(
        ["/checkin/*", "/ping/*", "/v1/keys"].map((route) => new RegExp(`^${pattern}$`).test(route)),
      ).toEqual([true, true, false]);
    }
  });
});

test("each rule says in words what happened, what it means and what to look at, and whom it wakes", () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { alert, labels, annotations } of rules) {
    expect([alert, labels.severity]).toEqual([alert, expect.stringMatching(/^(page|ticket)$/)]);
    for (const words of [annotations.summary, annotations.meaning, annotations.look_at]) {
      expect([alert, words]).toEqual([alert, expect.stringMatching(/\w+ \w+ \w+/)]);
    }
  }
});

test("each panel has a place of its own and says what is seen there", () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, place) => `${x + (place % w)},${y + Math.floor(place / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  const told = panels.filter(({ type }) => type !== "row");
  expect(told.filter(({ description }) => !/\w+ \w+|All tries/.test(description ?? ""))).toEqual([]);
});
