/** Check-ins and calls refused at the boundary, folded: the evidence that a job ran and was not believed. */
import { LIMITS } from "../domain/limits.ts";
import { nearestWord } from "../domain/nearest-word.ts";
import type { Rejection } from "../ports/records.ts";
import type { Page, PageRequest } from "../ports/store.ts";
import { findMonitor } from "./find-monitor.ts";
import type { EngineParts } from "./parts.ts";

/** `inbox`: those that belong to no monitor; else those of this monitor. */
export type RejectionsOf = { monitor: string } | "inbox";

export interface RejectionView {
  rejection: Rejection;
  /** The monitor whose name is nearest to an unknown one; null: none is near, or the name is known. */
  didYouMean: string | null;
}

/** Store pages looked through for one page of some: with the usual limit that is all there can be. */
const PAGES = 20;

/** Last seen first; `of` null: all. A page of some may be short although more follow. */
export async function listRejections(
  parts: EngineParts,
  input: { project: string; of: RejectionsOf | null; page: PageRequest },
): Promise<Page<RejectionView>> {
  const { project, of, page } = input;
  const isWanted = await filterOf(parts, { project, of });
  const found: Rejection[] = [];
  let { cursor } = page;
  for (let pages = 0; pages < PAGES; pages += 1) {
    const limit = page.limit - found.length;
    const next: Page<Rejection> = await parts.store.listRejections(project, { cursor, limit });
    found.push(...next.items.filter(isWanted));
    cursor = next.nextCursor;
    if (cursor === null || found.length === page.limit) break;
  }
  return { items: await withMeant(parts, { project, found }), nextCursor: cursor };
}

async function filterOf(
  parts: EngineParts,
  { project, of }: { project: string; of: RejectionsOf | null },
): Promise<(rejection: Rejection) => boolean> {
  if (of === null) return () => true;
  if (of === "inbox") return ({ monitorId }) => monitorId === null;
  const { monitor } = await findMonitor(parts, { project, slug: of.monitor });
  return ({ monitorId }) => monitorId === monitor.id;
}

async function withMeant(
  parts: EngineParts,
  { project, found }: { project: string; found: readonly Rejection[] },
): Promise<RejectionView[]> {
  const isNameless = ({ monitorId, slug }: Rejection): boolean => monitorId === null && slug !== null;
  const slugs = found.some(isNameless) ? await slugsOf(parts, project) : [];
  return found.map((rejection) => ({
    rejection,
    didYouMean: isNameless(rejection) ? nearestWord(rejection.slug ?? "", slugs) : null,
  }));
}

async function slugsOf({ store }: EngineParts, project: string): Promise<string[]> {
  const slugs: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof store.listMonitors>> = await store.listMonitors(project, {
      cursor,
      limit: LIMITS.pageItems,
    });
    slugs.push(...page.items.map(({ monitor }) => monitor.slug));
    cursor = page.nextCursor;
  } while (cursor !== null && slugs.length < LIMITS.slugsCompared);
  return slugs;
}

/** All that are kept of a project: their number is limited. */
export async function allRejections({ store }: EngineParts, project: string): Promise<Rejection[]> {
  const all: Rejection[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Rejection> = await store.listRejections(project, { cursor, limit: LIMITS.pageItems });
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && all.length < LIMITS.rejectionsPerProject);
  return all;
}
