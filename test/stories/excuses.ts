/** What keeps runs from being expected in stories: a pause by ann, or maintenance of the monitor "nightly". */
import type { Plan } from "../../src/domain/hearing.ts";
import { at, PROJECT, type World } from "./world.ts";

export async function maintenance(world: World, plan: { from: string; until: string }): Promise<Plan> {
  return world.engine.createPlan({
    project: PROJECT,
    kind: "maintenance",
    monitors: ["nightly"],
    tags: null,
    fromAt: at(plan.from),
    untilAt: at(plan.until),
    reason: "new disk",
  });
}

export async function pause(
  world: World,
  slug: string,
  how: { until?: string; reason?: string },
): Promise<void> {
  await world.engine.pauseMonitor({
    project: PROJECT,
    slug,
    untilAt: how.until === undefined ? null : at(how.until),
    reason: how.reason ?? null,
    by: "ann",
  });
}
