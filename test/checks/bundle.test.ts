/** The thread of the checks as it is published: a file of its own, which the server does not load. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import type { Job } from "../../src/checks/words.ts";

const DIST = new URL("../../dist/", import.meta.url);

test("runs without its sources and packages", async () => {
  const worker = new Worker(new URL("check-thread.mjs", DIST));
  try {
    const [ready] = await once(worker, "message");
    expect(ready).toMatchObject({ answer: null });
    const job: Job = {
      tasks: [
        { kind: "expression", source: "run.processed > 2" },
        { kind: "shape", schema: "false" },
      ],
      outcome: "{}",
      run: `{"processed": 3}`,
    };
    const answers: unknown[] = [];
    worker.on("message", ({ answer }) => answer !== null && answers.push(answer));
    worker.postMessage(job);
    while (answers.length < 2) await once(worker, "message");
    expect(answers).toMatchObject([{ status: "passed" }, { status: "failed" }]);
  } finally {
    await worker.terminate();
  }
});

test("is all that holds the language of expressions", () => {
  const holdsIt = (name: string): boolean => readFileSync(new URL(name, DIST), "utf8").includes("cel.expr");
  expect([holdsIt("check-thread.mjs"), holdsIt("server.mjs"), holdsIt("cli.mjs")]).toEqual([
    true,
    false,
    false,
  ]);
});
