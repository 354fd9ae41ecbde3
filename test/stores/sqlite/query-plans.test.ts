/** How SQLite means to carry each statement out: none of a check-in's may look at more the longer the history is. */
import { DatabaseSync } from "node:sqlite";
import { beforeAll, expect, test } from "vitest";
import type { Connection } from "../../../src/stores/sqlite/connection.ts";
import { guardSection } from "../../../src/stores/sqlite/guards.ts";
import { ledgerSection } from "../../../src/stores/sqlite/ledger.ts";
import { migrate } from "../../../src/stores/sqlite/migrations.ts";
import { keptSnapshots } from "../../../src/stores/sqlite/snapshots.ts";
import { type Statements, statementsOf } from "../../../src/stores/sqlite/statements.ts";
import { verificationSection } from "../../../src/stores/sqlite/verifications.ts";
import { allWrites } from "../../../src/stores/sqlite/writes.ts";

let database: DatabaseSync;

beforeAll(() => {
  database = new DatabaseSync(":memory:");
  migrate(database);
});

/** The steps of each statement that is prepared meanwhile. */
function plansOf(prepareAll: (statements: Statements) => unknown): { sql: string; steps: string[] }[] {
  const known = statementsOf(database);
  const texts = new Set<string>();
  const prepare: Statements["prepare"] = (sql) => {
    texts.add(sql);
    return known.prepare(sql);
  };
  prepareAll({ prepare });
  return [...texts]
    .filter((sql) => /^\s*(SELECT|INSERT|UPDATE|DELETE)/.test(sql))
    .map((sql) => ({ sql: sql.replace(/\s+/g, " ").trim(), steps: stepsOf(sql) }));
}

function stepsOf(sql: string): string[] {
  return database
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => String(detail));
}

/** Looked through whole: lists in an expression, and what people or a limit keep small however long Rollcall runs. */
const MAY_BE_SCANNED = /^SCAN (held|json_each|rejections|guarded_routes|plans|CONSTANT ROW|\d+ CONSTANT)/;

/** Statements that look at more than they need, or have to sort what they found. */
function faultsOf(plans: { sql: string; steps: string[] }[]): { sql: string; step: string }[] {
  return plans.flatMap(({ sql, steps }) =>
    steps
      .filter(
        (step) => (step.startsWith("SCAN") && !MAY_BE_SCANNED.test(step)) || step.includes("TEMP B-TREE"),
      )
      .map((step) => ({ sql, step })),
  );
}

test("what loads a monitor finds its rows by an index, in their order", () => {
  const plans = plansOf(keptSnapshots);
  expect(plans).toHaveLength(6);
  expect(faultsOf(plans)).toEqual([]);
});

test("so does everything that is written, retention included", () => {
  const plans = plansOf(allWrites);
  expect(plans.length).toBeGreaterThan(60);
  expect(faultsOf(plans)).toEqual([]);
});

test("so do the pages of the ledger", () => {
  const plans = plansOf((statements) => ledgerSection(statements as Connection));
  expect(plans).toHaveLength(7);
  expect(faultsOf(plans)).toEqual([]);
});

test("so do the lists of verifications and guarded routes", () => {
  const plans = plansOf((statements) => [
    verificationSection(statements as Connection),
    guardSection(statements as Connection),
  ]);
  expect(plans).toHaveLength(4);
  expect(faultsOf(plans)).toEqual([]);
});

test("a statement that looks through a history table would be told", () => {
  const plans = plansOf(({ prepare }) => prepare("SELECT doc FROM runs WHERE doc LIKE ? ORDER BY run_id"));
  expect(faultsOf(plans).map(({ step }) => step)).toEqual(["SCAN runs", "USE TEMP B-TREE FOR ORDER BY"]);
});
