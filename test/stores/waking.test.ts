/** A store that wakes whoever sends: for what was committed, and for nothing else. */
import { beforeEach, expect, test } from "vitest";
import type { ChannelRef, Store } from "../../src/ports/store.ts";
import { createMemoryStore } from "../../src/stores/memory.ts";
import { waking } from "../../src/stores/waking.ts";
import { change, monitor, notification, project, projectChange } from "../makers.ts";

let woken: readonly ChannelRef[][];
let store: Store;

beforeEach(() => {
  woken = [];
  store = waking(createMemoryStore(), (channels) => (woken = [...woken, [...channels]]));
});

const OPS = { project: "default", channel: "ops" };
const DEV = { project: "default", channel: "dev" };

test("each channel once, when a monitor is made, changed, or a message is added by itself", async () => {
  const first = change({
    monitor: monitor({ id: "mon_1" }),
    notifications: [
      notification({ id: "ntf_1" }),
      notification({ id: "ntf_2", change: "resolved" }),
      notification({ id: "ntf_3", channel: "dev" }),
    ],
  });
  await store.createMonitor(first);
  expect(woken).toEqual([[OPS, DEV]]);
  await store.commit(change({ ...first, baseVersion: 1, notifications: [notification({ id: "ntf_4" })] }));
  expect(woken).toEqual([[OPS, DEV], [OPS]]);
  await store.addNotification(notification({ id: "ntf_5", channel: "dev" }));
  expect(woken).toEqual([[OPS, DEV], [OPS], [DEV]]);
});

test("when a project is told of something", async () => {
  await store.createProject(project());
  const before = await store.loadProject("default");
  if (before === null) throw new Error("the project was just made");
  await store.commitProject(projectChange(before, { notifications: [notification({ id: "ntf_1" })] }));
  expect(woken).toEqual([[OPS]]);
});

test("not for what was stale, refused, has nothing to send, or was sent already", async () => {
  const first = change({ monitor: monitor({ id: "mon_1" }) });
  await store.createMonitor(first);
  const notifications = [notification({ id: "ntf_1" })];
  expect(await store.commit(change({ ...first, baseVersion: 7, notifications }))).toBe("stale");
  const twice = [...notifications, ...notifications];
  await expect(store.commit(change({ ...first, baseVersion: 1, notifications: twice }))).rejects.toThrow();
  await store.addNotification(notification({ id: "ntf_2", status: "sent" }));
  expect(woken).toEqual([]);
});
