/** Contract of every store: projects with their own version, and the keys, channels and plans they own. */
import { describe, expect, test } from "vitest";
import {
  blindSpot,
  blindUnknown,
  channel,
  HOUR,
  key,
  monitorIncident,
  notification,
  plan,
  project,
  projectChange,
  START,
} from "../../makers.ts";
import { addMonitors, commitTo, FIRST_PAGE, type StoreTrial } from "./trial.ts";

export function projectContract(trial: StoreTrial): void {
  describe("keeps projects:", () => {
    keepsProjects(trial);
    commitsProjects(trial);
  });
  describe("keeps keys, channels and plans:", () => keepsBelongings(trial));
}

function keepsProjects({ fresh }: StoreTrial): void {
  test("one is made once, with nothing told and nothing due", async () => {
    const store = await fresh();
    expect(await store.loadProject("default")).toBeNull();
    expect(await store.createProject(project())).toBe(true);
    expect(await store.createProject(project({ title: "Again" }))).toBe(false);
    expect(await store.loadProject("default")).toEqual({
      project: project(),
      state: { channelIncidents: {}, blind: [], counted: { incidents: 0, notifications: 0 } },
      version: 1,
    });
    expect(await store.dueProjects(START + HOUR)).toEqual([]);
  });

  test("of many that make it at once, one has made it", async () => {
    const store = await fresh();
    const titles = Array.from({ length: 8 }, (_, index) => `${index}`);
    const made = await Promise.all(titles.map((title) => store.createProject(project({ title }))));
    expect(made.filter((isMade) => isMade)).toHaveLength(1);
    expect((await store.loadProject("default"))?.project.title).toBe(titles[made.indexOf(true)]);
  });

  test("they are listed by name", async () => {
    const store = await fresh();
    expect(await store.listProjects()).toEqual([]);
    for (const name of ["two", "one", "three"]) await store.createProject(project({ name }));
    expect((await store.listProjects()).map(({ name }) => name)).toEqual(["one", "three", "two"]);
  });

  test("those that are due are named at the exact millisecond, the longest due first", async () => {
    const store = await fresh();
    for (const [name, dueAt] of [
      ["c", START + 1],
      ["b", START],
      ["a", START],
      ["d", null],
    ] as const) {
      await store.createProject(project({ name }));
      const before = await store.loadProject(name);
      if (before !== null) await store.commitProject(projectChange(before, { dueAt }));
    }
    expect(await store.dueProjects(START - 1)).toEqual([]);
    expect(await store.dueProjects(START)).toEqual(["a", "b"]);
    expect(await store.dueProjects(START + 1)).toEqual(["a", "b", "c"]);
  });
}

function commitsProjects({ fresh }: StoreTrial): void {
  const opened = monitorIncident({
    id: "inc_blind",
    subject: { type: "service" },
    kind: "blind",
    phase: null,
  });

  test("a commit writes project, state, incidents and notifications together, and reports unknowns", async () => {
    const store = await fresh();
    await addMonitors(store, "mon_1", "mon_2");
    await store.addBlindSpot(blindSpot({ id: "blind_1" }));
    for (const monitorId of ["mon_1", "mon_2"]) {
      await commitTo(store, monitorId, { unknowns: [blindUnknown({ monitorId })] });
    }
    await store.createProject(project());
    const before = await store.loadProject("default");
    if (before === null) throw new Error("the project was just made");
    const after = projectChange(before, {
      project: project({ title: "Renamed" }),
      state: { ...before.state, counted: { incidents: 1, notifications: 1 } },
      incidents: [opened],
      notifications: [notification({ id: "ntf_1", incidentId: "inc_blind", monitorId: null })],
      reported: [{ blindSpotId: "blind_1", monitorIds: ["mon_1", "nobody"] }],
      dueAt: START,
    });
    expect(await store.commitProject(after)).toBe("committed");
    expect(await store.loadProject("default")).toEqual({
      project: after.project,
      state: after.state,
      version: 2,
    });
    expect(await store.getIncident("inc_blind")).toEqual(opened);
    expect(
      (await store.listNotifications("default", { incidentId: "inc_blind" }, FIRST_PAGE)).items,
    ).toHaveLength(1);
    const wanted = { blindSpotId: "blind_1", project: "default" };
    const unreported = await store.blindUnknowns({ ...wanted, onlyUnreported: true });
    expect(unreported.map(({ monitorId }) => monitorId)).toEqual(["mon_2"]);
    expect(await store.blindUnknowns({ ...wanted, onlyUnreported: false })).toHaveLength(2);
  });

  test("of two committers one wins; a stale or unknown one writes nothing; a poisoned one throws", async () => {
    const store = await fresh();
    await store.createProject(project());
    const before = await store.loadProject("default");
    if (before === null) throw new Error("the project was just made");
    const changes = ["ntf_1", "ntf_2"].map((id) =>
      projectChange(before, { notifications: [notification({ id })] }),
    );
    const outcomes = await Promise.all(changes.map((one) => store.commitProject(one)));
    expect(outcomes.toSorted()).toEqual(["committed", "stale"]);
    const unknown = projectChange({ ...before, project: project({ name: "nobody" }) });
    expect(await store.commitProject(unknown)).toBe("stale");
    const written = outcomes[0] === "committed" ? "ntf_1" : "ntf_2";
    const poisoned = projectChange(before, {
      baseVersion: 2,
      incidents: [opened],
      notifications: [notification({ id: written })],
    });
    await expect(store.commitProject(poisoned)).rejects.toThrow(/^Assertion failed/);
    expect(await store.loadProject("default")).toMatchObject({ version: 2 });
    expect(await store.getIncident("inc_blind")).toBeNull();
    const { items } = await store.listNotifications("default", { incidentId: null }, FIRST_PAGE);
    expect(items.map(({ id }) => id)).toEqual([written]);
  });
}

function keepsBelongings({ fresh }: StoreTrial): void {
  test("a key is replaced by id, and listed by age", async () => {
    const store = await fresh();
    await store.putKey(key({ id: "k_2", createdAt: START + 1 }));
    await store.putKey(key({ id: "k_3", createdAt: START }));
    await store.putKey(key({ id: "k_1", createdAt: START }));
    await store.putKey(key({ id: "k_x", project: "other" }));
    const revoked = key({ id: "k_3", monitors: ["backup"], revokedAt: START + HOUR, replacedBy: "k_2" });
    await store.putKey(revoked);
    expect(await store.getKey("k_3")).toEqual(revoked);
    expect(await store.getKey("k_9")).toBeNull();
    expect((await store.listKeys("default")).map(({ id }) => id)).toEqual(["k_1", "k_3", "k_2"]);
  });

  test("a key that was revoked stays so, whatever is written by whoever had read it before", async () => {
    const store = await fresh();
    await store.putKey(key({ id: "k_1", revokedAt: START + HOUR }));
    await store.putKey(key({ id: "k_1", replacedBy: "k_2" }));
    const kept = key({ id: "k_1", revokedAt: START + HOUR, replacedBy: "k_2" });
    expect(await store.getKey("k_1")).toEqual(kept);
    expect(await store.listKeys("default")).toEqual([kept]);
  });

  test("a channel is replaced by name within its project, and listed by name", async () => {
    const store = await fresh();
    await store.putChannel(channel({ name: "ops" }));
    await store.putChannel(channel({ name: "dev" }));
    await store.putChannel(channel({ project: "other" }));
    const edited = channel({ settings: { url: "https://example.org/new" }, updatedAt: START + HOUR });
    await store.putChannel(edited);
    expect(await store.getChannel("default", "ops")).toEqual(edited);
    expect(await store.getChannel("default", "none")).toBeNull();
    expect((await store.listChannels("default")).map(({ name }) => name)).toEqual(["dev", "ops"]);
  });

  test("with a channel go its pending notifications and its threads, and nothing of another channel", async () => {
    const store = await fresh();
    for (const name of ["ops", "dev"]) await store.putChannel(channel({ name }));
    await addMonitors(store, "mon_1");
    const batch = { project: "default", channel: "ops", incidentId: "inc_1", leasedUntilAt: START + 1 };
    await commitTo(store, "mon_1", {
      notifications: [notification({ id: "ntf_1" }), notification({ id: "ntf_2", channel: "dev" })],
    });
    await store.claimNotifications({ nowAt: START, leaseMs: 1, limit: 1 });
    const sent = { at: START, isSent: true, code: "sent", detail: "" };
    const settled = {
      id: "ntf_1",
      status: "sent",
      attempt: sent,
      notBeforeAt: START,
      isDigested: false,
    } as const;
    await store.settleNotifications(batch, [settled], "thread-1");
    await commitTo(store, "mon_1", { notifications: [notification({ id: "ntf_3" })] });

    expect(await store.deleteChannel("default", "ops")).toBe(true);
    expect(await store.deleteChannel("default", "ops")).toBe(false);
    expect(await store.getChannel("default", "ops")).toBeNull();
    const { items } = await store.listNotifications("default", { incidentId: null }, FIRST_PAGE);
    expect(items.map(({ id, status }) => [id, status])).toEqual([
      ["ntf_1", "sent"],
      ["ntf_2", "pending"],
      ["ntf_3", "dropped"],
    ]);

    await store.putChannel(channel({ name: "ops" }));
    await commitTo(store, "mon_1", { notifications: [notification({ id: "ntf_4" })] });
    const claimed = await store.claimNotifications({ nowAt: START, leaseMs: 1, limit: 10 });
    const fresher = claimed.find((one) => one.channel === "ops");
    expect(fresher).toMatchObject({ thread: null, hasSent: false, notifications: [{ id: "ntf_4" }] });
  });

  test("plans are listed from the one that begins first, without those that have ended", async () => {
    const store = await fresh();
    await store.putPlan(plan({ id: "plan_2", fromAt: START + 1, untilAt: START + 5 }));
    await store.putPlan(plan({ id: "plan_1", fromAt: START, untilAt: START + 4 }));
    await store.putPlan(plan({ id: "plan_x", project: "other" }));
    const ids = async (endAfterAt: number) =>
      (await store.listPlans("default", endAfterAt)).map(({ id }) => id);
    expect(await ids(START)).toEqual(["plan_1", "plan_2"]);
    expect(await ids(START + 4)).toEqual(["plan_2"]);
    await store.putPlan(plan({ id: "plan_2", fromAt: START - 1, untilAt: START + 9 }));
    expect(await ids(START)).toEqual(["plan_2", "plan_1"]);
    expect(await store.deletePlan("default", "plan_2")).toBe(true);
    expect(await store.deletePlan("default", "plan_2")).toBe(false);
    expect(await store.deletePlan("default", "plan_x")).toBe(false);
    expect(await ids(START)).toEqual(["plan_1"]);
  });
}
