/**
 * A queue of BullMQ that begins anew until it has begun: it asks the server once who it is, and where that failed (Redis
 * was away just then, or a server of a Cluster still being connected) it would refuse everything for ever.
 */
import { Queue, type QueueOptions } from "bullmq";

export interface OpenedQueue<Given> {
  /** Rejects while it could not begin. */
  ready(): Promise<Queue<Given>>;
  close(): Promise<void>;
}

export function openQueue<Given>(name: string, options: QueueOptions): OpenedQueue<Given> {
  const begin = (): Queue<Given> => {
    const made = new Queue<Given>(name, options);
    // What fails is told by the call that failed.
    made.on("error", () => {});
    return made;
  };
  let queue = begin();
  return {
    async ready() {
      const asked = queue;
      try {
        await asked.waitUntilReady();
      } catch (error) {
        if (queue === asked) {
          queue = begin();
          // The connection is not its own, and stays.
          asked.close().catch(() => {});
        }
        throw error;
      }
      return asked;
    },
    close: () => queue.close(),
  };
}
