/** A Redis that came back without what it had: nothing goes on there as if all were well. */
import { describe, expect, test } from "vitest";
import { project, START } from "../../../makers.ts";
import { requirement } from "../../../requirements.ts";
import { redisTrial } from "../redis-trial.ts";

const redis = requirement("redis");
const EMPTIED = { code: "unavailable", message: expect.stringContaining("Redis was emptied") };

// Skipped where there is no redis-server, which `requirement` has told by then.
describe.skipIf(redis === null)("a Redis that was emptied", () => {
  const trial = redisTrial(redis?.path ?? "");
  const emptied = (): Promise<unknown> => trial.raw().flushall();

  test("is seen by who gives a sign of life, which nobody then finds there", async () => {
    const store = await trial.open();
    await store.signOfLife(START);
    await emptied();
    await expect(store.signOfLife(START + 1)).rejects.toMatchObject(EMPTIED);
    expect(await trial.raw().keys("*")).toEqual([]);
  });

  test("is seen by who looks for the signs of others, and by a probe", async () => {
    const [worker, probed] = [await trial.open(), await trial.open()];
    await emptied();
    await expect(worker.lastSignOfLifeAt()).rejects.toMatchObject(EMPTIED);
    await expect(probed.ping()).rejects.toMatchObject(EMPTIED);
  });

  test("takes nothing more and answers nothing, until it has again what it had", async () => {
    const store = await trial.open();
    await store.createProject(project());
    const kept = await trial.raw().get(`${trial.prefix()}:{/0}:instance`);
    await emptied();
    await expect(store.ping()).rejects.toMatchObject(EMPTIED);
    await expect(store.listProjects()).rejects.toMatchObject(EMPTIED);
    await expect(store.createProject(project())).rejects.toMatchObject(EMPTIED);
    await trial.raw().set(`${trial.prefix()}:{/0}:instance`, kept ?? "");
    await store.ping();
    expect(await store.createProject(project())).toBe(true);
  });

  test("and that another process has begun anew is none of those that were there before", async () => {
    const before = await trial.open();
    await emptied();
    const anew = await trial.open();
    await anew.signOfLife(START);
    await expect(before.signOfLife(START + 1)).rejects.toMatchObject(EMPTIED);
    expect(await anew.lastSignOfLifeAt()).toBe(START);
  });
});
