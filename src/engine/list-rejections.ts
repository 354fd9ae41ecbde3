/** Check-ins refused at the boundary, folded: the evidence that a job ran and was not believed. */
import { LIMITS } from "../domain/limits.ts";
import type { Rejection } from "../ports/records.ts";
import type { Page, PageRequest } from "../ports/store.ts";
import type { EngineParts } from "./parts.ts";

/** Last seen first. */
export function listRejections(
  { store }: EngineParts,
  input: { project: string; page: PageRequest },
): Promise<Page<Rejection>> {
  return store.listRejections(input.project, input.page);
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
