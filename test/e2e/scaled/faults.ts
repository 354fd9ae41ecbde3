/** What faults of Redis have in common: a Rollcall at work before, what it says meanwhile, and that it comes back. */
import { expect, type TestContext } from "vitest";
import { PING_KEY } from "../server-program.ts";
import { until } from "../waiting.ts";
import { type Instance, startInstance } from "./instance.ts";
import { SILENT, startWitness, type Witness } from "./witness.ts";

/** Two seconds are promised, and asked for to the letter in `lost-redis.test.ts`; here several instances share the machine. */
const ANSWERED_WITHIN_MS = 2_000 + 1_000;

/** Jobs are heard, and what never came was told; ends with the test. */
export async function startWorld(
  { onTestFinished }: Pick<TestContext, "onTestFinished">,
  of: Parameters<typeof startInstance>[0],
): Promise<{ instance: Instance; witness: Witness }> {
  const instance = await startInstance(of);
  onTestFinished(() => instance.close());
  const witness = await startWitness(instance, () => instance.apis.map(({ url }) => url));
  for (const slug of SILENT) {
    await until(`an alarm of ${slug}`, () => instance.hooks.told.some(({ path }) => path === `/${slug}`), {
      withinMs: 60_000,
    });
  }
  return { instance, witness };
}

/** Each API says so, soon, and no process counts as ready, though all of them live. */
export async function expectToldToComeAgain({ apis, workers }: Instance): Promise<void> {
  for (const { url } of apis) {
    await until(`a check-in that ${url} puts off`, async () => {
      const askedAt = performance.now();
      const path = `${url}/checkin/${PING_KEY}/restless-0/log`;
      const answer = await fetch(path, { method: "POST", body: "still here" });
      expect(performance.now() - askedAt).toBeLessThan(ANSWERED_WITHIN_MS);
      if (answer.status !== 503) return false;
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      return true;
    });
  }
  for (const { url } of [...apis, ...workers]) {
    await until(`${url} not to be ready`, async () => (await fetch(`${url}/readyz`)).status === 503);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  }
}

/** By itself: nobody is started anew. */
export async function expectReady({ apis, workers }: Instance): Promise<void> {
  for (const { url } of [...apis, ...workers]) {
    await until(`${url} to be ready again`, async () => (await fetch(`${url}/readyz`)).status === 200, {
      withinMs: 60_000,
    });
  }
}
