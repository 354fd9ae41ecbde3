/**
 * The environment, read once at start into checked values. A wrong one stops the start with a sentence that
 * says what to change, because a setting that is silently ignored is found out at the worst moment.
 */
import ipaddr from "ipaddr.js";
import { isInstanceKeyText } from "../domain/key-text.ts";
import { type Environment, read, wrong } from "./environment.ts";
import { type ScaledSettings, scaledSettingsOf } from "./scaled-settings.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Settings {
  host: string;
  port: number;
  /** Without a trailing slash; null: made from the address that was bound. */
  publicUrl: string | null;
  /** The data folder. */
  data: string;
  /** The configuration file, as named; null: the usual one, if it is there. */
  config: string | null;
  adminKey: string | null;
  pingKey: string | null;
  /** Makes projects; null: there are no others than the first. */
  instanceKey: string | null;
  /** Addresses and CIDR ranges. */
  outboundAllow: readonly string[];
  trustedProxies: readonly string[];
  /** Issuers of identity tokens whose keys may be asked for, as their tokens name them. */
  oidcIssuers: readonly string[];
  /** Called after every completed tick; null: nobody is. */
  heartbeatUrl: string | null;
  logLevel: LogLevel;
  /** Null: one process that has everything to itself. */
  scaled: ScaledSettings | null;
}

/** GitHub Actions, GitLab.com and Google. */
const USUAL_ISSUERS = [
  "https://token.actions.githubusercontent.com",
  "https://gitlab.com",
  "https://accounts.google.com",
];

export function readSettings(environment: Environment = process.env): Settings {
  return {
    host: read(environment, "ROLLCALL_HOST") ?? "127.0.0.1",
    port: portOf(read(environment, "ROLLCALL_PORT") ?? "8377"),
    publicUrl: publicUrlOf(read(environment, "ROLLCALL_PUBLIC_URL")),
    data: read(environment, "ROLLCALL_DATA") ?? "./data",
    config: read(environment, "ROLLCALL_CONFIG"),
    adminKey: keyOf(environment, "admin"),
    pingKey: keyOf(environment, "ping"),
    instanceKey: instanceKeyOf(environment),
    outboundAllow: rangesOf(environment, "ROLLCALL_OUTBOUND_ALLOW"),
    trustedProxies: rangesOf(environment, "ROLLCALL_TRUSTED_PROXIES"),
    oidcIssuers: issuersOf(environment),
    heartbeatUrl: heartbeatUrlOf(environment),
    logLevel: logLevelOf(read(environment, "ROLLCALL_LOG_LEVEL") ?? "info"),
    scaled: scaledSettingsOf(environment),
  };
}

/** For what a configuration file refers to. */
export function wholeEnvironment(): Environment {
  return process.env;
}

function portOf(text: string): number {
  const port = Number(text);
  // 0 asks the system for any free port: what tests do.
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw wrong("ROLLCALL_PORT", `is ${JSON.stringify(text)}: set it to a number from 0 to 65535.`);
  }
  return port;
}

function publicUrlOf(text: string | null): string | null {
  if (text === null) return null;
  const isUrl = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isUrl || /[?#]/.test(text) || new URL(text).username !== "") {
    throw wrong(
      "ROLLCALL_PUBLIC_URL",
      `is ${JSON.stringify(text)}: set it to the address under which jobs reach Rollcall, like https://rollcall.example.org.`,
    );
  }
  return text.replace(/\/+$/, "");
}

function keyOf(environment: Environment, kind: "admin" | "ping"): string | null {
  const name = `ROLLCALL_${kind.toUpperCase()}_KEY`;
  const text = read(environment, name);
  // The value is a secret, so the sentence shows the form wanted and not the value given.
  if (text !== null && !new RegExp(`^rck_${kind}_default_[0-9A-Za-z]{16,128}$`).test(text)) {
    throw wrong(
      name,
      `must read rck_${kind}_default_<secret>, the secret being 16 to 128 letters and digits.`,
    );
  }
  return text;
}

function instanceKeyOf(environment: Environment): string | null {
  const name = "ROLLCALL_INSTANCE_KEY";
  const text = read(environment, name);
  if (text !== null && !isInstanceKeyText(text)) {
    throw wrong(name, "must read rck_instance_<secret>, the secret being 32 to 128 letters and digits.");
  }
  return text;
}

function rangesOf(environment: Environment, name: string): readonly string[] {
  const ranges = (read(environment, name) ?? "").split(/[\s,]+/).filter((each) => each !== "");
  for (const range of ranges) {
    if (!ipaddr.isValid(range) && !ipaddr.isValidCIDR(range)) {
      throw wrong(
        name,
        `holds ${JSON.stringify(range)}: list addresses and ranges, separated by commas, like 10.0.0.0/8,192.168.1.5,fd00::/8.`,
      );
    }
  }
  return ranges;
}

/** Only the operator says who is asked: a project that could would send Rollcall wherever it likes. */
function issuersOf(environment: Environment): readonly string[] {
  const name = "ROLLCALL_OIDC_ISSUERS";
  const text = read(environment, name);
  if (text === null) return USUAL_ISSUERS;
  const issuers = text.split(/[\s,]+/).filter((each) => each !== "");
  for (const issuer of issuers) {
    const isUrl = URL.canParse(issuer) && /^https?:$/.test(new URL(issuer).protocol);
    if (isUrl && !/[?#]/.test(issuer) && new URL(issuer).username === "") continue;
    throw wrong(
      name,
      `holds ${JSON.stringify(issuer)}: list the addresses of issuers as their tokens name them (iss), separated by commas, like ${USUAL_ISSUERS[0]}.`,
    );
  }
  return issuers;
}

/** The address usually holds a key, so the sentence does not show what was given. */
function heartbeatUrlOf(environment: Environment): string | null {
  const name = "ROLLCALL_HEARTBEAT_URL";
  const text = read(environment, name);
  if (text === null) return null;
  const isUrl = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isUrl || new URL(text).username !== "" || new URL(text).password !== "") {
    throw wrong(
      name,
      "must be an address that begins with http:// or https:// and holds no user name: the check-in address of a monitor, of another Rollcall or of any service that misses what does not come.",
    );
  }
  return text;
}

function logLevelOf(text: string): LogLevel {
  const level = LOG_LEVELS.find((each) => each === text.toLowerCase());
  if (level === undefined) {
    throw wrong(
      "ROLLCALL_LOG_LEVEL",
      `is ${JSON.stringify(text)}: set it to one of ${LOG_LEVELS.join(", ")}.`,
    );
  }
  return level;
}
