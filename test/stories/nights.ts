/** Nights told as tables: when a job started, and what its ledger says in the morning. */
import { expect } from "vitest";
import type { MonitorInput } from "../../src/domain/monitor-input.ts";
import { expectWholeLedger } from "./ledger-check.ts";
import { createWorld, type World } from "./world.ts";

export interface Night {
  what: string;
  cron: string;
  timezone: string;
  scheduler?: string;
  from: string;
  to: string;
  /** When the job starts, and runs well for ten seconds. */
  starts: string[];
  ledger: string[];
  /** Titles are told elsewhere: whether each incident is still open at the end. */
  incidents?: ("open" | "resolved")[];
  more?: Partial<MonitorInput>;
}

export async function live(night: Night): Promise<World> {
  const world = await createWorld(night.from);
  const { cron, timezone, scheduler } = night;
  const schedule = { cron, timezone, ...(scheduler === undefined ? {} : { scheduler }) };
  await world.monitor("job", { schedule, graceMs: 600_000, ...night.more });
  for (const start of night.starts) {
    await world.until(start);
    await world.run("job");
  }
  await world.until(night.to);
  return world;
}

export async function checkNight(night: Night): Promise<void> {
  const world = await live(night);
  expect(await world.ledger("job")).toEqual(night.ledger);
  const statuses = (await world.incidents()).map(({ status }) => status);
  expect(statuses).toEqual(night.incidents ?? []);
  await expectWholeLedger(world, "job");
}
