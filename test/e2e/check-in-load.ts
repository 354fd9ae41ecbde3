/** Clients that check in side by side until the server is gone, and remember what they were promised. */
import { expect } from "vitest";
import { Agent, request } from "undici";
import type { RunAnswer } from "../../src/client/answers.ts";
import { type Client, everyItem } from "../../src/client/client.ts";
import { PING_KEY } from "./server-program.ts";
import { largePages } from "./told.ts";

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
  /** Answers that were neither a receipt nor "come again" nor the end of the connection. */
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
      const start = await answerTo(load, agent, `${path}/start?run=${runId}`);
      if (start === "gone") return;
      if (start === "come again") continue;
      promised.isStarted = true;
      promised.isFinishSent = true;
      const finish = await answerTo(load, agent, `${path}/${of.exitStatus}?run=${runId}`);
      if (finish === "gone") return;
      if (finish === "receipt") promised.exitStatus = of.exitStatus;
    }
  };
  await Promise.all(Array.from({ length: of.clients }, (_none, client) => one(client)));
  await agent.destroy();
}

async function answerTo(load: Load, agent: Agent, url: string): Promise<"receipt" | "come again" | "gone"> {
  let answer: { statusCode: number; text: string; isToComeAgain: boolean };
  try {
    const { statusCode, headers, body } = await request(url, {
      method: "POST",
      dispatcher: agent,
      body: "working\n",
    });
    const isToComeAgain = statusCode === 503 && headers["retry-after"] !== undefined;
    answer = { statusCode, text: await body.text(), isToComeAgain };
  } catch {
    // The server is gone, before or in the middle of its answer: nothing was promised.
    return "gone";
  }
  if (answer.statusCode === 200 && answer.text.startsWith("OK")) return "receipt";
  if (answer.isToComeAgain) return "come again";
  load.faults.push(`${answer.statusCode} ${answer.text.slice(0, 200)}`);
  return "gone";
}

/** Every check-in that was acknowledged is there, and nothing that nobody sent. */
export async function expectKept(client: Client, load: Load, monitors: readonly string[]): Promise<void> {
  const runs = new Map<string, RunAnswer>();
  for (const slug of monitors) {
    for await (const run of everyItem(largePages((query) => client.monitors.runs(slug, query)))) {
      if (run.run_id !== null) runs.set(run.run_id, run);
    }
  }
  const lost: string[] = [];
  for (const [runId, { monitor, isStarted, exitStatus, isFinishSent }] of load.promised) {
    const run = runs.get(runId);
    if (!isStarted) continue;
    const isFinishRight =
      exitStatus === null
        ? isFinishSent || run?.finished_at === null
        : run?.outcome?.exit_status === exitStatus &&
          run.state === (exitStatus === 0 ? "reported" : "failed");
    if (run?.monitor !== monitor || !isFinishRight) lost.push(`${runId}: ${JSON.stringify(run?.state)}`);
  }
  expect(lost).toEqual([]);
  expect([...runs.keys()].filter((runId) => !load.promised.has(runId))).toEqual([]);
}
