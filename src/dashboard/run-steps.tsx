/** The steps of a run in the order in which they were told, those within others set in, and those that were left out. */
import { durationInWords } from "../domain/duration.ts";
import { leftOut } from "../domain/outcome/story-steps.ts";
import type { Outcome, Step, StepStatus } from "../domain/outcome/outcome.ts";

const WORDS: Readonly<Record<StepStatus, string>> = {
  running: "▶ not ended",
  ok: "✓ ok",
  failed: "✕ failed",
  skipped: "– skipped",
};
const TONES: Readonly<Record<StepStatus, string>> = {
  running: "doubt",
  ok: "good",
  failed: "bad",
  skipped: "doubt",
};
/** Deeper ones are set in no further: a phone is narrow. */
const DEEPEST = 4;

export function Steps({ outcome }: { outcome: Outcome }) {
  const { steps = [], stepsCut = 0 } = outcome;
  const missing = leftOut(outcome, null).filter(({ name }) => !steps.some((step) => step.name === name));
  if (steps.length === 0) return null;
  return (
    <section aria-labelledby="steps">
      <h2 id="steps">Steps</h2>
      <table class="cards">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Result</th>
            <th scope="col">Took</th>
            <th scope="col">What is known</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <Row step={step} depth={depthOf(step, steps)} />
          ))}
        </tbody>
      </table>
      {stepsCut === 0 ? null : <p>{stepsCut} more steps were told than are kept.</p>}
      {missing.length === 0 ? null : (
        <p>Not done of what was planned: {missing.map(({ name }) => name).join(", ")}.</p>
      )}
    </section>
  );
}

function Row({ step, depth }: { step: Step; depth: number }) {
  const { startedAt, endedAt, status } = step;
  const tookMs = startedAt === null || endedAt === null ? null : endedAt - startedAt;
  return (
    <tr>
      <th scope="row" class={`depth-${depth}`}>
        {step.seq === null ? null : `${step.seq}. `}
        {step.name}
        <span class="name">{step.kind}</span>
      </th>
      <td data-label="Result">
        <span class={`mark ${TONES[status]}`}>{WORDS[status]}</span>
      </td>
      <td data-label="Took">{tookMs === null || tookMs < 0 ? "–" : durationInWords(tookMs)}</td>
      <td data-label="What is known">{knownOf(step).join(" · ") || "–"}</td>
    </tr>
  );
}

function knownOf({ attempt, counts, http, error, tokens, cost }: Step): string[] {
  const answer = http === null ? [] : [http.method, http.host, http.status].filter((part) => part !== null);
  const numbers = Object.entries(counts ?? {}).map(([name, value]) => `${name} ${value}`);
  return [
    answer.join(" "),
    error === null ? "" : [error.class, error.type, error.message].filter((part) => part !== null).join(": "),
    attempt > 1 ? `try ${attempt}` : "",
    ...numbers,
    tokens === null ? "" : `${tokens} tokens`,
    cost === null ? "" : `cost ${cost}`,
  ].filter((text) => text !== "");
}

function depthOf(step: Step, steps: readonly Step[]): number {
  let depth = 0;
  let parentId = step.parentId;
  while (parentId !== null && depth < DEEPEST) {
    const above = steps.find(({ id }) => id === parentId);
    if (above === undefined) break;
    depth += 1;
    parentId = above.parentId;
  }
  return depth;
}
