/** A store whose failures are counted: who runs Rollcall sees them, whoever asked and whatever became of the answer. */
import { RollcallError } from "../domain/errors.ts";
import type { WorkMetrics } from "../ports/metrics.ts";
import type { Store } from "../ports/store.ts";

type Method = (...given: never[]) => unknown;

/** The same store: what it gives back and throws is handed on untouched, and nothing waits for the counting. */
export function measuring(store: Store, metrics: Pick<WorkMetrics, "countStoreError">): Store {
  const measured = Object.entries(store).map(([operation, method]) => [
    operation,
    (...given: never[]) => {
      const answer = (method as Method)(...given);
      if (answer instanceof Promise) {
        answer.catch((error: unknown) => metrics.countStoreError({ operation, why: whyOf(error) }));
      }
      return answer;
    },
  ]);
  return Object.fromEntries(measured) as Store;
}

function whyOf(error: unknown): string {
  if (!(error instanceof RollcallError)) return "internal";
  return error.isOverload ? "overload" : error.code;
}
