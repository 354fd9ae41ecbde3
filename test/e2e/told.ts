/** What a receiver was told, held against the incidents that there are. */
import { expect } from "vitest";
import type { IncidentAnswer, NotificationAnswer, Page, PageQuery } from "../../src/client/answers.ts";
import { everyItem } from "../../src/client/client.ts";
import type { ToldEvent, WebhookReceiver } from "./receivers.ts";

/** Its changes reached the receiver, each of them, in their order. */
export function expectTold(
  hooks: WebhookReceiver,
  incident: IncidentAnswer,
  notifications: readonly NotificationAnswer[],
): void {
  const told = hooks.told.filter((event) => event.incident?.id === incident.id);
  const wanted = notifications.filter((each) => each.incident === incident.id).map(({ change }) => change);
  expect(wanted).toEqual(incident.status === "resolved" ? ["opened", "resolved"] : ["opened"]);
  const news = newsOf(told);
  expect({ incident: incident.id, news }).toEqual({ incident: incident.id, news: wanted });
}

/** How many messages came that had come before, by their id. */
export function repeatedIn(hooks: WebhookReceiver): number {
  return hooks.told.length - new Set(hooks.told.map(({ id }) => id)).size;
}

/** What a receiver learns that drops every id it has seen, and every change it has already been told of. */
function newsOf(told: readonly ToldEvent[]): string[] {
  const seen = new Set<string>();
  const known = new Set<string>();
  for (const { id, changes } of told) {
    if (seen.has(id)) continue;
    seen.add(id);
    const fresh = changes.map(({ change }) => change).filter((change) => !known.has(change));
    // A message with a new id that tells nothing new is a repetition that no receiver could recognise.
    expect({ id, fresh: fresh.length > 0 }).toEqual({ id, fresh: true });
    for (const change of fresh) known.add(change);
  }
  return [...known];
}

export function largePages<Item>(list: (query: PageQuery) => Promise<Page<Item>>) {
  return (query: PageQuery): Promise<Page<Item>> => list({ ...query, limit: 200 });
}

export async function everythingIn<Item>(list: (query: PageQuery) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of everyItem(largePages(list))) items.push(item);
  return items;
}
