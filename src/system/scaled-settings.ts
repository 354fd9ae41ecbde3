/** Settings of the scaled edition. They are read only where a Redis is named; elsewhere each of them is a mistake. */
import { LIMITS } from "../domain/limits.ts";
import { type Environment, read, wrong } from "./environment.ts";

export interface ScaledSettings {
  /** One address; of a Cluster one or several of its servers. They may hold a password. */
  urls: readonly string[];
  /** What every key in Redis begins with. */
  prefix: string;
  /** What a check-in waits for beside the answer of Redis: its disk, or a replica. */
  wait: "none" | "aof" | "replica";
  /** Of the first project, when it is made. */
  partitions: number;
  /** The text of the key file; null: the file is in the data folder. */
  vaultKey: string | null;
}

const URLS = "ROLLCALL_REDIS_URL";
const WAITS = ["none", "aof", "replica"] as const;

export function scaledSettingsOf(environment: Environment): ScaledSettings | null {
  const urls = (read(environment, URLS) ?? "").split(/[\s,]+/).filter((each) => each !== "");
  if (urls.length === 0) {
    refuseAlone(environment);
    return null;
  }
  for (const url of urls) {
    if (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)) continue;
    // An address may hold a password, so the sentence does not show what was given.
    throw wrong(
      URLS,
      "must be an address like redis://127.0.0.1:6379, or several of one Cluster, separated by commas.",
    );
  }
  return {
    urls,
    prefix: prefixOf(read(environment, "ROLLCALL_REDIS_PREFIX") ?? "rollcall"),
    wait: waitOf(read(environment, "ROLLCALL_REDIS_WAIT") ?? "none"),
    partitions: partitionsOf(read(environment, "ROLLCALL_PARTITIONS") ?? "1"),
    vaultKey: vaultKeyOf(read(environment, "ROLLCALL_VAULT_KEY")),
  };
}

function refuseAlone(environment: Environment): void {
  for (const name of [
    "ROLLCALL_REDIS_PREFIX",
    "ROLLCALL_REDIS_WAIT",
    "ROLLCALL_PARTITIONS",
    "ROLLCALL_VAULT_KEY",
  ]) {
    if (read(environment, name) === null) continue;
    throw wrong(name, `is for the scaled edition: set ${URLS} too, or unset it.`);
  }
}

function prefixOf(text: string): string {
  if (/^[\w:.-]{1,100}$/.test(text)) return text;
  throw wrong("ROLLCALL_REDIS_PREFIX", `is ${JSON.stringify(text)}: use letters, digits, and . _ : -`);
}

function waitOf(text: string): ScaledSettings["wait"] {
  const wait = WAITS.find((each) => each === text.toLowerCase());
  if (wait !== undefined) return wait;
  throw wrong("ROLLCALL_REDIS_WAIT", `is ${JSON.stringify(text)}: set it to one of ${WAITS.join(", ")}.`);
}

function partitionsOf(text: string): number {
  const partitions = Number(text);
  if (/^\d{1,2}$/.test(text) && partitions >= 1 && partitions <= LIMITS.partitionsPerProject)
    return partitions;
  throw wrong(
    "ROLLCALL_PARTITIONS",
    `is ${JSON.stringify(text)}: set it to a number from 1 to ${LIMITS.partitionsPerProject}.`,
  );
}

function vaultKeyOf(text: string | null): string | null {
  if (text === null || /^[0-9a-f]{64}$/.test(text)) return text;
  throw wrong("ROLLCALL_VAULT_KEY", "must be the text of a key file: 64 of 0-9 and a-f.");
}
