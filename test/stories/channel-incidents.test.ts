/** DESIGN "incidents" of channels, told as stories: what alerts could not be delivered is itself an incident (S31). */
import { expect, test } from "vitest";
import { createWorld, nightly, PROJECT, type World } from "./world.ts";

const TITLE = "Channel chat does not deliver: http_500";

test("a channel that gave up is an incident of its own, told on the operators' channels", async () => {
  const world = await operatedWorld(["ops"]);
  await trouble(world, "chat", "failed");
  expect(await world.incidents()).toMatchObject([
    {
      kind: "delivery",
      subject: { type: "channel", channel: "chat" },
      status: "open",
      title: TITLE,
      phase: null,
    },
  ]);
  expect(await world.told("ops")).toEqual([`opened ${TITLE}`]);
  expect((await world.incidents())[0]?.evidence.unknown).toEqual([
    "Whether anybody has seen what this channel was to tell.",
  ]);
});

test("a channel is not told of its own trouble; the other operator channels are", async () => {
  const world = await operatedWorld(["ops", "second"]);
  await trouble(world, "ops", "failed");
  expect(await world.told("ops")).toEqual([]);
  expect(await world.told("second")).toHaveLength(1);
});

test("at most one is open a channel: two hours of failures are one incident and one notice", async () => {
  const world = await operatedWorld(["ops"]);
  for (let minute = 0; minute < 120; minute += 1) {
    await trouble(world, "chat", "failed");
    await world.pass("1m");
  }
  expect(await world.incidents()).toHaveLength(1);
  expect(await world.told("ops")).toHaveLength(1);
});

test("two channels are two incidents", async () => {
  const world = await operatedWorld(["ops"]);
  await trouble(world, "chat", "failed");
  await trouble(world, "second", "failed");
  expect((await world.incidents()).map((one) => one.status)).toEqual(["open", "open"]);
});

test("a message delivered closes it by evidence, and a good channel changes nothing", async () => {
  const world = await operatedWorld(["ops"]);
  await trouble(world, "chat", "recovered");
  expect(await world.incidents()).toEqual([]);
  await trouble(world, "chat", "failed");
  await world.pass("2h");
  await trouble(world, "chat", "recovered");
  expect(await world.incidents()).toMatchObject([{ status: "resolved", resolvedBy: "evidence" }]);
  expect(await world.told("ops")).toEqual([`opened ${TITLE}`, `resolved Resolved: ${TITLE}`]);
});

test("somebody takes it on, remarks on it and closes it by hand; the next failure opens a new one", async () => {
  const world = await operatedWorld(["ops"]);
  await trouble(world, "chat", "failed");
  const incidentId = (await world.incidents())[0]?.id ?? "";
  const act = { project: PROJECT, incidentId, by: "ann" };
  await world.engine.acknowledgeIncident({ ...act, note: null });
  expect((await world.incidents())[0]).toMatchObject({ status: "acknowledged", owner: "ann" });
  await world.engine.commentIncident({ ...act, text: "token expired" });
  await world.engine.resolveIncident({ ...act, note: "new token" });
  expect((await world.incidents())[0]).toMatchObject({ status: "resolved", resolvedBy: "person" });
  expect((await world.incidents())[0]?.timeline.map((entry) => entry.what)).toEqual([
    "opened",
    "acknowledged",
    "comment",
    "resolved",
  ]);
  await trouble(world, "chat", "failed");
  expect(await world.incidents()).toHaveLength(2);
  expect((await world.told("ops")).map((told) => told.split(" ")[0])).toEqual([
    "opened",
    "acknowledged",
    "resolved",
    "opened",
  ]);
});

test("while a receiver fails, monitors are judged and what is to be told waits in the outbox", async () => {
  const world = await operatedWorld(["ops"]);
  await world.monitor("nightly", nightly());
  await trouble(world, "chat", "failed");
  await world.until("2026-03-02T04:30:00Z");
  const waiting = (await world.notifications()).filter((one) => one.channel === "chat");
  expect(waiting.map((one) => [one.change, one.status])).toEqual([["opened", "pending"]]);
});

async function operatedWorld(operatorChannels: string[]): Promise<World> {
  const world = await createWorld("2026-03-02T00:00:00Z");
  await world.engine.patchProject({ project: PROJECT, patch: { operatorChannels } });
  return world;
}

async function trouble(world: World, channel: string, type: "failed" | "recovered"): Promise<void> {
  const detail = type === "failed" ? "The receiver answered 500." : "";
  await world.engine.reportChannelTrouble({ project: PROJECT, channel, type, code: "http_500", detail });
}
