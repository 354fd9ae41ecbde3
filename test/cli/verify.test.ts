/** `rollcall verify` as the program it is: what people see, what CI gets, and how it ends. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { shownContract } from "../../src/domain/trust/read-contract.ts";
import { answering, startHttpReceiver, type HttpReceiver } from "../stubs/http-receiver.ts";
import { problem } from "../stubs/check-in-server.ts";
import { bearer, MANUAL_SECRET, people, SECRET, startTarget } from "../trust/matrix/targets.ts";
import { cliAlone, run, type Program } from "./program.ts";

const ADMIN_KEY = "rck_admin_default_0123456789abcdefABCDEF0123456789";
const URL_VERIFIED = "https://app.example/.well-known/rollcall/probe";

let program: Program;
let server: HttpReceiver;
let folder: string;

beforeAll(async () => {
  program = cliAlone();
});
afterAll(() => program.remove());
beforeEach(async () => {
  server = await startHttpReceiver();
  folder = mkdtempSync(join(tmpdir(), "rollcall-verify-"));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const cli = (...words: string[]) => cliWith({}, ...words);
const cliWith = (environment: Record<string, string>, ...words: string[]) =>
  run(program, words, { ROLLCALL_URL: server.url, ROLLCALL_ADMIN_KEY: ADMIN_KEY, ...environment });

const passed = {
  case: "no_auth",
  result: "passed",
  expected: "refused",
  seen: "401: no_credentials",
  duration: 0.02,
};
const failed = {
  case: "replay",
  result: "failed",
  expected: "refused",
  seen: "200: let in\u001b[2J",
  duration: 0.1,
};
const GREEN = {
  url: URL_VERIFIED,
  contract: "vercel",
  at: "2026-03-02T00:00:00Z",
  colour: "green",
  stale: false,
  stale_because: [],
  cases: [passed],
  findings: [],
  notes: ["answers may be kept"],
  awaited_until: null,
};
const RED = { ...GREEN, colour: "red", cases: [passed, failed], findings: ["a replayed proof is let in"] };
const AWAITING = { ...GREEN, colour: "awaiting", awaited_until: "2026-03-03T02:00:00Z" };
const STALE = { ...GREEN, stale: true, stale_because: ["abc1234 was deployed at 2026-03-02T01:00:00Z"] };

const answer = (verification: object): void => {
  server.answer = answering({ status: 201, body: JSON.stringify(verification) });
};
const answerLast = (items: object[]): void => {
  server.answer = answering({ status: 200, body: JSON.stringify({ items, next_cursor: null }) });
};

test("green ends with 0, and asks for what was said", async () => {
  answer(GREEN);
  const words = ["--contract", "vercel", "--manual", "people", "--monitor", "nightly", "--wait", "2h"];
  const { code, stdout } = await cli("verify", URL_VERIFIED, ...words);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^CASE +RESULT +SEEN\nno_auth +passed +401: no_credentials\n\nnote: answers may be kept\nGREEN/,
  );
  expect(server.received).toHaveLength(1);
  expect(server.received[0]).toMatchObject({ method: "POST", path: "/v1/verifications" });
  expect(JSON.parse(server.received[0]?.body ?? "")).toEqual({
    url: URL_VERIFIED,
    contract: "vercel",
    manual_contract: "people",
    monitor: "nightly",
    await_scheduler: "2h",
  });
});

test("red ends with 1 and says what is wrong, in plain text", async () => {
  answer(RED);
  const { code, stdout } = await cli("verify", URL_VERIFIED, "--contract", "vercel");
  expect(code).toBe(1);
  expect(stdout).toContain("wrong: a replayed proof is let in\n");
  expect(stdout).toMatch(/\nRED: /);
  expect(stdout).not.toContain("\u001b");
});

test("what is awaited is neither: 2", async () => {
  answer(AWAITING);
  const { code, stdout } = await cli("verify", URL_VERIFIED, "--contract", "github");
  expect(code).toBe(2);
  expect(stdout).toContain("AWAITING the scheduler's own call until 2026-03-03T02:00:00Z.");
});

test("--last shows what is kept, and ends with 1 when it is stale", async () => {
  answerLast([STALE]);
  const stale = await cli("verify", URL_VERIFIED, "--last");
  expect(stale.code).toBe(1);
  expect(stale.stdout).toContain("stale: abc1234 was deployed");
  expect(server.received[0]?.path).toBe(`/v1/verifications?url=${encodeURIComponent(URL_VERIFIED)}&limit=1`);
  answerLast([GREEN]);
  expect((await cli("verify", URL_VERIFIED, "--last")).code).toBe(0);
  answerLast([]);
  expect(await cli("verify", URL_VERIFIED, "--last")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("has not been verified yet"),
  });
});

test("--junit writes test cases for CI, --json what the server said", async () => {
  answer(RED);
  const file = join(folder, "verify.xml");
  const { code, stdout } = await cli(
    "verify",
    URL_VERIFIED,
    "--contract",
    "vercel",
    "--junit",
    file,
    "--json",
  );
  expect([code, JSON.parse(stdout)]).toEqual([1, RED]);
  const xml = readFileSync(file, "utf8");
  expect(xml).toContain(`<testsuites tests="4" failures="2" skipped="0">`);
  expect(xml).toContain(`<testcase name="findings"`);
  expect(xml).toContain(`seen: 200: let in?[2J</failure>`);
  const nowhere = join(folder, "none", "verify.xml");
  const unwritten = await cli("verify", URL_VERIFIED, "--contract", "vercel", "--junit", nowhere);
  expect(unwritten).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot be written") });
});

test("what cannot be tried as asked ends with 2, and with 3 where Rollcall cannot be asked", async () => {
  expect(await cli("verify", URL_VERIFIED)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--contract"),
  });
  server.answer = problem(400, "invalid_request", "url: is not among the project's targets");
  const refused = await cli("verify", URL_VERIFIED, "--contract", "vercel");
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("not among the project's targets"),
  });
  server.answer = problem(404, "not_found", "There is no contract");
  const here = ["verify", URL_VERIFIED, "--here", "--contract", "vercell"];
  expect(await cli(...here)).toMatchObject({ code: 2, stderr: expect.stringContaining("no contract") });
  for (const [unheard, ...words] of [
    ["--wait", "--here", "--contract", "vercel", "--wait", "2h"],
    ["--contract", "--last", "--contract", "vercel"],
  ]) {
    const asked = await cli("verify", URL_VERIFIED, ...words);
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining(`${unheard} has no meaning`) });
  }
  server.answer = answering({ status: 503, body: "" });
  expect((await cli("verify", URL_VERIFIED, "--contract", "vercel")).code).toBe(3);
  expect((await cli("verify", URL_VERIFIED, "--contract", "vercel", "--here")).code).toBe(3);
});

test("--here makes the calls from this machine, with secrets of the environment", async () => {
  const secrets = { ROLLCALL_SECRET_VERCEL: SECRET, ROLLCALL_SECRET_PEOPLE: MANUAL_SECRET };
  server.answer = ({ path }, response) => {
    const { name, contract } = path.endsWith("/people") ? people : bearer();
    const kept = {
      name,
      secrets: [],
      created_at: "2026-03-02T00:00:00Z",
      changed_at: "2026-03-02T00:00:00Z",
    };
    response.end(JSON.stringify({ ...shownContract(contract), ...kept }));
  };
  const target = await startTarget([bearer(), people]);
  const words = ["verify", target.probe, "--contract", "vercel", "--manual", "people", "--here"];
  const green = await cliWith(secrets, ...words);
  expect(green).toMatchObject({ code: 0, stdout: expect.stringContaining("GREEN") });
  expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "GET /v1/contracts/vercel",
    "GET /v1/contracts/people",
  ]);
  const other = await cliWith({ ...secrets, ROLLCALL_SECRET_VERCEL: "a-secret-of-somebody-else" }, ...words);
  expect(other).toMatchObject({ code: 1, stdout: expect.stringContaining("the route has another secret") });
  expect(other.stdout).not.toContain("a-secret-of-somebody-else");
  expect(await cli(...words)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("set ROLLCALL_SECRET_VERCEL"),
  });
  await target.close();
  const gone = await cliWith(secrets, ...words);
  expect(gone).toMatchObject({ code: 1, stdout: expect.stringContaining("no answer: The connection to") });
});
