/** Small makers of outcomes: a whole one by default, and a test says only what matters. */
import type { Step } from "../../../src/domain/outcome/outcome.ts";

export function step(given: Partial<Step> = {}): Step {
  return {
    id: given.name ?? "fetch",
    parentId: null,
    seq: null,
    name: "fetch",
    kind: "task",
    status: "ok",
    startedAt: null,
    endedAt: null,
    attempt: 1,
    counts: null,
    http: null,
    error: null,
    tokens: null,
    cost: null,
    ...given,
  };
}
