/** What `npm run dev` promises: every status, and every kind and phase that there can be, within half a minute. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { MONITOR_STATUSES } from "../../src/domain/status.ts";
import { until } from "../e2e/waiting.ts";
import { startDevServer } from "./dev-server.ts";
import { fastClock } from "./fast-clock.ts";
import type { FastEdition } from "./fast-edition.ts";

let server: FastEdition;
const told: string[] = [];

beforeAll(async () => {
  server = await startDevServer({ port: 0, speed: 100, tell: (line) => told.push(line) });
});
afterAll(() => server.stop());

test("monitors in every status, and incidents of every kind", { timeout: 60_000 }, async () => {
  const kinds = [
    "missing",
    "missing rejected_at_boundary",
    "missing not_dispatched",
    "incomplete",
    "failed",
    "unverified",
    "overlap",
    "delivery",
    "blind",
  ];
  await until(
    "each of them",
    async () => {
      const monitors = (await server.client.monitors.list()).items;
      const incidents = (await server.client.incidents.list()).items;
      const found = incidents.map(({ kind, phase }) =>
        phase === "rejected_at_boundary" || phase === "not_dispatched" ? `${kind} ${phase}` : kind,
      );
      const missing = [
        ...MONITOR_STATUSES.filter((status) => !monitors.some((monitor) => monitor.status === status)),
        ...kinds.filter((kind) => !found.includes(kind)),
      ];
      if (missing.length > 0) throw new Error(`not yet: ${missing.join(", ")}`);
      return true;
    },
    { withinMs: 45_000 },
  );
  expect(told.filter((line) => /sample failed/.test(line))).toEqual([]);
  expect(told.some((line) => /team +opened: missing: expected/.test(line))).toBe(true);
  expect(told.some((line) => /operators +opened: /.test(line))).toBe(true);
});

test("the only blind spot is the one that was meant: a slow moment makes the clock wait", () => {
  const wall = { at: 1_000_000 };
  const clock = fastClock({ now: () => wall.at }, 60);
  wall.at += 10;
  expect(clock.now()).toBe(1_000_600);
  wall.at += 60_000;
  expect(clock.now()).toBe(1_004_000);
  clock.step();
  expect(clock.now()).toBe(1_004_000);
  wall.at += 10;
  expect(clock.now()).toBe(1_004_600);
  clock.jump(50_000);
  expect(clock.now()).toBe(1_054_600);
});
