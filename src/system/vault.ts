/**
 * Seals what must be shown again (ping keys, ping URLs, channel secrets) with a key file in the data folder,
 * so that a copy of the database alone opens nothing.
 */
import { createCipheriv, createDecipheriv, hash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RollcallError } from "../domain/errors.ts";
import type { Vault } from "../ports/outside.ts";

export const KEY_FILE = "secret.key";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Opens the key file of a data folder. `isNew`: the folder holds no database yet, so a missing key file is made;
 * beside a database it is a loss that a new key would only hide.
 */
export function openVault(data: { folder: string; isNew: boolean }): Vault {
  const path = join(data.folder, KEY_FILE);
  return vaultOf(readKeyFile(path) ?? makeKey(path, data.isNew));
}

/** A vault around the text of a key file, given otherwise. */
export function vaultFrom(keyText: string): Vault {
  return vaultOf(Buffer.from(keyText, "hex"));
}

/** A vault around 32 bytes. Sealed text is `v1.` and base64url of nonce, tag and cipher text (AES-256-GCM). */
export function vaultOf(key: Buffer): Vault {
  return {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url")}`;
    },
    open(sealed) {
      try {
        return unseal(sealed, key);
      } catch (cause) {
        throw new RollcallError(
          "internal",
          `A stored secret does not open with ${KEY_FILE} of the data folder.`,
          { cause },
        );
      }
    },
    hash: (text) => hash("sha256", text, "hex"),
    isSame(one, other) {
      // Digests have one length, so the comparison tells nothing of how long the texts are.
      return timingSafeEqual(hash("sha256", one, "buffer"), hash("sha256", other, "buffer"));
    },
  };
}

function unseal(sealed: string, key: Buffer): string {
  if (!sealed.startsWith("v1.")) throw new Error("not sealed by this program");
  const bytes = Buffer.from(sealed.slice(3), "base64url");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const body = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
  return Buffer.concat([body, decipher.final()]).toString("utf8");
}

/** The key in a key file; null when there is no such file. */
export function readKeyFile(path: string): Buffer | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new RollcallError(
      "unavailable",
      `Cannot read the key file ${path}: make it readable for this user.`,
      { cause },
    );
  }
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new RollcallError("invalid_request", `The key file ${path} is damaged: restore it from a backup.`);
  }
  return Buffer.from(text, "hex");
}

function makeKey(path: string, isNew: boolean): Buffer {
  if (!isNew) {
    throw new RollcallError(
      "invalid_request",
      `The key file ${path} is missing beside its database: restore it from a backup, or move the database away to start anew.`,
    );
  }
  const key = randomBytes(32);
  writeKeyFile(path, key);
  return key;
}

/** Never over one that is there. */
export function writeKeyFile(path: string, key: Buffer): void {
  try {
    // `wx`: when two processes start at once, the second one fails instead of replacing the first one's key.
    // Flushed: what is sealed with it is durable soon, and worth nothing without it.
    writeFileSync(path, `${key.toString("hex")}\n`, { mode: 0o600, flag: "wx", flush: true });
  } catch (cause) {
    throw new RollcallError("unavailable", `Cannot write the key file ${path}: make its folder writable.`, {
      cause,
    });
  }
}
