/**
 * A store that says at once which channels have been given something to send, so that nobody has to look for it: once it
 * is committed, and only then. What is not told (a crash in between) is found by whoever looks.
 */
import type { Notification } from "../domain/notification.ts";
import type { ChannelRef, Store } from "../ports/store.ts";
import { distinctChannels } from "./merging.ts";

/** `wake` must not throw; what it begins is its own affair. Channels are told whether theirs is due yet or not. */
export function waking(store: Store, wake: (channels: readonly ChannelRef[]) => void): Store {
  const afterwards = async (
    outcome: Promise<"committed" | "stale">,
    notifications: readonly Notification[],
  ): Promise<"committed" | "stale"> => {
    const result = await outcome;
    if (result === "committed") wakeFor(notifications);
    return result;
  };
  const wakeFor = (notifications: readonly Notification[]): void => {
    const pending = notifications.filter(({ status }) => status === "pending");
    if (pending.length > 0) wake(distinctChannels(pending));
  };

  return {
    ...store,
    createMonitor: (change) => afterwards(store.createMonitor(change), change.notifications),
    commit: (change, onAccepted) => afterwards(store.commit(change, onAccepted), change.notifications),
    commitProject: (change) => afterwards(store.commitProject(change), change.notifications),
    async addNotification(notification) {
      await store.addNotification(notification);
      wakeFor([notification]);
    },
  };
}
