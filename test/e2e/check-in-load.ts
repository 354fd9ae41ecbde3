/** Clients that check in side by side until the server is gone, and remember what they were promised. */
import { Agent, request } from "undici";
import { PING_KEY } from "./server-program.ts";

export interface Promised {
  monitor: string;
  /** The start was acknowledged: the whole answer was read and its status was 2xx. */
  isStarted: boolean;
  /** The exit status of a finish that was acknowledged. */
  exitStatus: number | null;
  /** A finish was sent; whether it arrived is known only where it was acknowledged. */
  isFinishSent: boolean;
}

export interface Load {
  /** By run id. */
  promised: Map<string, Promised>;
  /** Answers that were neither a receipt nor the end of the connection. */
  faults: string[];
}

/** Resolves when every client has lost its server. `exitStatus`: what the runs of this load end with. */
export async function checkInUntilGone(
  load: Load,
  of: { url: string; clients: number; monitors: readonly string[]; exitStatus: number; name: string },
): Promise<void> {
  const agent = new Agent({ connections: of.clients, pipelining: 1 });
  const one = async (client: number): Promise<void> => {
    for (let count = 0; ; count += 1) {
      const runId = `${of.name}-${client}-${count}`;
      const monitor = of.monitors[(client + count) % of.monitors.length]!;
      const promised: Promised = { monitor, isStarted: false, exitStatus: null, isFinishSent: false };
      load.promised.set(runId, promised);
      const path = `${of.url}/checkin/${PING_KEY}/${monitor}`;
      if (!(await isAcknowledged(load, agent, `${path}/start?run=${runId}`))) return;
      promised.isStarted = true;
      promised.isFinishSent = true;
      if (!(await isAcknowledged(load, agent, `${path}/${of.exitStatus}?run=${runId}`))) return;
      promised.exitStatus = of.exitStatus;
    }
  };
  await Promise.all(Array.from({ length: of.clients }, (_none, client) => one(client)));
  await agent.destroy();
}

/** False when there was no whole answer, or another one than a receipt. */
async function isAcknowledged(load: Load, agent: Agent, url: string): Promise<boolean> {
  let answer: { statusCode: number; text: string };
  try {
    const { statusCode, body } = await request(url, { method: "POST", dispatcher: agent, body: "working\n" });
    answer = { statusCode, text: await body.text() };
  } catch {
    // The server is gone, before or in the middle of its answer: nothing was promised.
    return false;
  }
  if (answer.statusCode === 200 && answer.text.startsWith("OK")) return true;
  load.faults.push(`${answer.statusCode} ${answer.text.slice(0, 200)}`);
  return false;
}
