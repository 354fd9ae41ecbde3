/** An outbox with notifications in it, and what the contracts of stores do with one. */
import type { Notification } from "../../../src/domain/notification.ts";
import type { SettledNotification, Store } from "../../../src/ports/store.ts";
import { SECOND, START } from "../../makers.ts";
import { addMonitors, allPages, commitTo, type StoreTrial } from "./trial.ts";

export const LEASE_MS = 30 * SECOND;
/** As claimed at `START`. */
export const OPS = {
  project: "default",
  channel: "ops",
  incidentId: "inc_1",
  leasedUntilAt: START + LEASE_MS,
};

export async function outboxOf(fresh: StoreTrial["fresh"], ...notifications: Notification[]): Promise<Store> {
  const store = await fresh();
  await addMonitors(store, "mon_1");
  await commitTo(store, "mon_1", { notifications });
  return store;
}

export async function add(store: Store, ...notifications: Notification[]): Promise<void> {
  await commitTo(store, "mon_1", { notifications });
}

export async function claim(store: Store, nowAt: number, limit = 10) {
  const batches = await store.claimNotifications({ nowAt, leaseMs: LEASE_MS, limit });
  return batches.map((batch) => batch.notifications.map(({ id }) => id).join("+"));
}

export function settled(id: string, given: Partial<SettledNotification> = {}): SettledNotification {
  const isSent = (given.status ?? "sent") === "sent";
  return {
    id,
    status: "sent",
    attempt: { at: START + SECOND, isSent, code: isSent ? "sent" : "http_500", detail: "" },
    notBeforeAt: START,
    isDigested: false,
    ...given,
  };
}

export async function find(store: Store, id: string): Promise<Notification | undefined> {
  const all = await allPages((page) => store.listNotifications("default", { incidentId: null }, page), 100);
  return all.find((one) => one.id === id);
}
