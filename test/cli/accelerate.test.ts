/** `rollcall accelerate`, run as the program: what it asks for, what it says, and what it refuses. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { answering, startHttpReceiver } from "../stubs/http-receiver.ts";
import type { Answer, HttpReceiver } from "../stubs/http-receiver.ts";
import { cliAlone, run } from "./program.ts";
import type { Program } from "./program.ts";

const ADMIN_KEY = "rck_admin_default_0123456789abcdefABCDEF0123456789";

let program: Program;
let server: HttpReceiver;

beforeAll(async () => {
  program = cliAlone();
});
afterAll(() => program.remove());
beforeEach(async () => {
  server = await startHttpReceiver();
});
afterEach(() => server.close());

const accelerate = (...words: string[]) =>
  run(program, ["accelerate", "nightly", ...words], {
    ROLLCALL_URL: server.url,
    ROLLCALL_ADMIN_KEY: ADMIN_KEY,
  });
const json = (value: unknown): Answer => answering({ status: 200, body: JSON.stringify(value) });

const answer = {
  slug: "nightly",
  warnings: ["this schedule is not faster"],
  acceleration: { timeline: [{ text: "Accelerated: expected every minute" }], advice: "Have it run." },
};

test("sends the faster schedule, and says what Rollcall did and what a person has to do", async () => {
  server.answer = json(answer);
  expect(await accelerate("--every", "1m", "--for", "30m")).toMatchObject({
    code: 0,
    stdout: "nightly: Accelerated: expected every minute.\nHave it run.\n",
    stderr: "rollcall: this schedule is not faster\n",
  });
  const [sent] = server.received;
  expect(sent).toMatchObject({ method: "POST", path: "/v1/monitors/nightly/accelerate" });
  expect(JSON.parse(sent?.body ?? "")).toEqual({ schedule: { every: "1m" }, expires_in: "30m" });
});

test("takes several cron expressions, and takes it back", async () => {
  server.answer = json({ slug: "nightly", acceleration: null });
  await accelerate("--cron", "* 9 * * *", "*/2 10 * * *");
  expect(await accelerate("--revert")).toMatchObject({
    stdout: "nightly is not accelerated.\n",
  });
  expect(JSON.parse(server.received[0]?.body ?? "")).toEqual({
    schedule: { cron: ["* 9 * * *", "*/2 10 * * *"] },
  });
  expect(server.received[1]).toMatchObject({ method: "DELETE", path: "/v1/monitors/nightly/accelerate" });
});

test.each([[[]], [["--every", "1m", "--cron", "* * * * *"]], [["--revert", "--for", "1h"]]])(
  "%j is bad usage, and nothing is sent",
  async (words) => {
    expect((await accelerate(...words)).code).toBe(2);
    expect(server.received).toEqual([]);
  },
);
