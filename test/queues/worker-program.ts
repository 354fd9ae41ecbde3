/**
 * A worker as a process of its own, for tests that kill or suspend it: it asks for ticks once, takes
 * every job, writes what it took as a line, and ends none before it is told to by a line of its input.
 */
import { once } from "node:events";
import { Redis } from "ioredis";
import { openQueues } from "../../src/queues/bullmq.ts";
import { after, within } from "../../src/system/timers.ts";

const [url = "", prefix = ""] = process.argv.slice(2);
const toldToGoOn = once(process.stdin, "data");
const held = async (what: string): Promise<void> => {
  process.stdout.write(`${what}\n`);
  await toldToGoOn;
  process.stdout.write(`${what} ends\n`);
};
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const queues = openQueues({ client: new Redis(url), prefix, log: silent, after, within });
const part = await queues.takePart({
  partitions: async () => ["default/0"],
  tick: () => held("tick"),
  drain: ({ channel }) => held(`drain ${channel}`),
  chores: [{ name: "sweep", everyMs: 1_000, turn: () => held("sweep") }],
});
process.stdout.write("takes part\n");
await part.ask();
