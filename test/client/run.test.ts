/** `run` over real HTTP: what Rollcall is told of a job that runs, step by step, and at its end. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Run } from "../../src/client/run.ts";
import { problem } from "../stubs/check-in-server.ts";
import { answering, startHttpReceiver } from "../stubs/http-receiver.ts";
import { NOW, RECEIPT, watchRuns, type WatchedRun } from "./watched-run.ts";

let watched: WatchedRun;
beforeEach(async () => {
  watched = await watchRuns();
});
afterEach(() => watched.server.close());

describe("a job that goes well", () => {
  test("has its start and its end told, in one run whose id may be a trace's, and gives back what it made", async () => {
    const made = await watched.run("lead-agent", (each) => ({ id: each.id }), watched.options);
    expect(made.id).toMatch(/^[0-9a-f]{32}$/);
    const [start, finish] = watched.told();
    expect([start?.kind, finish?.kind]).toEqual(["start", "success"]);
    expect([start?.query["run"], finish?.query["run"]]).toEqual([made.id, made.id]);
    expect(start?.query["sent_at"]).toBe("2026-11-22T06:00:00.000Z");
    expect(finish?.query["duration"]).toBe("0");
    expect(start?.key).not.toBe(finish?.key);
    expect(watched.server.received[0]?.path).toMatch(/^\/checkin\/default\/lead-agent\/start\?/);
    expect(watched.troubles).toEqual([]);
  });

  test("has all that it did told with its end, as it goes over the wire", async () => {
    await watched.run(
      "lead-agent",
      async (each) => {
        each.plan(["fetch", "enrich"]);
        each.expect(200);
        each.environment({ version: "1.4.2" });
        await each.step("fetch", () => (watched.now += 2_000));
        await each.step(
          "enrich",
          (step) => {
            step.count("processed", 2);
            step.tokens(100);
            step.tokens(20);
            step.cost(0.5);
            each.count("processed");
            each.count("processed", 2);
          },
          { kind: "llm" },
        );
        each.metric("rows", 1);
        each.metric("rows", 2);
        each.evidence({ kind: "file", name: "leads.csv", size: 120 });
        each.log("one");
        each.log("two");
        each.message("Enriched 3 leads.");
      },
      watched.options,
    );
    expect(watched.end().body).toEqual({
      plan: ["fetch", "enrich"],
      counts: { expected: 200, processed: 3 },
      environment: { version: "1.4.2" },
      steps: [
        { id: "1", seq: 1, name: "fetch", status: "ok", started_at: NOW, ended_at: NOW + 2_000 },
        {
          id: "2",
          seq: 2,
          name: "enrich",
          kind: "llm",
          status: "ok",
          started_at: NOW + 2_000,
          ended_at: NOW + 2_000,
          counts: { processed: 2 },
          tokens: 120,
          cost: 0.5,
        },
      ],
      metrics: { rows: 2 },
      evidence: [{ kind: "file", name: "leads.csv", size: 120 }],
      log: "one\ntwo\n",
      message: "Enriched 3 leads.",
    });
  });

  test("continues a run that was begun elsewhere, whose start and length are not its own to tell", async () => {
    await watched.run("lead-agent", (each) => expect(each.id).toBe("of-exec"), {
      ...watched.options,
      runId: "of-exec",
    });
    expect(watched.kinds()).toEqual(["success"]);
    expect(watched.end().query).toMatchObject({ run: "of-exec" });
    expect(watched.end().query["duration"]).toBeUndefined();
  });
});

describe("a job that fails", () => {
  test("has that told with its error, which it throws unchanged", async () => {
    const error = new RangeError("too many leads");
    const failing = watched.run("lead-agent", () => Promise.reject(error), watched.options);
    await expect(failing).rejects.toBe(error);
    expect(watched.end()).toMatchObject({ kind: "fail", body: { message: "RangeError: too many leads" } });
  });

  test.each([undefined, null, "a text", 7, Symbol("s"), Object.create(null), { status: 1 }])(
    "throws %s as it is",
    async (thrown) => {
      const failing = watched.run("lead-agent", () => Promise.reject(thrown as Error), watched.options);
      expect(
        await failing.then(
          () => "went well",
          (error: unknown) => error,
        ),
      ).toBe(thrown);
      expect(watched.end().kind).toBe("fail");
    },
  );

  test("in a step has the step told with it, and a further try of it as one", async () => {
    const error = Object.assign(new Error("no more"), { status: 402 });
    const failing = watched.run(
      "lead-agent",
      async (each) => {
        each.plan(["fetch", "enrich"]);
        const enrich = () => each.step("enrich", () => Promise.reject(error));
        await enrich().catch(() => undefined);
        await enrich();
      },
      watched.options,
    );
    await expect(failing).rejects.toBe(error);
    const first = {
      id: "1",
      seq: 2,
      name: "enrich",
      status: "failed",
      started_at: NOW,
      ended_at: NOW,
      error: { type: "Error", message: "no more" },
      http: { status: 402 },
    };
    expect(watched.steps()).toEqual([first, { ...first, attempt: 2 }]);
  });
});

describe("steps", () => {
  test("within a step name it, and a name that went well before is another step", async () => {
    await watched.run(
      "lead-agent",
      async (each) => {
        for (const word of ["one", "two"]) {
          await each.step("lead", (step) => step.step(word, () => undefined));
        }
      },
      watched.options,
    );
    const shown = watched.steps().map(({ id, parent_id, seq, name }) => [id, parent_id, seq, name]);
    expect(shown).toEqual([
      ["1", undefined, 1, "lead"],
      ["2", "1", undefined, "one"],
      ["3", undefined, 2, "lead"],
      ["4", "3", undefined, "two"],
    ]);
  });
});

describe("run.fetch", () => {
  test("is fetch, and counts each answer once: by host and status, or with the step that it failed", async () => {
    const statuses = [200, 429, 200, 429];
    const other = await startHttpReceiver((received, response) => {
      const status = statuses.shift() ?? 500;
      answering({ status, headers: { "retry-after": "20" }, body: `${status}` })(received, response);
    });
    const { host } = new URL(other.url);
    const failing = watched.run(
      "lead-agent",
      (each) =>
        each.step("enrich", async () => {
          for (let call = 0; call < 4; call += 1) {
            const response = await each.fetch(new URL("/v1/chat", other.url), { method: "POST" });
            expect(await response.text()).toBe(`${response.status}`);
          }
          throw new Error("given up");
        }),
      watched.options,
    );
    await expect(failing).rejects.toThrow("given up");
    await other.close();
    const tally = { host, retry_after: 20, first_at: NOW, last_at: NOW };
    expect(watched.end().body["http"]).toEqual([
      { ...tally, status: 200, count: 2 },
      { ...tally, status: 429, count: 1 },
    ]);
    expect(watched.steps()).toMatchObject([
      { status: "failed", http: { method: "POST", host, status: 429, retry_after: 20 } },
    ]);
  });

  test("of a step that goes well after all blames nobody", async () => {
    watched.server.answer = RECEIPT;
    await watched.run(
      "lead-agent",
      (each) => each.step("enrich", () => each.fetch(`${watched.server.url}/api`)),
      watched.options,
    );
    expect(watched.steps()).toMatchObject([{ status: "ok" }]);
    expect(watched.steps()).not.toMatchObject([{ http: {} }]);
    expect(watched.end().body["http"]).toMatchObject([{ status: 200, count: 1 }]);
  });

  test("fails as fetch does, with the reason in the step's error", async () => {
    const failing = watched.run(
      "lead-agent",
      (each) => each.step("ask", () => each.fetch("http://127.0.0.1:2/")),
      watched.options,
    );
    await expect(failing).rejects.toThrow(TypeError);
    expect(watched.steps()).toMatchObject([
      { error: { type: "TypeError", message: expect.stringMatching(/^fetch failed: .+/) } },
    ]);
  });
});

describe("while the job runs", () => {
  /** Runs a job that is in the middle of its work when `look` is called. */
  const during = async (begin: (each: Run) => void, look: (each: Run) => Promise<void>): Promise<void> =>
    watched.run(
      "lead-agent",
      async (each) => {
        begin(each);
        await look(each);
      },
      watched.options,
    );

  test("a burst is one check-in, sent when time has passed, one at a time", async () => {
    await during(
      () => undefined,
      async (each) => {
        await watched.received(1);
        for (let lead = 0; lead < 1_000; lead += 1) {
          await each.step("lead", () => each.count("processed"));
        }
        expect(watched.server.received).toHaveLength(1);
        expect(watched.timers).toHaveLength(1);
        watched.passTime();
        await watched.received(2);
        expect(watched.told()[1]).toMatchObject({ kind: "step", body: { counts: { processed: 1_000 } } });
      },
    );
    for (const { body } of watched.server.received) expect(body.length).toBeLessThan(100_000);
  });

  test("steps are told within a second, numbers within ten", async () => {
    await during(
      (each) => each.count("processed"),
      async (each) => {
        await watched.received(2);
        expect(watched.kinds()).toEqual(["start", "progress"]);
        each.metric("rows", 1);
        await expect.poll(() => watched.timers.map(({ delayMs }) => delayMs)).toEqual([10_000]);
        await each.step("fetch", () => expect(watched.timers.map(({ delayMs }) => delayMs)).toEqual([1_000]));
      },
    );
  });

  test("what was not told is told again with the same key, and the start with its own instant", async () => {
    watched.server.answer = answering({ status: 503, body: "{}" });
    await during(
      () => undefined,
      async (each) => {
        await watched.received(1);
        await expect.poll(() => watched.timers).toHaveLength(1);
        await each.step("fetch", () => undefined);
        watched.server.answer = RECEIPT;
        watched.passTime();
        await watched.received(3);
      },
    );
    const [lost, start, step] = watched.told();
    expect([lost?.kind, start?.kind, step?.kind]).toEqual(["start", "start", "step"]);
    expect(start?.key).toBe(lost?.key);
    expect(start?.query["occurred_at"]).toBe("2026-11-22T06:00:00.000Z");
    expect(watched.troubles).toHaveLength(1);
  });

  test("a refusal is said once, and nothing more is sent until the end", async () => {
    watched.server.answer = problem(404, "not_found", "There is no monitor lead-agent.");
    await during(
      () => undefined,
      async (each) => {
        await watched.received(1);
        await expect.poll(() => watched.troubles).toEqual(["There is no monitor lead-agent."]);
        await each.step("fetch", () => undefined);
        watched.passTime();
      },
    );
    expect(watched.kinds()).toEqual(["start", "success"]);
    expect(watched.troubles).toHaveLength(1);
  });
});
