/**
 * Every write but a monitor's commit, which waits by itself, is over only when it is as durable as the operator asked.
 * Leases are left out, for one that is lost ends early; so is a sign of life itself, for the next comes within seconds.
 */
import type { Store } from "../../../ports/store.ts";
import type { Lasting } from "./durability.ts";

export function lastingWrites(store: Store, lasting: Lasting): Store {
  const lastingly =
    <Given extends unknown[], Answer>(write: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      const lines = lasting.lines();
      const answer = await write(...given);
      await lasting.reached(lines);
      return answer;
    };
  const ping = lastingly(store.ping);
  return {
    ...store,
    // Where nothing lasts no check-in is taken: then nobody hears, and no probe may say that all is well.
    ping,
    async signOfLife(at) {
      await ping();
      await store.signOfLife(at);
    },
    hasten: lastingly(store.hasten),
    createProject: lastingly(store.createProject),
    commitProject: lastingly(store.commitProject),
    putKey: lastingly(store.putKey),
    putChannel: lastingly(store.putChannel),
    deleteChannel: lastingly(store.deleteChannel),
    putPlan: lastingly(store.putPlan),
    deletePlan: lastingly(store.deletePlan),
    addRejection: lastingly(store.addRejection),
    claimRejection: lastingly(store.claimRejection),
    claimProof: lastingly(store.claimProof),
    noteGuards: lastingly(store.noteGuards),
    putVerification: lastingly(store.putVerification),
    settleNotifications: lastingly(store.settleNotifications),
    addNotification: lastingly(store.addNotification),
    addBlindSpot: lastingly(store.addBlindSpot),
    importAll: lastingly(store.importAll),
  };
}
