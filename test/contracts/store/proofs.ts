/** Contract of every store: a proof that may be shown once is first once, and known until its time is over. */
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/domain/limits.ts";
import type { ProofClaim } from "../../../src/ports/boundary-store.ts";
import type { StoredRecord } from "../../../src/ports/transfer.ts";
import { MINUTE, START } from "../../makers.ts";
import { allRecords, recordsFrom, type StoreTrial } from "./trial.ts";

export function proofContract({ fresh, reopened, kind }: StoreTrial): void {
  describe("remembers proofs", () => {
    test("that were shown: the same use again is the same, another use is another", async () => {
      const store = await fresh();
      expect(await store.claimProof(claim())).toBe("first");
      expect(await store.claimProof(claim())).toBe("same");
      expect(await store.claimProof(claim({ use: "success of run 8" }))).toBe("other");
      expect(await store.claimProof(claim())).toBe("same");
      expect(await store.claimProof(claim({ id: "github/b" }))).toBe("first");
      expect(await store.claimProof(claim({ project: "other" }))).toBe("first");
    });

    test("so that of many at once one is first, whatever they are shown for", async () => {
      const store = await fresh();
      const uses = Array.from({ length: 50 }, (_each, index) => `use ${index % 5}`);
      const answers = await Promise.all(uses.map((use) => store.claimProof(claim({ use }))));
      expect(answers.filter((answer) => answer === "first")).toHaveLength(1);
      const first = uses[answers.indexOf("first")];
      for (const [index, answer] of answers.entries()) {
        if (answer !== "first") expect(answer).toBe(uses[index] === first ? "same" : "other");
      }
    });

    test("until their time is over, to the millisecond; then they are unknown", async () => {
      const store = await fresh();
      const untilAt = START + MINUTE;
      await store.claimProof(claim({ untilAt }));
      expect(await store.claimProof(claim({ nowAt: untilAt, use: "else" }))).toBe("other");
      expect(await store.claimProof(claim({ nowAt: untilAt + 1, use: "else", untilAt: untilAt + 9 }))).toBe(
        "first",
      );
      expect(await store.claimProof(claim({ nowAt: untilAt + 2, use: "else" }))).toBe("same");
    });

    test("as long as any claim of them wanted", async () => {
      const store = await fresh();
      await store.claimProof(claim({ untilAt: START + 5 }));
      await store.claimProof(claim({ untilAt: START + MINUTE, use: "else" }));
      await store.claimProof(claim({ untilAt: START + 1 }));
      expect(await store.claimProof(claim({ nowAt: START + MINUTE }))).toBe("same");
      expect(await store.sweep(START + MINUTE)).toBe(0);
      expect(await store.sweep(START + MINUTE + 1)).toBe(1);
    });

    test("up to a limit of a project; the ones that end first make room", async () => {
      const store = await fresh();
      const limit = LIMITS.proofUsesPerProject;
      const records = Array.from({ length: limit }, (_each, index): StoredRecord => {
        const untilAt = START + 1_000 + ((index * 7) % limit);
        return { kind: "proof_use", project: "default", id: `jwt/${index}`, use: "u", untilAt };
      });
      await store.importAll(recordsFrom(records));
      await store.claimProof(claim({ project: "other", untilAt: START + 1 }));
      const ids = async () => {
        const kept = (await allRecords(store)).filter((record) => record.kind === "proof_use");
        return new Set(kept.map(({ project, id }) => `${project} ${id}`));
      };
      expect((await ids()).size).toBe(limit + 1);
      for (const id of ["late/1", "late/2", "late/3"])
        await store.claimProof(claim({ id, untilAt: START + 9 * MINUTE }));
      const kept = await ids();
      expect(kept.size).toBe(limit + 1);
      const gone = records.flatMap((record) =>
        record.kind === "proof_use" && !kept.has(`default ${record.id}`) ? [record.untilAt - START] : [],
      );
      expect(new Set(gone)).toEqual(new Set([1_000, 1_001, 1_002]));
      // What was swept leaves room.
      expect(await store.sweep(START + 2_000)).toBe(1_000 - 3 + 1);
      await store.claimProof(claim({ id: "late/4", untilAt: START + 9 * MINUTE }));
      expect((await ids()).size).toBe(limit - 1_000 + 3 + 1);
    });

    // The memory store forgets when it is closed, as it says of itself.
    test.runIf(kind.isPersistent)("durably, before it answers (persistent stores)", async () => {
      const store = await fresh();
      await store.claimProof(claim());
      expect(await (await reopened(store)).claimProof(claim())).toBe("same");
    });
  });
}

function claim(given: Partial<ProofClaim> = {}): ProofClaim {
  return {
    project: "default",
    id: "github/a",
    use: "start of run 7",
    nowAt: START,
    untilAt: START + MINUTE,
    ...given,
  };
}
