/** The way from what a client of Healthchecks names to the monitors it means. */
import { RollcallError } from "../../domain/errors.ts";
import { LIMITS } from "../../domain/limits.ts";
import { isUuid } from "../../domain/monitor-settings.ts";
import type { MonitorView } from "../../engine/view-monitor.ts";
import type { HttpParts } from "../parts.ts";
import type { Asked } from "./call.ts";

const UNIQUE_KEY = /^[0-9a-f]{64}$/;

/** By the UUID of its ping URL, or by the `unique_key` that read keys see. */
export function findCheck({ parts, project, path }: Asked): Promise<MonitorView> {
  const id = path("id").toLowerCase();
  if (UNIQUE_KEY.test(id)) return parts.engine.viewMonitorByPing({ project, pingHash: id });
  if (isUuid(id)) return parts.engine.viewMonitorByPing({ project, pingHash: parts.vault.hash(id) });
  throw new RollcallError("not_found", "A check is named by the UUID of its ping URL, or by its unique_key.");
}

/** All monitors of the project, by slug: these clients know no pages. */
export async function allChecks({ engine }: HttpParts, project: string): Promise<MonitorView[]> {
  const views: MonitorView[] = [];
  let cursor: string | null = null;
  do {
    const page = await engine.listMonitors({ project, page: { cursor, limit: LIMITS.pageItems } });
    views.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return views;
}
