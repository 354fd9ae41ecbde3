/** Projects and what they own: keys, channels, plans. */
import type { Plan } from "../../domain/hearing.ts";
import type { Notification } from "../../domain/notification.ts";
import type { Project, ProjectChange, ProjectState } from "../../domain/project.ts";
import type { Channel, Key } from "../../ports/records.ts";
import type { ProjectStore } from "../../ports/store.ts";
import { FIRST_PROJECT_STATE, replacedKey } from "../merging.ts";
import { incidentWriter } from "./changes.ts";
import type { Connection } from "./connection.ts";
import { notificationUpdater, outboxWriter } from "./lanes.ts";
import { fromText, type Statements, toText } from "./statements.ts";

interface DocumentRow {
  doc: string;
}

export function projectSection(connection: Connection): ProjectStore {
  return { ...projects(connection), ...keys(connection), ...channels(connection), ...plans(connection) };
}

export function projectWrites(statements: Statements) {
  return {
    ...projectsWritten(statements),
    ...keysWritten(statements),
    ...channelsWritten(statements),
    ...plansWritten(statements),
  };
}

type Projects = Pick<
  ProjectStore,
  "createProject" | "listProjects" | "loadProject" | "commitProject" | "dueProjects"
>;

function projects(connection: Connection): Projects {
  const list = connection.prepare<DocumentRow>(`SELECT doc FROM projects ORDER BY name`);
  const load = connection.prepare<DocumentRow & { state: string; version: number }>(`
    SELECT doc, state, version FROM projects WHERE name = ?`);
  const due = connection.prepare<{ name: string }>(`
    SELECT name FROM projects WHERE due_at <= ? ORDER BY due_at, name`);

  return {
    createProject: (project) => connection.write("createProject", [project]),

    listProjects: () => connection.read(() => list.all().map(({ doc }) => fromText<Project>(doc))),

    loadProject: (name) =>
      connection.read(() => {
        const row = load.get(name);
        if (row === undefined) return null;
        return {
          project: fromText<Project>(row.doc),
          state: fromText<ProjectState>(row.state),
          version: row.version,
        };
      }),

    commitProject: (change) => connection.write("commitProject", [change]),

    dueProjects: (nowAt) => connection.read(() => due.all(nowAt).map(({ name }) => name)),
  };
}

function projectsWritten(statements: Statements) {
  const add = statements.prepare(`
    INSERT INTO projects (name, version, due_at, doc, state) VALUES (?, 1, NULL, ?, ?) ON CONFLICT DO NOTHING`);
  const swap = statements.prepare(`
    UPDATE projects SET version = version + 1, due_at = ?, doc = ?, state = ? WHERE name = ? AND version = ?`);
  const report = statements.prepare(`
    UPDATE unknowns SET is_reported = 1 WHERE blind_spot = ? AND monitor = ?`);
  const putIncident = incidentWriter(statements);
  const addNotification = outboxWriter(statements);

  return {
    createProject(project: Project): boolean {
      return add.run(project.name, toText(project), toText(FIRST_PROJECT_STATE)) > 0;
    },

    commitProject(change: ProjectChange): "committed" | "stale" {
      const { project, state, baseVersion } = change;
      const swapped = swap.run(change.dueAt, toText(project), toText(state), project.name, baseVersion);
      if (swapped === 0) return "stale";
      for (const incident of change.incidents) putIncident(incident);
      for (const notification of change.notifications) addNotification(notification);
      for (const { blindSpotId, monitorIds } of change.reported) {
        for (const monitorId of monitorIds) report.run(blindSpotId, monitorId);
      }
      return "committed";
    },
  };
}

function keys(connection: Connection): Pick<ProjectStore, "putKey" | "getKey" | "listKeys"> {
  const get = connection.prepare<DocumentRow>(`SELECT doc FROM keys WHERE id = ?`);
  const list = connection.prepare<DocumentRow>(
    `SELECT doc FROM keys WHERE project = ? ORDER BY created_at, id`,
  );
  return {
    putKey: (key) => connection.write("putKey", [key]),
    getKey: (id) => connection.read(() => first<Key>(get.get(id))),
    listKeys: (project) => connection.read(() => list.all(project).map(({ doc }) => fromText<Key>(doc))),
  };
}

function keysWritten(statements: Statements) {
  const put = statements.prepare(`
    INSERT INTO keys (id, project, created_at, doc) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET project = excluded.project, created_at = excluded.created_at, doc = excluded.doc`);
  const get = statements.prepare<DocumentRow>(`SELECT doc FROM keys WHERE id = ?`);
  return {
    putKey(key: Key): void {
      const kept = replacedKey(first<Key>(get.get(key.id)), key);
      put.run(key.id, key.project, key.createdAt, toText(kept));
    },
  };
}

type Channels = Pick<ProjectStore, "putChannel" | "getChannel" | "listChannels" | "deleteChannel">;

function channels(connection: Connection): Channels {
  const get = connection.prepare<DocumentRow>(`SELECT doc FROM channels WHERE project = ? AND name = ?`);
  const list = connection.prepare<DocumentRow>(`SELECT doc FROM channels WHERE project = ? ORDER BY name`);
  return {
    putChannel: (channel) => connection.write("putChannel", [channel]),
    getChannel: (project, name) => connection.read(() => first<Channel>(get.get(project, name))),
    listChannels: (project) =>
      connection.read(() => list.all(project).map(({ doc }) => fromText<Channel>(doc))),
    deleteChannel: (project, name) => connection.write("deleteChannel", [project, name]),
  };
}

function channelsWritten(statements: Statements) {
  const put = statements.prepare(`
    INSERT INTO channels (project, name, doc) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc`);
  const remove = statements.prepare(`DELETE FROM channels WHERE project = ? AND name = ?`);
  const pending = statements.prepare<DocumentRow>(`
    SELECT doc FROM notifications WHERE status = 'pending' AND lane IN (
      SELECT number FROM lanes WHERE project = ? AND channel = ?)`);
  const forget = statements.prepare(`
    UPDATE lanes SET thread = NULL, has_sent = 0, leased_until = 0, ready_at = NULL
    WHERE project = ? AND channel = ?`);
  const update = notificationUpdater(statements);
  return {
    putChannel(channel: Channel): void {
      put.run(channel.project, channel.name, toText(channel));
    },

    deleteChannel(project: string, name: string): boolean {
      if (remove.run(project, name) === 0) return false;
      for (const { doc } of pending.all(project, name)) {
        update({ ...fromText<Notification>(doc), status: "dropped" });
      }
      forget.run(project, name);
      return true;
    },
  };
}

function plans(connection: Connection): Pick<ProjectStore, "putPlan" | "listPlans" | "deletePlan"> {
  const list = connection.prepare<DocumentRow>(`
    SELECT doc FROM plans WHERE project = ? AND until_at > ? ORDER BY from_at, id`);
  return {
    putPlan: (plan) => connection.write("putPlan", [plan]),
    listPlans: (project, endAfterAt) =>
      connection.read(() => list.all(project, endAfterAt).map(({ doc }) => fromText<Plan>(doc))),
    deletePlan: (project, id) => connection.write("deletePlan", [project, id]),
  };
}

function plansWritten(statements: Statements) {
  const put = statements.prepare(`
    INSERT INTO plans (project, id, from_at, until_at, doc) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET from_at = excluded.from_at, until_at = excluded.until_at, doc = excluded.doc`);
  const remove = statements.prepare(`DELETE FROM plans WHERE project = ? AND id = ?`);
  return {
    putPlan(plan: Plan): void {
      put.run(plan.project, plan.id, plan.fromAt, plan.untilAt, toText(plan));
    },

    deletePlan(project: string, id: string): boolean {
      return remove.run(project, id) > 0;
    },
  };
}

function first<Kept>(row: DocumentRow | undefined): Kept | null {
  return row === undefined ? null : fromText<Kept>(row.doc);
}
