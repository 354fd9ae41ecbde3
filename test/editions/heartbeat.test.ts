/** Two Rollcalls, one of which is watched by the other: when it stands still, the other's incident opens. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FastEdition, PING_KEY, startFastEdition } from "../dev/fast-edition.ts";
import { until } from "../e2e/waiting.ts";

const SPEED = 60;
/** A machine that tests much lets the fast clock wait. */
const SLOW = { withinMs: 50_000 };

let watcher: FastEdition;
let watched: FastEdition;
beforeAll(async () => {
  watcher = await startFastEdition({ port: 0, speed: SPEED });
  // No address is closed to it: the operator named it.
  const heartbeatUrl = `${watcher.url}/checkin/${PING_KEY}/the-other?create=1&every=2m&grace=1m&signals=finish`;
  watched = await startFastEdition({ port: 0, speed: SPEED, heartbeatUrl });
});
afterAll(async () => {
  await watched.stop();
  await watcher.stop();
});

test(
  "a Rollcall that is gone is missed by the one that its heartbeat goes to",
  { timeout: 110_000 },
  async () => {
    const { monitors, incidents } = watcher.client;
    const runs = async () => (await monitors.runs("the-other")).items;
    await until("heartbeats", async () => (await runs()).length > 3, SLOW);
    expect(await monitors.get("the-other")).toMatchObject({ status: "up" });
    expect((await incidents.list({ status: "open" })).items).toEqual([]);

    await watched.stop();
    const [incident] = await until(
      "its being missed",
      async () => {
        const { items } = await incidents.list({ status: "open" });
        return items.length > 0 && items;
      },
      SLOW,
    );
    expect(incident).toMatchObject({ monitor: "the-other", kind: "missing" });
  },
);

test("an address that nobody answers at is told on /readyz, and leaves it ready", async () => {
  const { url, stop } = await startFastEdition({ port: 0, speed: 1, heartbeatUrl: "http://127.0.0.1:1/" });
  await until("the failure", async () => {
    const answer = await fetch(`${url}/readyz`);
    return answer.status === 200 && (await answer.text()) === "ready; heartbeats that failed: 1\n";
  });
  await stop();
});
