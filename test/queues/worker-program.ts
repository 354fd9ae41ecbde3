/**
 * A worker as a process of its own, for tests that kill it: it takes every job, writes what it took as a line, and
 * never ends any.
 */
import { Redis } from "ioredis";
import { openQueues } from "../../src/queues/bullmq.ts";
import { after, within } from "../../src/system/timers.ts";

const [url = "", prefix = ""] = process.argv.slice(2);
const never = (what: string): Promise<void> => {
  process.stdout.write(`${what}\n`);
  return new Promise(() => {});
};
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const queues = openQueues({ client: new Redis(url), prefix, log: silent, after, within });
await queues.takePart({
  partitions: async () => ["default/0"],
  tick: () => never("tick"),
  drain: ({ channel }) => never(`drain ${channel}`),
  chores: [],
});
process.stdout.write("takes part\n");
