/** What all processes of one instance must have alike: given, or made once and kept in a file of the data folder. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const SECRETS_FILE = "secrets.env";

/** @type {Record<string, () => string>} */
const MADE = {
  ROLLCALL_VAULT_KEY: () => randomBytes(32).toString("hex"),
  ROLLCALL_ADMIN_KEY: () => `rck_admin_default_${randomBytes(24).toString("hex")}`,
  ROLLCALL_PING_KEY: () => `rck_ping_default_${randomBytes(24).toString("hex")}`,
};

/**
 * By the names of the settings.
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} given what is set here is used as it is
 * @returns {Record<string, string>}
 */
export function keptSecrets(folder, given) {
  const file = join(folder, SECRETS_FILE);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) {
    const lines = Object.entries(MADE).map(([name, make]) => `${name}=${make()}\n`);
    // Only for this user, and never over one that another start has just made.
    writeFileSync(file, lines.join(""), { mode: 0o600, flag: "wx", flush: true });
  }
  const kept = new Map(
    readFileSync(file, "utf8")
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  return Object.fromEntries(Object.keys(MADE).map((name) => [name, given[name] || (kept.get(name) ?? "")]));
}
