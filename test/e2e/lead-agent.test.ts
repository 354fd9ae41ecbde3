/**
 * The case that Rollcall was made for, with real programs: an agent whose model refuses after 3 of 200 leads ends with
 * exit code 0, and its first such run is an incident that says so in one sentence.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { IncidentAnswer } from "../../src/client/answers.ts";
import { answering, startHttpReceiver, type HttpReceiver } from "../stubs/http-receiver.ts";
import { makeHome, PING_KEY, startChild, startServer, type Ended, type Home } from "./server-program.ts";
import type { ServerProgram } from "./server-program.ts";
import { until } from "./waiting.ts";

const AGENT = fileURLToPath(new URL("lead-agent.ts", import.meta.url));

let home: Home;
let server: ServerProgram;
let model: HttpReceiver;

beforeEach(async () => {
  home = makeHome();
  server = await startServer(home);
  await server.client.monitors.put("lead-agent", { schedule: { every: "1h" } });
});
afterEach(async () => {
  await model.close();
  await server.kill();
  home.remove();
});

/** A model that answers so often and then refuses. */
async function startModel(answers: number): Promise<void> {
  const good = answering({ status: 200, body: `{"choices": [{"message": {"content": "A lead."}}]}` });
  const refusal = answering({ status: 429, headers: { "retry-after": "20" }, body: "{}" });
  model = await startHttpReceiver((received, response) => {
    (model.received.length <= answers ? good : refusal)(received, response);
  });
}

function agent(way: string, before: readonly string[] = []): Promise<Ended> {
  return startChild([...before, process.execPath, AGENT, way], {
    PATH: process.env["PATH"],
    ROLLCALL_URL: server.url,
    ROLLCALL_PING_KEY: PING_KEY,
    ROLLCALL_SPOOL: join(home.folder, "spool"),
    MODEL_URL: model.url,
  }).ended;
}

const underExec = (): string[] => [process.execPath, home.cli, "exec", "lead-agent", "--"];

/** The one there is, of the one run there was. */
async function onlyIncident(): Promise<IncidentAnswer> {
  const found = await until("an incident", async () => {
    const [first, ...others] = (await server.client.incidents.list({ status: "open" })).items;
    expect(others).toEqual([]);
    return first;
  });
  expect((await server.client.monitors.runs("lead-agent")).items).toHaveLength(1);
  return found;
}

describe("an agent that processes 3 of 200 and ends well", () => {
  beforeEach(() => startModel(3));

  test.each([
    ["says its counts in the file that exec gives it", "file", underExec],
    ["says its counts with its finish", "finish", () => []],
  ])("is an incident on its first run: it %s", async (_what, way, before) => {
    expect(await agent(way, before())).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(model.received).toHaveLength(200);
    expect(await onlyIncident()).toMatchObject({
      monitor: "lead-agent",
      kind: "unverified",
      title: "lead-agent is not verified: processed 3 of 200 = 1.5 %: far below what was expected",
    });
  });
});

describe("an agent that tells its steps and dies on the third", () => {
  beforeEach(() => startModel(50));

  test.each([
    ["alone", () => []],
    ["under exec, as one run", underExec],
  ])("is an incident that says where, why and how far it came: %s", async (_what, before) => {
    const ended = await agent("steps", before());
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining("the model gave no answer") });
    expect(model.received).toHaveLength(51);
    expect(await onlyIncident()).toMatchObject({
      monitor: "lead-agent",
      kind: "failed",
      title: 'lead-agent failed on step 3 of 7 "enrich": api.openai.com answered 429; processed 50 of 200',
    });
  });
});
