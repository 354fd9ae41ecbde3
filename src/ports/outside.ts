/** The small things the engine needs from the world: time, chance, secrets kept sealed, a log. */

export interface Clock {
  /** Wall time, epoch ms. May step in either direction: the engine copes. */
  now(): number;
}

/** Ids that nobody can guess: keys, UUIDs. */
export interface Ids {
  /** A UUID v4. */
  uuid(): string;
  /** `length` characters of 0-9 and A-Z and a-z from a cryptographic source. */
  secret(length: number): string;
  /** A number in [0, 1), for jitter. */
  chance(): number;
}

export interface Vault {
  /** Encrypts text for the store. Sealing twice gives different texts. */
  seal(text: string): string;
  /** The text again. Throws when it was sealed with another key file. */
  open(sealed: string): string;
  /** SHA-256, hex: for finding without keeping. */
  hash(text: string): string;
  /** Compares without telling by time how much was right. */
  isSame(one: string, other: string): boolean;
}

/** Structured; never given a secret, a body or a path with a key in it. */
export interface Log {
  debug(what: string, more?: Record<string, unknown>): void;
  info(what: string, more?: Record<string, unknown>): void;
  warn(what: string, more?: Record<string, unknown>): void;
  error(what: string, more?: Record<string, unknown>): void;
}
