/** What is sealed stays sealed, and a key file is neither lost nor replaced in silence. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openVault, vaultOf } from "../../src/system/vault.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-vault-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

test("sealed text opens again, differs each time, and opens with no other key", () => {
  const vault = vaultOf(Buffer.alloc(32, 1));
  const [one, other] = [vault.seal("geheim ä"), vault.seal("geheim ä")];
  expect(one).not.toBe(other);
  expect(vault.open(one)).toBe("geheim ä");
  expect(() => vaultOf(Buffer.alloc(32, 2)).open(one)).toThrow("does not open with secret.key");
  expect(() => vault.open(`${one.slice(0, -2)}AA`)).toThrow("does not open");
  expect(() => vault.open("plain")).toThrow("does not open");
});

test("the key file is made once, for its owner only, and found again", () => {
  const sealed = openVault({ folder, isNew: true }).seal("x");
  expect(statSync(join(folder, "secret.key")).mode & 0o777).toBe(0o600);
  expect(openVault({ folder, isNew: false }).open(sealed)).toBe("x");
});

test("a key file missing beside a database, or damaged, stops the start with a sentence", () => {
  expect(() => openVault({ folder, isNew: false })).toThrow("restore it from a backup");
  writeFileSync(join(folder, "secret.key"), "nonsense");
  expect(() => openVault({ folder, isNew: true })).toThrow("is damaged");
  expect(readFileSync(join(folder, "secret.key"), "utf8")).toBe("nonsense");
});

test("comparing says only whether two texts are one", () => {
  const vault = vaultOf(Buffer.alloc(32));
  expect(vault.isSame("abc", "abc")).toBe(true);
  expect(vault.isSame("abc", "abcd")).toBe(false);
  expect(vault.hash("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
