/** Proofs that were shown, so that none is shown twice for different things: one writer answers who was first. */
import { LIMITS } from "../../domain/limits.ts";
import type { BoundaryStore, ProofClaim } from "../../ports/boundary-store.ts";
import type { Connection } from "./connection.ts";
import type { Statements } from "./statements.ts";

export function proofSection(connection: Connection): Pick<BoundaryStore, "claimProof"> {
  return { claimProof: (claim) => connection.write("claimProof", [claim]) };
}

export function proofWrites(statements: Statements) {
  const find = statements.prepare<{ use: string; until_at: number }>(`
    SELECT use, until_at FROM proof_uses WHERE project = ? AND id = ?`);
  const extend = statements.prepare(`
    UPDATE proof_uses SET until_at = ? WHERE project = ? AND id = ?`);
  const forget = statements.prepare(`DELETE FROM proof_uses WHERE project = ? AND id = ?`);
  const add = statements.prepare(`
    INSERT INTO proof_uses (project, id, use, until_at) VALUES (?, ?, ?, ?)`);
  const total = statements.prepare<{ uses: number }>(`SELECT uses FROM proof_totals WHERE project = ?`);
  const displace = statements.prepare(`
    DELETE FROM proof_uses WHERE (project, id) IN (
      SELECT project, id FROM proof_uses WHERE project = ? ORDER BY until_at, id LIMIT ?)`);

  return {
    claimProof({ project, id, use, nowAt, untilAt }: ProofClaim): "first" | "same" | "other" {
      const known = find.get(project, id);
      if (known !== undefined && known.until_at >= nowAt) {
        if (untilAt > known.until_at) extend.run(untilAt, project, id);
        return known.use === use ? "same" : "other";
      }
      if (known !== undefined) forget.run(project, id);
      const surplus = (total.get(project)?.uses ?? 0) + 1 - LIMITS.proofUsesPerProject;
      if (surplus > 0) displace.run(project, surplus);
      add.run(project, id, use, untilAt);
      return "first";
    },
  };
}
