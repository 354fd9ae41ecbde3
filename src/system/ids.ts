/** Ids and secrets that nobody can guess, and the chance behind jitter. */
import { randomInt, randomUUID } from "node:crypto";
import type { Ids } from "../ports/outside.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export function randomIds(): Ids {
  return {
    uuid: () => randomUUID(),
    secret: (length) => Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join(""),
    chance: () => Math.random(),
  };
}
