/**
 * The schema, as the steps that led to it. A file's `user_version` says how many steps it has taken; a new file
 * takes all of them. A step that has been released is never changed: files out there have taken it.
 */
import type { DatabaseSync } from "node:sqlite";

/** "Roll" in ASCII: tells our file from another program's. */
export const APPLICATION_ID = 0x526f6c6c;

/**
 * Documents (`doc`) are JSON, whole; beside them stands what is queried by. In `monitors` and `states` the
 * configuration is apart from what changes with every check-in, so that a commit writes little.
 */
const FIRST_SCHEMA = `
CREATE TABLE monitors (
  id TEXT PRIMARY KEY, project TEXT NOT NULL, slug TEXT NOT NULL, created_at INTEGER NOT NULL,
  deleted_at INTEGER, ping_hash TEXT NOT NULL UNIQUE, doc TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX living_monitors ON monitors (project, slug) WHERE deleted_at IS NULL;
CREATE INDEX monitors_by_slug ON monitors (project, slug, deleted_at);

CREATE TABLE states (
  monitor TEXT PRIMARY KEY, version INTEGER NOT NULL, due_at INTEGER, held TEXT NOT NULL, doc TEXT NOT NULL
) STRICT;
CREATE INDEX states_due ON states (due_at, monitor) WHERE due_at IS NOT NULL;

CREATE TABLE windows (
  monitor TEXT NOT NULL, expected_at INTEGER NOT NULL, to_at INTEGER NOT NULL, doc TEXT NOT NULL,
  PRIMARY KEY (monitor, expected_at)
) STRICT;

CREATE TABLE runs (
  id TEXT PRIMARY KEY, monitor TEXT NOT NULL, ordinal INTEGER NOT NULL, run_id TEXT, attempt INTEGER NOT NULL,
  window_at INTEGER, history_at INTEGER NOT NULL, past_since_at INTEGER, doc TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX runs_in_order ON runs (monitor, ordinal);
CREATE INDEX runs_by_run_id ON runs (monitor, run_id, attempt, ordinal) WHERE run_id IS NOT NULL;
CREATE INDEX runs_by_age ON runs (monitor, past_since_at) WHERE past_since_at IS NOT NULL;

CREATE TABLE journal (
  place INTEGER PRIMARY KEY, monitor TEXT NOT NULL, at INTEGER NOT NULL, version INTEGER NOT NULL, doc TEXT NOT NULL
) STRICT;
CREATE INDEX journal_in_order ON journal (monitor, at, version);

CREATE TABLE receipts (
  monitor TEXT NOT NULL, duplicate_key TEXT NOT NULL, at INTEGER NOT NULL, doc TEXT NOT NULL,
  PRIMARY KEY (monitor, duplicate_key)
) STRICT;
CREATE INDEX receipts_by_age ON receipts (monitor, at);

CREATE TABLE day_counts (
  monitor TEXT NOT NULL, day INTEGER NOT NULL, what TEXT NOT NULL, total INTEGER NOT NULL,
  PRIMARY KEY (monitor, day, what)
) STRICT;

CREATE TABLE incidents (
  id TEXT PRIMARY KEY, project TEXT NOT NULL, monitor TEXT, status TEXT NOT NULL, opened_at INTEGER NOT NULL,
  resolved_at INTEGER, doc TEXT NOT NULL
) STRICT;
CREATE INDEX incidents_in_order ON incidents (project, opened_at, id);
CREATE INDEX incidents_by_status ON incidents (project, status, opened_at, id);
CREATE INDEX incidents_by_monitor ON incidents (monitor, opened_at, id) WHERE monitor IS NOT NULL;
CREATE INDEX incidents_by_age ON incidents (resolved_at) WHERE monitor IS NULL AND resolved_at IS NOT NULL;

CREATE TABLE projects (
  name TEXT PRIMARY KEY, version INTEGER NOT NULL, due_at INTEGER, doc TEXT NOT NULL, state TEXT NOT NULL
) STRICT;
CREATE TABLE keys (id TEXT PRIMARY KEY, project TEXT NOT NULL, created_at INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
CREATE INDEX keys_in_order ON keys (project, created_at, id);
CREATE TABLE channels (
  project TEXT NOT NULL, name TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (project, name)
) STRICT;
CREATE TABLE plans (
  project TEXT NOT NULL, id TEXT NOT NULL, from_at INTEGER NOT NULL, until_at INTEGER NOT NULL, doc TEXT NOT NULL,
  PRIMARY KEY (project, id)
) STRICT;

CREATE TABLE rejections (
  number INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL, monitor TEXT, fold TEXT NOT NULL,
  last_at INTEGER NOT NULL, doc TEXT NOT NULL, UNIQUE (project, fold)
) STRICT;
CREATE INDEX rejections_in_order ON rejections (project, last_at, number);

CREATE TABLE lanes (
  number INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL, channel TEXT NOT NULL, subject TEXT NOT NULL,
  incident TEXT, thread TEXT, has_sent INTEGER NOT NULL DEFAULT 0, ready_at INTEGER,
  UNIQUE (project, channel, subject)
) STRICT;
CREATE INDEX lanes_ready ON lanes (ready_at, number) WHERE ready_at IS NOT NULL;
CREATE INDEX lanes_by_incident ON lanes (incident) WHERE incident IS NOT NULL;

CREATE TABLE notifications (
  id TEXT PRIMARY KEY, lane INTEGER NOT NULL, project TEXT NOT NULL, channel TEXT NOT NULL, incident TEXT,
  monitor TEXT, change TEXT NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL,
  not_before_at INTEGER NOT NULL, sent_at INTEGER, is_digested INTEGER NOT NULL, doc TEXT NOT NULL
) STRICT;
CREATE INDEX notifications_pending ON notifications (lane, id) WHERE status = 'pending';
CREATE INDEX notifications_in_order ON notifications (project, created_at, id);
CREATE INDEX notifications_by_incident ON notifications (incident, created_at, id) WHERE incident IS NOT NULL;
CREATE INDEX notices_by_age ON notifications (created_at) WHERE incident IS NULL;
CREATE INDEX notices_by_monitor ON notifications (monitor) WHERE incident IS NULL AND monitor IS NOT NULL;
CREATE INDEX opened_sent ON notifications (project, channel, sent_at)
  WHERE change = 'opened' AND status = 'sent' AND is_digested = 0;

CREATE TABLE signs (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
CREATE TABLE blind_spots (
  id TEXT PRIMARY KEY, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, doc TEXT NOT NULL
) STRICT;
CREATE INDEX blind_spots_by_end ON blind_spots (to_at);
CREATE TABLE unknowns (
  blind_spot TEXT NOT NULL, monitor TEXT NOT NULL, project TEXT NOT NULL, is_reported INTEGER NOT NULL,
  doc TEXT NOT NULL, PRIMARY KEY (blind_spot, monitor)
) STRICT;
CREATE INDEX unknowns_by_monitor ON unknowns (monitor);
`;

/** Leases on lanes, wishes to be looked at, and rejections that say what was expected and what was seen. */
const LEASES_AND_REASONS = `
ALTER TABLE lanes ADD COLUMN leased_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE states ADD COLUMN hastened_at INTEGER;
UPDATE rejections SET doc = json_set(doc, '$.expected', '', '$.seen', '');
CREATE INDEX rejections_by_monitor ON rejections (monitor, last_at) WHERE monitor IS NOT NULL;
`;

/**
 * Less to write for a check-in: small rows lie in their key, which is one tree to change instead of two, and what the
 * sweep needs of a state it reads from the state.
 */
const CHEAPER_CHECK_INS = `
ALTER TABLE states DROP COLUMN held;

ALTER TABLE day_counts RENAME TO old_day_counts;
CREATE TABLE day_counts (
  monitor TEXT NOT NULL, day INTEGER NOT NULL, what TEXT NOT NULL, total INTEGER NOT NULL,
  PRIMARY KEY (monitor, day, what)
) STRICT, WITHOUT ROWID;
INSERT INTO day_counts SELECT monitor, day, what, total FROM old_day_counts;
DROP TABLE old_day_counts;

ALTER TABLE receipts RENAME TO old_receipts;
DROP INDEX receipts_by_age;
CREATE TABLE receipts (
  monitor TEXT NOT NULL, duplicate_key TEXT NOT NULL, at INTEGER NOT NULL, doc TEXT NOT NULL,
  PRIMARY KEY (monitor, duplicate_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_by_age ON receipts (monitor, at);
INSERT INTO receipts SELECT monitor, duplicate_key, at, doc FROM old_receipts;
DROP TABLE old_receipts;
`;

/** Settings from before there were checks ask for nothing, also where they stand in the journal. */
const PROOF_SETTINGS = `
UPDATE monitors SET doc = json_set(doc, '$.settings.checks', json('[]'), '$.settings.outcomeSchema', NULL,
  '$.settings.baseline', json('{"mode":"degrade","metrics":null}'), '$.settings.maxIdleMs', NULL,
  '$.settings.verifyByMs', 600000)
WHERE doc ->> '$.settings.checks' IS NULL;
UPDATE journal SET doc = json_set(doc, '$.event.settings.checks', json('[]'), '$.event.settings.outcomeSchema', NULL,
  '$.event.settings.baseline', json('{"mode":"degrade","metrics":null}'), '$.event.settings.maxIdleMs', NULL,
  '$.event.settings.verifyByMs', 600000)
WHERE doc ->> '$.event.type' = 'configured' AND doc ->> '$.event.settings.checks' IS NULL;
`;

/**
 * Proofs that were shown, routes with a guard, verifications. How many proofs a project has is kept beside them, because
 * every one shown asks for it, and counting grows with them. Of rejections those of no monitor make room first.
 */
const TRUST_BOUNDARY = `
CREATE TABLE proof_uses (
  project TEXT NOT NULL, id TEXT NOT NULL, use TEXT NOT NULL, until_at INTEGER NOT NULL, PRIMARY KEY (project, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX proof_uses_by_end ON proof_uses (project, until_at, id);
CREATE INDEX proof_uses_by_age ON proof_uses (until_at);
CREATE TABLE proof_totals (project TEXT PRIMARY KEY, uses INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER proof_use_added AFTER INSERT ON proof_uses BEGIN
  INSERT INTO proof_totals (project, uses) VALUES (new.project, 1) ON CONFLICT DO UPDATE SET uses = uses + 1;
END;
CREATE TRIGGER proof_use_removed AFTER DELETE ON proof_uses BEGIN
  UPDATE proof_totals SET uses = uses - 1 WHERE project = old.project;
END;

CREATE TABLE guarded_routes (
  project TEXT NOT NULL, route TEXT NOT NULL, last_at INTEGER NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (project, route)
) STRICT;
CREATE INDEX guarded_routes_by_age ON guarded_routes (project, last_at);

CREATE TABLE verifications (
  project TEXT NOT NULL, id TEXT NOT NULL, url TEXT NOT NULL, at INTEGER NOT NULL, doc TEXT NOT NULL,
  PRIMARY KEY (project, id)
) STRICT;
CREATE INDEX verifications_in_order ON verifications (project, at, id);
CREATE INDEX verifications_by_url ON verifications (project, url, at, id);
CREATE INDEX verifications_by_age ON verifications (at);
CREATE INDEX rejections_displaced ON rejections (project, monitor IS NOT NULL, last_at, number);
`;

/** When a channel delivered last is asked for too, not only what was opened on it lately. */
const LAST_SENT = `
DROP INDEX opened_sent;
CREATE INDEX notifications_sent ON notifications (project, channel, sent_at) WHERE status = 'sent';
`;

const STEPS: readonly string[] = [
  FIRST_SCHEMA,
  LEASES_AND_REASONS,
  CHEAPER_CHECK_INS,
  PROOF_SETTINGS,
  TRUST_BOUNDARY,
  LAST_SENT,
];

export const SCHEMA_VERSION = STEPS.length;

/** Takes the steps that are missing up to `version`, each whole or not at all: a crash in between is harmless. */
export function migrate(database: DatabaseSync, version = SCHEMA_VERSION): void {
  for (let taken = schemaVersionOf(database); taken < version; taken += 1) {
    database.exec("BEGIN IMMEDIATE");
    try {
      database.exec(STEPS[taken] ?? "");
      // Both are written into the header with the step's own transaction.
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${taken + 1};`);
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }
}

export function schemaVersionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}
