/** A quiet channel that does not deliver any more, over the whole edition: found out, told, shown, and mended. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FastEdition, startFastEdition } from "../dev/fast-edition.ts";
import { until } from "../e2e/waiting.ts";
import { answering, type HttpReceiver, startHttpReceiver } from "../stubs/http-receiver.ts";

const WEEK = 7 * 86_400_000;

let edition: FastEdition;
let operators: HttpReceiver;
let quiet: HttpReceiver;

beforeAll(async () => {
  operators = await startHttpReceiver(answering({ status: 204 }));
  quiet = await startHttpReceiver(answering({ status: 410 }));
  edition = await startFastEdition({ port: 0, speed: 1 });
  const { channels } = edition.client;
  await channels.put("operators", { kind: "webhook", settings: { url: operators.url } });
  await channels.put("quiet", { kind: "webhook", settings: { url: quiet.url }, self_test_every: "7d" });
});
afterAll(async () => {
  await edition.stop();
  await Promise.all([operators.close(), quiet.close()]);
});

/** "opened Channel quiet does not deliver: http_410" */
const told = (receiver: HttpReceiver): string[] =>
  receiver.received
    .map(({ body }) => JSON.parse(body) as { data: { title: string; changes: { change: string }[] } })
    .map(({ data }) => `${data.changes.at(-1)?.change} ${data.title}`);
const get = async (path: string): Promise<string> => (await fetch(edition.url + path)).text();

test("nobody has to be alarmed to learn that an alarm would not arrive", async () => {
  edition.clock.jump(WEEK);
  await until("a try", () => quiet.received.length > 0);
  expect(told(quiet)).toEqual([expect.stringMatching(/^test Nothing is wrong\./)]);
  const title = "Channel quiet does not deliver: http_410";
  await until("the operators being told", () => told(operators).includes(`opened ${title}`));

  const { items } = await edition.client.incidents.list({ status: "open" });
  expect(items).toMatchObject([{ kind: "delivery", title }]);
  expect(await get("/readyz")).toBe("ready; channels that fail: 1\n");
  expect(await get("/metrics")).toMatch(/^rollcall_channels_failing 1$/m);

  quiet.answer = answering({ status: 204 });
  expect(await edition.client.channels.test("quiet")).toMatchObject({ sent: true });
  await until("the end being told", () => told(operators).includes(`resolved ${title}`));
  expect(await get("/readyz")).toBe("ready\n");
});
