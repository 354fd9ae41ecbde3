/** The engine's own living parts: what it knows of check-ins on their way, and of its own hearing. */
import type { Arrivals } from "./arrivals.ts";
import type { Hearing } from "./hearing.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { EngineParts } from "./parts.ts";
import type { Proofs } from "./ask-for-proofs.ts";
import type { Turns } from "./turns.ts";
import type { ZoneRecheck } from "./zone-data.ts";

export interface LiveParts extends EngineParts {
  arrivals: Arrivals;
  hearing: Hearing;
  /** One decision after another about each monitor. */
  turns: Turns;
  /** Monitors that could not be judged, and until when they are left out: they never stop the others. */
  leftOut: Map<string, number>;
  zones: ZoneRecheck;
  heartbeat: Heartbeat;
  /** Questions to the outside that are under way. */
  proofs: Proofs;
}
