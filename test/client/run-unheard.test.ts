/** `run` and a Rollcall that hangs, is down or is none at all, and jobs that hand in nonsense: the job never notices. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Run, RunOptions } from "../../src/client/run.ts";
import { answering, hanging, type Answer } from "../stubs/http-receiver.ts";
import { RECEIPT, watchRuns, type WatchedRun } from "./watched-run.ts";

let watched: WatchedRun;
beforeEach(async () => {
  watched = await watchRuns();
});
afterEach(() => watched.server.close());

describe("a Rollcall that is away", () => {
  const job = (each: Run): string => {
    each.count("processed", 3);
    return "made";
  };
  const timed = async (more: Partial<RunOptions>): Promise<number> => {
    const startedAt = performance.now();
    expect(await watched.run("lead-agent", job, { ...watched.options, ...more })).toBe("made");
    return performance.now() - startedAt;
  };

  test("hangs: the job begins at once and waits for its end to be told no longer than stated", async () => {
    watched.server.answer = hanging;
    const startedAt = performance.now();
    let begunMs = Infinity;
    await watched.run("lead-agent", () => (begunMs = performance.now() - startedAt), {
      ...watched.options,
      timeoutMs: 300,
    });
    expect(begunMs).toBeLessThan(200);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(290);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await expect.poll(() => watched.troubles).toHaveLength(1);
  });

  test("with a fetch that hears no signal: the same", async () => {
    const deaf: typeof fetch = () => new Promise(() => undefined);
    expect(await timed({ timeoutMs: 100, fetch: deaf })).toBeLessThan(2_000);
  });

  test("is restarted: the end is tried again while there is time", async () => {
    watched.server.answer = answering({ status: 503, body: "{}" });
    const running = timed({});
    await watched.received(2);
    watched.server.answer = RECEIPT;
    expect(await running).toBeLessThan(5_000);
    expect(watched.kinds().slice(-2)).toEqual(["start", "success"]);
    expect(watched.end().body).toEqual({ counts: { processed: 3 } });
  });

  test("asks to be left alone for longer than there is time: the job does not wait for nothing", async () => {
    watched.server.answer = answering({ status: 503, headers: { "retry-after": "30" }, body: "{}" });
    expect(await timed({})).toBeLessThan(2_000);
  });

  test.each<[string, Partial<RunOptions>]>([
    ["a closed port", { url: "http://127.0.0.1:2", timeoutMs: 300 }],
    ["a text that is no address", { url: "nonsense" }],
    ["no address", { url: undefined }],
    ["no key", { key: undefined }],
    ["a key that is none", { key: "two\nlines" }],
  ])("%s does not reach the job, and is said once", async (_what, more) => {
    expect(await timed(more)).toBeLessThan(2_000);
    expect(watched.troubles).toHaveLength(1);
    expect(watched.troubles[0]).not.toContain("two");
  });

  test.each<[string, Answer]>([
    ["garbage", answering({ status: 200, body: "<h1>Please log in</h1>" })],
    ["nothing, and closes", (_received, response) => void response.destroy()],
    [
      "half an answer",
      (_received, response) => void response.writeHead(200, { "content-length": "9" }).end("{"),
    ],
  ])("answers %s", async (_what, answer) => {
    watched.server.answer = answer;
    expect(await timed({ timeoutMs: 300 })).toBeLessThan(2_000);
    expect(watched.troubles.length).toBeGreaterThan(0);
  });

  test("and whoever is told of it throws: the job goes on", async () => {
    const onTrouble = (): void => {
      throw new Error("a listener's fault");
    };
    expect(await timed({ url: "nonsense", onTrouble })).toBeLessThan(2_000);
  });

  test("without options the job runs, and a line says what is missing", async () => {
    const withoutOptions = watched.run as unknown as (
      monitor: string,
      job: (each: Run) => string,
    ) => Promise<string>;
    expect(await withoutOptions("lead-agent", job)).toBe("made");
    expect(watched.troubles[0]).toMatch(/^rollcall: lead-agent: /);
  });
});

test("nothing that a job without types hands in throws, or spoils the rest", async () => {
  const strange = [undefined, null, NaN, 3n, Symbol("s"), {}, [], () => 1, "\ud800", Object.create(null)];
  await watched.run(
    "lead-agent",
    async (each) => {
      for (const value of strange as never[]) {
        each.plan(value);
        each.plan([value] as never);
        each.expect(value);
        each.count(value, value);
        each.metric(value, value);
        each.metric("rows", value);
        each.evidence(value);
        each.evidence({ name: value, size: value });
        each.environment(value);
        each.log(value);
        each.message(value);
        await each.step(value, (step) => {
          step.tokens(value);
          step.cost(value);
          step.count("processed", value);
        });
      }
      each.count("processed", 3);
    },
    watched.options,
  );
  expect(watched.end()).toMatchObject({ kind: "success", body: { counts: { processed: 3 } } });
  expect(watched.troubles).toEqual([]);
});
