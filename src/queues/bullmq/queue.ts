/**
 * A queue of BullMQ that begins anew until it has begun: it asks the server once who it is, and where that failed (Redis
 * was away just then, or a server of a Cluster still being connected) it would refuse everything for ever.
 */
import { Queue, type QueueOptions } from "bullmq";
import { LIMITS } from "../../domain/limits.ts";
import type { QueueSettings } from "../bullmq.ts";
import type { Client } from "./connections.ts";

export interface QueuePlace extends Pick<QueueSettings, "prefix" | "within"> {
  producer: Client;
}

export interface OpenedQueue<Given> {
  /** Rejects while it could not begin, soon. */
  ready(): Promise<Queue<Given>>;
  close(): Promise<void>;
}

export function openQueue<Given>(
  name: string,
  { within, ...options }: QueueOptions & Pick<QueueSettings, "within">,
): OpenedQueue<Given> {
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
      const begun = asked.waitUntilReady().catch((error: unknown) => {
        if (queue === asked) {
          queue = begin();
          // The connection is not its own, and stays.
          asked.close().catch(() => {});
        }
        throw error;
      });
      // It waits for the connection as long as that takes; whoever asks does not.
      await within(begun, LIMITS.queueAnswerMs);
      return asked;
    },
    close: () => queue.close(),
  };
}
