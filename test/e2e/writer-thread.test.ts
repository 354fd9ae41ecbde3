/** The thread that writes ends by itself: the program ends too, loudly, and the next start has all that was promised. */
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeHome, PING_KEY, startServer, type Home, type ServerProgram } from "./server-program.ts";

let home: Home;
let server: ServerProgram;

/** Ends the thread at a signal, as running out of memory would. */
const ENDING_IT = `
import { Worker } from "node:worker_threads";
const threads = new Set();
const { postMessage } = Worker.prototype;
Worker.prototype.postMessage = function (...given) { threads.add(this); return postMessage.apply(this, given); };
process.on("SIGUSR2", () => { for (const thread of threads) void thread.terminate(); });
`;

beforeAll(async () => {
  home = makeHome();
  const preload = join(home.folder, "ending-it.mjs");
  writeFileSync(preload, ENDING_IT);
  server = await startServer(home, {}, [process.execPath, "--import", preload, home.server, "serve"]);
});
afterAll(async () => {
  await server.kill();
  home.remove();
});

test("the program says so and ends with exit code 1; a new start has what was acknowledged", async () => {
  await server.client.monitors.put("job", { schedule: { every: "1h" } });
  const answer = await fetch(`${server.url}/checkin/${PING_KEY}/job/start?run=kept`);
  expect(answer.status).toBe(200);
  process.kill(server.pid, "SIGUSR2");
  const { code, stderr } = await server.ended;
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/writing thread has ended/) });

  server = await startServer(home);
  const { items } = await server.client.monitors.runs("job");
  expect(items.map(({ run_id }) => run_id)).toEqual(["kept"]);
});
