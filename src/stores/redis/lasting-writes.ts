/**
 * Every write but a monitor's commit, which waits by itself, is over only when it is as durable as the operator asked.
 * Signs of life and leases are left out: what is lost of them comes again within seconds, or ends early.
 */
import type { Store } from "../../ports/store.ts";
import type { Lasting } from "./durability.ts";

export function lastingWrites(store: Store, lasts: Lasting): Store {
  const lasting =
    <Given extends unknown[], Answer>(write: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      const answer = await write(...given);
      await lasts();
      return answer;
    };
  return {
    ...store,
    hasten: lasting(store.hasten),
    createProject: lasting(store.createProject),
    commitProject: lasting(store.commitProject),
    putKey: lasting(store.putKey),
    putChannel: lasting(store.putChannel),
    deleteChannel: lasting(store.deleteChannel),
    putPlan: lasting(store.putPlan),
    deletePlan: lasting(store.deletePlan),
    addRejection: lasting(store.addRejection),
    claimRejection: lasting(store.claimRejection),
    claimProof: lasting(store.claimProof),
    noteGuards: lasting(store.noteGuards),
    putVerification: lasting(store.putVerification),
    settleNotifications: lasting(store.settleNotifications),
    addNotification: lasting(store.addNotification),
    addBlindSpot: lasting(store.addBlindSpot),
    importAll: lasting(store.importAll),
  };
}
