/** A database as the first schema had it, with something of everything that later ones changed. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DEFAULT_PROOF } from "../../../src/domain/checks/check.ts";
import type { Monitor } from "../../../src/domain/monitor.ts";
import type { Notification } from "../../../src/domain/notification.ts";
import { migrate } from "../../../src/stores/sqlite/migrations.ts";
import { monitor, notification, receipt, START, state } from "../../makers.ts";

/** One monitor due at START, with a receipt and counts, one pending notification of it, one rejection without words. */
export function makeFirstSchemaFile(folder: string): { monitor: Monitor; notification: Notification } {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, "rollcall.db"));
  migrate(database, 1);
  const kept = { monitor: monitor(), notification: notification({ id: "ntf_1" }) };
  const insert = (table: string, row: Record<string, string | number | null>) => {
    const names = Object.keys(row);
    const places = names.map(() => "?").join(", ");
    database
      .prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${places})`)
      .run(...Object.values(row));
  };
  insert("monitors", {
    id: "mon_1",
    project: "default",
    slug: "mon-1",
    created_at: START,
    deleted_at: null,
    ping_hash: "hash-mon_1",
    doc: JSON.stringify({ ...kept.monitor, settings: settingsThen(kept.monitor) }),
  });
  insert("states", { monitor: "mon_1", version: 7, due_at: START, held: "[]", doc: JSON.stringify(state()) });
  for (const row of journalOf(kept.monitor)) insert("journal", row);
  insert("day_counts", { monitor: "mon_1", day: 1, what: "missing", total: 2 });
  insert("day_counts", { monitor: "mon_1", day: 1, what: "late", total: 1 });
  insert("receipts", { monitor: "mon_1", duplicate_key: '"key"', at: START, doc: JSON.stringify(receipt()) });
  insert("lanes", {
    number: 1,
    project: "default",
    channel: "ops",
    subject: "incident inc_1",
    incident: "inc_1",
    thread: "thread-1",
    has_sent: 1,
    ready_at: START,
  });
  insert("notifications", {
    id: "ntf_1",
    lane: 1,
    project: "default",
    channel: "ops",
    incident: "inc_1",
    monitor: "mon_1",
    change: "opened",
    status: "pending",
    created_at: START,
    not_before_at: START,
    sent_at: null,
    is_digested: 0,
    doc: JSON.stringify(kept.notification),
  });
  const wordless = {
    id: "1",
    project: "default",
    monitorId: "mon_1",
    slug: "mon-1",
    reason: "revoked",
    addressPrefix: "192.0.2.0/24",
    headerNames: [],
    count: 2,
    firstAt: START,
    lastAt: START + 1,
    at: [START, START + 1],
  };
  insert("rejections", {
    project: "default",
    monitor: "mon_1",
    fold: '["monitor","mon_1","revoked","192.0.2.0/24"]',
    last_at: START + 1,
    doc: JSON.stringify(wordless),
  });
  database.close();
  return kept;
}

/** There were no checks to ask for. */
function settingsThen({ settings }: Monitor): object {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !(name in DEFAULT_PROOF)));
}

function journalOf(monitorThen: Monitor) {
  const events = [
    { type: "configured", settings: settingsThen(monitorThen), by: "key 1" },
    { type: "clock" },
  ];
  return events.map((event, index) => ({
    place: index + 1,
    monitor: monitorThen.id,
    at: START,
    version: index,
    doc: JSON.stringify({ version: index, at: START, event, context: null }),
  }));
}
