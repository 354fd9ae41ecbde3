/** Everything that is written, by name: what the thread that writes can be asked for. Each runs in a transaction. */
import { boundaryWrites } from "./boundary.ts";
import { hearingWrites } from "./hearing.ts";
import { monitorWrites } from "./monitors.ts";
import { outboxWrites } from "./outbox.ts";
import { projectWrites } from "./project.ts";
import type { Statements } from "./statements.ts";
import { transferWrites } from "./transfer.ts";
import { upkeepWrites } from "./upkeep.ts";

export function allWrites(statements: Statements) {
  return {
    ...monitorWrites(statements),
    ...projectWrites(statements),
    ...boundaryWrites(statements),
    ...outboxWrites(statements),
    ...hearingWrites(statements),
    ...transferWrites(statements),
    ...upkeepWrites(statements),
  };
}

export type Writes = ReturnType<typeof allWrites>;
