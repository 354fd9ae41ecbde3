/** What shows a run's work (files, pages, records), and where the run took place. */
import { LIMITS } from "../limits.ts";
import { redactUrl } from "../redact.ts";
import { EVIDENCE } from "./bounds.ts";
import type { Environment, EvidenceItem } from "./outcome.ts";
import {
  countOf,
  fieldsOf,
  fittingOf,
  instantOf,
  isSaid,
  keepOthers,
  listOf,
  nameOf,
  refuse,
  type Reading,
} from "./reading.ts";

const EVIDENCE_FIELDS = ["kind", "url", "id", "name", "size", "sha256", "created_at"];
const ENVIRONMENT_FIELDS = ["host", "version", "commit", "trace"];
/** Addresses that are programs would run on a page that links them. */
const URL_ALLOWED = /^(?!javascript:|data:|vbscript:)[a-z][a-z\d+.-]{0,30}:\/\/\S+$/i;

export function readEvidence(reading: Reading, field: string, value: unknown): readonly EvidenceItem[] {
  const list = listOf(reading, field, value);
  const items = list.flatMap((each, at) => readItem(reading, `${field}[${at}]`, each) ?? []);
  return fittingOf(reading, "items of evidence", { items, bounds: EVIDENCE });
}

export function readEnvironment(reading: Reading, field: string, value: unknown): Environment | null {
  const fields = fieldsOf(reading, field, value);
  if (fields === null) return null;
  keepOthers(reading, field, { fields, known: ENVIRONMENT_FIELDS });
  const said = (name: string) =>
    nameOf(reading, `${field}.${name}`, fields[name], LIMITS.outcomeTextCharacters);
  const trace = said("trace");
  const environment: Environment = {
    host: said("host"),
    version: said("version"),
    commit: said("commit"),
    trace: trace === null ? null : withoutCredentials(reading, trace),
  };
  return Object.values(environment).every((each) => each === null) ? null : environment;
}

/** A text alone is an address. What kind of thing it is, is seen from what is said of it. */
function readItem(reading: Reading, field: string, value: unknown): EvidenceItem | null {
  const isUrl = typeof value === "string" && URL_ALLOWED.test(value.trim());
  const fields = isUrl ? { url: value } : fieldsOf(reading, field, value);
  if (fields === null) return null;
  keepOthers(reading, field, { fields, known: EVIDENCE_FIELDS });
  const url = readUrl(reading, isUrl ? field : `${field}.url`, fields["url"]);
  const id = nameOf(reading, `${field}.id`, fields["id"]);
  const name = nameOf(reading, `${field}.name`, fields["name"]);
  if (url === null && id === null && name === null) {
    if (isSaid(fields["url"])) return null;
    return refuse(reading, `${field}.name`, undefined, "evidence has a name, an id or a url");
  }
  return {
    kind:
      nameOf(reading, `${field}.kind`, fields["kind"]) ??
      (name === null ? (id === null ? "url" : "record") : "file"),
    url,
    id,
    name,
    size: countOf(reading, `${field}.size`, fields["size"]),
    sha256: readSha256(reading, `${field}.sha256`, fields["sha256"]),
    createdAt: instantOf(reading, `${field}.created_at`, fields["created_at"]),
  };
}

function readUrl(reading: Reading, field: string, value: unknown): string | null {
  if (!isSaid(value)) return null;
  const url = typeof value === "string" ? value.trim() : "";
  if (URL_ALLOWED.test(url) && url.length <= LIMITS.evidenceUrlCharacters)
    return withoutCredentials(reading, url);
  const allowed = `an address like https://example.org/report of up to ${LIMITS.evidenceUrlCharacters} characters is allowed`;
  return refuse(reading, field, value, allowed);
}

function withoutCredentials(reading: Reading, url: string): string {
  const kept = redactUrl(url);
  if (kept !== url) reading.isRedacted = true;
  return kept;
}

function readSha256(reading: Reading, field: string, value: unknown): string | null {
  if (!isSaid(value)) return null;
  const text =
    typeof value === "string"
      ? value
          .trim()
          .toLowerCase()
          .replace(/^sha256:/, "")
      : "";
  return /^[\da-f]{64}$/.test(text)
    ? text
    : refuse(reading, field, value, "64 hexadecimal digits are allowed");
}
