/** What the stories of accelerated monitors do and look at. */
import type { Acceleration } from "../../src/domain/acceleration.ts";
import { parseDuration } from "../../src/domain/duration.ts";
import type { ScheduleInput } from "../../src/domain/schedule/schedule.ts";
import { iso, PROJECT, type World } from "./world.ts";

export const SLUG = "job";
export const EVERY_MINUTE: ScheduleInput = { cron: "* * * * *" };

export async function accelerate(
  world: World,
  schedule = EVERY_MINUTE,
  expiresIn = "30m",
): Promise<readonly string[]> {
  const expiresInMs = parseDuration(expiresIn);
  const asked = { project: PROJECT, slug: SLUG, schedule, expiresInMs, by: "ann" };
  return (await world.engine.accelerateMonitor(asked)).warnings;
}

export async function takeBack(world: World): Promise<void> {
  await world.engine.decelerateMonitor({ project: PROJECT, slug: SLUG, by: "ann" });
}

export async function accelerationOf(world: World): Promise<Acceleration> {
  const view = await world.engine.viewMonitor({ project: PROJECT, slug: SLUG });
  if (view.acceleration === null) throw new Error("never accelerated");
  return view.acceleration.acceleration;
}

export async function nextExpected(world: World): Promise<string | null> {
  const { next } = await world.engine.viewMonitor({ project: PROJECT, slug: SLUG });
  return next === null ? null : iso(next.expectedAt);
}

export async function story(world: World): Promise<string[]> {
  return (await accelerationOf(world)).timeline.map((entry) => `${iso(entry.at)} ${entry.text}`);
}
