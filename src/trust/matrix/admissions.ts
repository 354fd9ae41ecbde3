/** Calls with valid proof, by people and by the scheduler: a boundary that refuses them keeps the job from running. */
import type { NamedContract } from "../../domain/trust/contract.ts";
import type { MatrixCase, Judged, Tried } from "./case.ts";
import { skipped } from "./case.ts";
import { judgeAdmission } from "./judge.ts";
import { methodOf } from "./method.ts";

export const validManual: MatrixCase = {
  name: "valid_manual",
  expected: "let in, as a person",
  skippedBecause: ({ manual }) => (manual === null ? "no contract of people was named" : null),
  async judge(tried) {
    const { manual } = tried;
    if (manual === null) return skipped("no contract of people was named");
    return (
      (await shown(tried, manual, "manual")) ??
      skipped(`only the issuer can make the proof of ${manual.name}`)
    );
  },
};

export const validScheduler: MatrixCase = {
  name: "valid_scheduler",
  expected: "let in, as the scheduler",
  skippedBecause: () => null,
  async judge(tried) {
    return (
      (await shown(tried, tried.scheduler, "scheduler")) ?? {
        ...skipped("only the scheduler itself can show it: its own call on the probe is awaited"),
        result: "awaited",
      }
    );
  },
};

async function shown(
  tried: Tried,
  named: NamedContract,
  who: "scheduler" | "manual",
): Promise<Judged | null> {
  const method = methodOf(named.contract);
  const minted = await tried.mint(named, { method });
  if (minted === null) return null;
  const answer = await tried.call({ url: tried.url, ...minted });
  return judgeAdmission(answer, { who, method });
}
