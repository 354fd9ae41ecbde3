/** What every verb of the engine is handed: the ports, chosen and joined by an edition. */
import type { ChannelKind } from "../ports/channel.ts";
import type { ExpertChecks } from "../ports/checks.ts";
import type { WorkMetrics } from "../ports/metrics.ts";
import type { Outbound } from "../ports/outbound.ts";
import type { Clock, Ids, Log, Vault } from "../ports/outside.ts";
import type { Store } from "../ports/store.ts";
import type { Matrix } from "../ports/verification.ts";
import type { HeartbeatTo } from "./heartbeat.ts";

export interface EngineParts {
  store: Store;
  /** Engine time: never runs backwards. */
  clock: Clock;
  ids: Ids;
  vault: Vault;
  log: Log;
  /** Absent: nothing is counted. */
  metrics?: WorkMetrics;
  outbound: Outbound;
  /** Tries the boundaries of users' own routes. */
  matrix: Matrix;
  experts: ExpertChecks;
  channels: readonly ChannelKind[];
  /** Whose keys may be asked for, to prove identity tokens; absent: those of nobody. */
  oidcIssuers?: readonly string[];
  /** The version of the time-zone data that the runtime knows ("2026b"). */
  zoneData: string;
  /** Without a trailing slash; for links in messages and ping URLs. */
  publicUrl: string;
  /** Who misses this Rollcall when it stands still; absent: nobody. */
  heartbeatTo?: HeartbeatTo;
  /** Other processes work on the same store; absent: this one has it to itself. */
  sharing?: Sharing;
}

/** How this process shares its store. */
export interface Sharing {
  /** Check-ins come in here, so that signs of life are given here; else those of others are looked at. */
  isHearing: boolean;
}
