/** What the checks of a run found, those that were not met first. */
import type { CheckResult, CheckStatus } from "../domain/checks/check.ts";

const ORDER: readonly CheckStatus[] = ["failed", "error", "degraded", "pending", "passed"];
const WORDS: Readonly<Record<CheckStatus, string>> = {
  failed: "✕ failed",
  error: "✕ could not be checked",
  degraded: "! degraded",
  pending: "… awaited",
  passed: "✓ passed",
};
const TONES: Readonly<Record<CheckStatus, string>> = {
  failed: "bad",
  error: "bad",
  degraded: "doubt",
  pending: "doubt",
  passed: "good",
};

export function Checks({ checks }: { checks: readonly CheckResult[] }) {
  if (checks.length === 0) return null;
  const sorted = checks.toSorted((one, two) => ORDER.indexOf(one.status) - ORDER.indexOf(two.status));
  return (
    <section aria-labelledby="checks">
      <h2 id="checks">Checks</h2>
      <table class="cards">
        <thead>
          <tr>
            <th scope="col">Result</th>
            <th scope="col">Check</th>
            <th scope="col">What it found</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map(({ status, check, sentence }) => (
            <tr>
              <td>
                <span class={`mark ${TONES[status]}`}>{WORDS[status]}</span>
              </td>
              <th scope="row">{check}</th>
              <td data-label="What it found">{sentence}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
