/** What was said, to whom, and what came of every attempt. */
import type { Notification } from "../domain/notification.ts";
import type { Page, PageRequest } from "../ports/store.ts";
import type { EngineParts } from "./parts.ts";

/** Oldest first; `incidentId` null: of all. */
export function listNotifications(
  { store }: EngineParts,
  input: { project: string; incidentId: string | null; page: PageRequest },
): Promise<Page<Notification>> {
  const { project, incidentId, page } = input;
  return store.listNotifications(project, { incidentId }, page);
}
