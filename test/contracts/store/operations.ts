/** Every operation of the port as a random call, and when such a call counts as having succeeded. */
import type { NotificationStatus } from "../../../src/domain/notification.ts";
import type { Store } from "../../../src/ports/store.ts";
import {
  blindSpot,
  channel,
  change,
  DAY,
  HOUR,
  key,
  MINUTE,
  monitor,
  monitorIncident,
  notification,
  plan,
  project,
  projectChange,
  state,
} from "../../makers.ts";
import { BOUNDARY_OPERATIONS } from "./boundary-operations.ts";
import {
  always,
  call,
  isCommitted,
  isFilled,
  isThere,
  isTrue,
  listed,
  type Operation,
  wasRefused,
} from "./calls.ts";
import {
  CHANNELS,
  newId,
  PROJECTS,
  RUN_IDS,
  SLUGS,
  someChange,
  someId,
  someKey,
  someNotifications,
  SPOTS,
} from "./history.ts";
import { allPages, allRecords, inAnyOrder, recordsFrom } from "./trial.ts";

/** `close` ends a history and is called there. */
export const OPERATIONS: Record<Exclude<keyof Store, "close">, Operation> = {
  createMonitor(history) {
    const { chance, nowAt } = history;
    const id = chance.percent(10) ? someId(history, "monitors") : newId(history, "monitors");
    // Some fight for a slug, most have one of their own.
    const slug = chance.percent(30) ? chance.of(SLUGS) : id.replace("_", "-");
    const first = change({
      monitor: monitor({ id, project: chance.of(PROJECTS), slug, createdAt: nowAt }),
      state: state({ cursorAt: nowAt }),
      dueAt: nowAt + chance.below(HOUR),
    });
    return call((store) => store.createMonitor(first), isCommitted);
  },
  load(history) {
    const id = someId(history, "monitors");
    const windowsAt = [history.nowAt - history.chance.below(DAY), history.nowAt].slice(
      history.chance.below(2),
    );
    const wanted = { runId: history.chance.of(RUN_IDS), windowsAt, duplicateKey: someKey(history) };
    return call((store) => store.load(id, wanted), isThere);
  },
  async commit(history, memory) {
    const given = await someChange(history, memory, someId(history, "monitors"));
    return call((store) => store.commit(given), isCommitted);
  },
  confirm(history) {
    const id = someId(history, "monitors");
    return call(async (store) => {
      const snapshot = await store.load(id, {});
      return snapshot === null ? null : store.confirm(snapshot);
    }, isCommitted);
  },
  findMonitor({ chance }) {
    const [projectName, slug] = [chance.of(PROJECTS), chance.of(SLUGS)];
    return call((store) => store.findMonitor(projectName, slug), isThere);
  },
  findMonitorByPing(history) {
    const pingHash = `hash-${someId(history, "monitors")}`;
    return call((store) => store.findMonitorByPing(pingHash), isThere);
  },
  // What they are called is a store's own; together they hold everything that is due.
  partitions: ({ nowAt }) =>
    call(async (store) => {
      const parts = await store.partitions();
      const due = await Promise.all(parts.map((part) => store.dueMonitors(nowAt, 1_000, part)));
      const projects = await Promise.all(parts.map((part) => store.dueProjects(nowAt, part)));
      return [...due.flat().map(({ id }) => id), ...projects.flat()].toSorted();
    }, isFilled),
  dueMonitors({ nowAt, chance }) {
    const limit = 1 + chance.below(5);
    return call((store) => store.dueMonitors(nowAt, limit), isFilled);
  },
  listMonitors({ chance }) {
    return listed(chance.below(3), (store, page) => store.listMonitors("default", page));
  },
  hasten(history) {
    const [id, dueAt] = [someId(history, "monitors"), history.nowAt + history.chance.below(MINUTE)];
    return call((store) => store.hasten(id, dueAt), always);
  },

  listWindows(history) {
    const id = someId(history, "monitors");
    const between = { fromAt: history.nowAt - history.chance.below(2 * DAY), toAt: history.nowAt };
    return listed(history.chance.below(3), (store, page) => store.listWindows(id, between, page));
  },
  listRuns(history) {
    const id = someId(history, "monitors");
    const runId = history.chance.of([null, ...RUN_IDS]);
    return listed(history.chance.below(3), (store, page) => store.listRuns(id, { runId }, page));
  },
  getRun(history) {
    const id = someId(history, "runs");
    return call((store) => store.getRun(id), isThere);
  },
  listJournal(history) {
    const id = someId(history, "monitors");
    const between = { fromAt: history.nowAt - history.chance.below(DAY), toAt: history.nowAt };
    return listed(history.chance.below(3), (store, page) => store.listJournal(id, between, page));
  },
  dayCounts(history) {
    const id = someId(history, "monitors");
    const today = Math.floor(history.nowAt / DAY);
    return call((store) => store.dayCounts(id, { fromDay: today - 9, toDay: today + 1 }), isFilled);
  },
  listIncidents(history) {
    const { chance } = history;
    const status = chance.of([null, "open", "acknowledged", "resolved"] as const);
    const monitorId = chance.percent(50) ? null : someId(history, "monitors");
    const name = chance.of(PROJECTS);
    return listed(chance.below(3), (store, page) => store.listIncidents(name, { status, monitorId }, page));
  },
  getIncident(history) {
    const id = someId(history, "incidents");
    return call((store) => store.getIncident(id), isThere);
  },

  createProject({ chance, nowAt }) {
    const given = project({ name: chance.of(PROJECTS), createdAt: nowAt });
    return call((store) => store.createProject(given), always);
  },
  listProjects: () => call((store) => store.listProjects(), isFilled),
  loadProject({ chance }) {
    const name = chance.of(PROJECTS);
    return call((store) => store.loadProject(name), isThere);
  },
  async commitProject(history, memory) {
    const { chance, nowAt } = history;
    const name = chance.of(PROJECTS);
    const before = await memory.loadProject(name);
    if (before === null) return call(async () => "stale", isCommitted);
    const incidentId = newId(history, "incidents");
    const resolvedAt = chance.of([null, nowAt]);
    const subject = { type: "service" } as const;
    const given = projectChange(before, {
      baseVersion: before.version - (chance.percent(20) ? 1 : 0),
      project: { ...before.project, title: `at ${nowAt}` },
      incidents: [monitorIncident({ id: incidentId, project: name, subject, openedAt: nowAt, resolvedAt })],
      notifications: someNotifications(history, { project: name, monitorId: null, incidentId }),
      reported: [{ blindSpotId: chance.of(SPOTS), monitorIds: history.given.monitors.slice(-5) }],
      dueAt: chance.of([null, nowAt + chance.below(HOUR)]),
    });
    return call((store) => store.commitProject(given), isCommitted);
  },
  dueProjects: ({ nowAt }) => call((store) => store.dueProjects(nowAt), isFilled),
  putKey({ chance, nowAt }) {
    const revokedAt = chance.percent(20) ? nowAt : null;
    const of = { id: `k_${chance.below(4)}`, project: chance.of(PROJECTS), createdAt: nowAt };
    const given = key({ ...of, revokedAt });
    return call((store) => store.putKey(given), always);
  },
  getKey({ chance }) {
    const id = `k_${chance.below(5)}`;
    return call((store) => store.getKey(id), isThere);
  },
  listKeys({ chance }) {
    const name = chance.of(PROJECTS);
    return call((store) => store.listKeys(name), isFilled);
  },
  putChannel({ chance, nowAt }) {
    const given = channel({ project: chance.of(PROJECTS), name: chance.of(CHANNELS), updatedAt: nowAt });
    return call((store) => store.putChannel(given), always);
  },
  getChannel({ chance }) {
    const [name, channelName] = [chance.of(PROJECTS), chance.of(CHANNELS)];
    return call((store) => store.getChannel(name, channelName), isThere);
  },
  listChannels({ chance }) {
    const name = chance.of(PROJECTS);
    return call((store) => store.listChannels(name), isFilled);
  },
  deleteChannel({ chance }) {
    const [name, channelName] = [chance.of(PROJECTS), chance.of(CHANNELS)];
    return call((store) => store.deleteChannel(name, channelName), isTrue);
  },
  putPlan({ chance, nowAt }) {
    const [fromAt, untilAt] = [nowAt + chance.below(DAY), nowAt + DAY + chance.below(DAY)];
    const given = plan({ id: `plan_${chance.below(4)}`, project: chance.of(PROJECTS), fromAt, untilAt });
    return call((store) => store.putPlan(given), always);
  },
  listPlans({ chance, nowAt }) {
    const name = chance.of(PROJECTS);
    return call((store) => store.listPlans(name, nowAt), isFilled);
  },
  deletePlan({ chance }) {
    const [name, id] = [chance.of(PROJECTS), `plan_${chance.below(4)}`];
    return call((store) => store.deletePlan(name, id), isTrue);
  },

  ...BOUNDARY_OPERATIONS,

  claimNotifications(history) {
    const { chance, nowAt } = history;
    const busy = chance.some(["default/ops", "other/dev"]);
    const only = { project: chance.of(PROJECTS), channel: chance.of(CHANNELS) };
    const of = chance.percent(30) ? { only } : { busy };
    const claim = { nowAt, leaseMs: MINUTE, limit: 1 + chance.below(3), ...of };
    if (chance.percent(80)) history.leasedUntilAt = nowAt + MINUTE;
    return call((store) => store.claimNotifications(claim), isFilled);
  },
  waitingChannels: ({ nowAt }) =>
    call(async (store) => {
      const parts = await store.partitions();
      const waiting = await Promise.all(parts.map((part) => store.waitingChannels(nowAt, part)));
      return [...new Set(waiting.flat().map(({ project, channel }) => `${project}/${channel}`))].toSorted();
    }, isFilled),
  async settleNotifications(history, memory) {
    const { chance, nowAt } = history;
    const all = await allPages(
      (page) => memory.listNotifications("default", { incidentId: null }, page),
      500,
    );
    const about = all.at(-1 - chance.below(5));
    if (about === undefined) return call(async () => null, isTrue);
    const { project: projectName, channel: channelName, incidentId } = about;
    const settled = [about.id, someId(history, "notifications")].map((id) => ({
      id,
      status: chance.of<NotificationStatus>(["sent", "sent", "pending", "failed", "dropped"]),
      attempt: chance.of([null, { at: nowAt, isSent: true, code: "sent", detail: "" }]),
      notBeforeAt: nowAt + MINUTE,
      isDigested: chance.percent(20),
    }));
    const batch = {
      project: projectName,
      channel: channelName,
      incidentId,
      leasedUntilAt: history.leasedUntilAt,
    };
    const thread = chance.of([null, `thread-${nowAt}`]);
    return call((store) => store.settleNotifications(batch, settled, thread), always);
  },
  addNotification(history) {
    const { chance, nowAt } = history;
    const id = chance.percent(20) ? someId(history, "notifications") : newId(history, "notifications");
    const alone = { incidentId: null, monitorId: null, change: "test" } as const;
    const given = notification({ id, ...alone, channel: chance.of(CHANNELS), createdAt: nowAt });
    return call((store) => store.addNotification(given), always);
  },
  nextNotificationAt: ({ nowAt }) => call((store) => store.nextNotificationAt(nowAt), isThere),
  countOpenedSent({ chance, nowAt }) {
    const channelName = chance.of(CHANNELS);
    return call(
      (store) => store.countOpenedSent("default", channelName, nowAt - 90 * DAY),
      (sent) => Number(sent) > 0,
    );
  },
  lastSentAt({ chance }) {
    const channelName = chance.of(CHANNELS);
    return call((store) => store.lastSentAt("default", channelName), isThere);
  },
  listNotifications(history) {
    const { chance } = history;
    const incidentId = chance.percent(50) ? null : someId(history, "incidents");
    const name = chance.of(PROJECTS);
    return listed(chance.below(3), (store, page) => store.listNotifications(name, { incidentId }, page));
  },

  lastSignOfLifeAt: () => call((store) => store.lastSignOfLifeAt(), isThere),
  signOfLife: ({ nowAt }) => call((store) => store.signOfLife(nowAt), always),
  addBlindSpot({ chance, nowAt }) {
    const spot = blindSpot({
      id: chance.of(SPOTS),
      fromAt: nowAt - 2 * MINUTE,
      toAt: nowAt - chance.below(MINUTE),
    });
    return call((store) => store.addBlindSpot(spot), always);
  },
  listBlindSpots: ({ nowAt }) => call((store) => store.listBlindSpots(nowAt - DAY), isFilled),
  blindUnknowns({ chance }) {
    const wanted = {
      blindSpotId: chance.of(SPOTS),
      project: chance.of(PROJECTS),
      onlyUnreported: chance.percent(50),
    };
    return call((store) => store.blindUnknowns(wanted), isFilled);
  },

  exportAll: () => call(async (store) => inAnyOrder(await allRecords(store)), isFilled),
  // Of a store that holds anything, the right answer is a refusal.
  importAll: () => call((store) => store.importAll(recordsFrom([])), wasRefused),

  sweep: ({ nowAt }) =>
    call(
      (store) => store.sweep(nowAt),
      (removed) => Number(removed) > 0,
    ),
  ping: () => call((store) => store.ping(), always),
};
