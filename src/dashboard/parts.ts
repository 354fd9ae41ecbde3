/** What pages need: a small part of what the HTTP application is handed. */
import type { Context } from "hono";
import type { Engine } from "../engine/engine.ts";
import type { Clock, Log, Vault } from "../ports/outside.ts";
import type { Trust } from "../ports/trust.ts";

export interface PageParts {
  engine: Engine;
  trust: Trust;
  vault: Vault;
  clock: Clock;
  log: Log;
  publicUrl: string;
  peerOf: (context: Context) => string;
  /** What the process itself is found to be like, in sentences; absent: nothing is known. */
  condition?: () => Promise<{ problems: readonly string[]; notes: readonly string[] }>;
}
