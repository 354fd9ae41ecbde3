/** Programs that are instrumented with the real OpenTelemetry SDK tell the built server of their runs. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunAnswer } from "../../src/client/answers.ts";
import {
  makeHome,
  PING_KEY,
  startChild,
  startServer,
  type Home,
  type ServerProgram,
} from "./server-program.ts";
import { until } from "./waiting.ts";

const AGENT = fileURLToPath(new URL("traced-agent.ts", import.meta.url));

let home: Home;
let server: ServerProgram;
beforeAll(async () => {
  home = makeHome();
  server = await startServer(home);
});
afterAll(async () => {
  await server.kill();
  home.remove();
});

/** The three variables that a user sets, and nothing in the program. */
function startAgent(monitor: string, how: { form: string; end: string; around?: readonly string[] }) {
  return startChild([...(how.around ?? []), process.execPath, AGENT, how.form, how.end], {
    PATH: process.env["PATH"],
    ROLLCALL_URL: server.url,
    ROLLCALL_PING_KEY: PING_KEY,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${server.url}/otlp/v1/traces`,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${PING_KEY}`,
    OTEL_RESOURCE_ATTRIBUTES: `service.name=agents,monitor.slug=${monitor}`,
  });
}
async function runsOf(monitor: string): Promise<readonly RunAnswer[]> {
  return (await server.client.monitors.runs(monitor)).items;
}

test.each(["json", "protobuf"])("an agent that exports %s is a run with steps and an end", async (form) => {
  const monitor = `exports-${form}`;
  await server.client.monitors.put(monitor, { schedule: { every: "1h" } });
  const agent = startAgent(monitor, { form, end: "end" });
  expect(await agent.ended).toMatchObject({ code: 0, stderr: "" });
  const runs = await runsOf(monitor);
  const steps = ["load", "enrich", "POST api.example.org", "score"].map((name) =>
    expect.objectContaining({ name }),
  );
  expect(runs).toMatchObject([
    {
      run_id: traceIn(agent.output().stdout),
      state: "reported",
      outcome: {
        counts: { expected: 200, processed: 200 },
        metrics: { tokens: 1_200 },
        steps: expect.arrayContaining(steps),
      },
    },
  ]);
  expect(JSON.stringify(runs)).not.toContain("the words of a customer");
});

function traceIn(stdout: string): string | undefined {
  return /did three steps in (\w+)/.exec(stdout)?.[1];
}

test.each(["json", "protobuf"])(
  "an agent that exports %s and is killed is told with its last step",
  async (form) => {
    const monitor = `dies-${form}`;
    await server.client.monitors.put(monitor, { schedule: { every: "1h" }, max_idle: "2s" });
    const agent = startAgent(monitor, { form, end: "hang" });
    await until("three steps done", () => traceIn(agent.output().stdout));
    agent.process.kill("SIGKILL");
    const incident = await until("an incident", async () => {
      const { items } = await server.client.incidents.list({ status: "open" });
      return items.find((each) => each.monitor === monitor);
    });
    expect(incident.title).toBe(`${monitor} crashed after step 3 of 7 "score"; processed 50 of 200`);
  },
);

test.each([
  ["end", "reported"],
  ["fail", "failed"],
])(
  "under the wrapper an agent that comes to its %s is one run, which the wrapper ends: %s",
  async (end, state) => {
    const monitor = `wrapped-${end}`;
    await server.client.monitors.put(monitor, { schedule: { every: "1h" } });
    const agent = startAgent(monitor, {
      form: "json",
      end,
      around: [process.execPath, home.cli, "exec", monitor, "--"],
    });
    await agent.ended;
    expect(await runsOf(monitor)).toMatchObject([{ run_id: traceIn(agent.output().stdout), state }]);
  },
);
