/** What a run told beside its steps: figures, answers of hosts, things that show its work, where it ran, and its texts. */
import { durationInWords } from "../domain/duration.ts";
import { isTrouble } from "../domain/outcome/http-tally.ts";
import type { Environment, EvidenceItem, HttpTally, Outcome } from "../domain/outcome/outcome.ts";
import { clockText } from "./time.tsx";

export function Figures({ outcome }: { outcome: Outcome }) {
  const { counts = {}, metrics = {}, retries = 0 } = outcome;
  const figures = [
    ...Object.entries(counts),
    ...Object.entries(metrics),
    ...(retries === 0 ? [] : [["retries", retries] as const]),
  ];
  if (figures.length === 0 && outcome.unreadable === undefined) return null;
  return (
    <section aria-labelledby="figures">
      <h2 id="figures">Figures</h2>
      {outcome.unreadable === undefined ? null : (
        <p class="refusal">What it told could not be read: {outcome.unreadable}</p>
      )}
      <dl class="figures">
        {figures.map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Answers({ tallies }: { tallies: readonly HttpTally[] }) {
  if (tallies.length === 0) return null;
  const sorted = tallies.toSorted((one, two) => two.status - one.status || two.count - one.count);
  return (
    <section aria-labelledby="answers">
      <h2 id="answers">What hosts answered</h2>
      <table class="cards">
        <thead>
          <tr>
            <th scope="col">Host</th>
            <th scope="col">Answer</th>
            <th scope="col">Times</th>
            <th scope="col">From, to</th>
            <th scope="col">Asks to wait</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((tally) => (
            <tr>
              <th scope="row">{tally.host}</th>
              <td data-label="Answer">
                <span class={`mark ${isTrouble(tally.status) ? "bad" : "good"}`}>
                  {tally.status}
                  {tally.isQuota ? " quota exhausted" : ""}
                </span>
              </td>
              <td data-label="Times">{tally.count}</td>
              <td data-label="From, to">
                {[tally.firstAt, tally.lastAt]
                  .flatMap((at) => (at === null ? [] : [clockText(at)]))
                  .join(", ") || "–"}
              </td>
              <td data-label="Asks to wait">
                {tally.retryAfterSeconds === null ? "–" : durationInWords(tally.retryAfterSeconds * 1_000)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Addresses are shown as text: they come from the job, and one look must not become a click. */
export function Proof({ items }: { items: readonly EvidenceItem[] }) {
  if (items.length === 0) return null;
  return (
    <section aria-labelledby="evidence">
      <h2 id="evidence">Evidence of its work</h2>
      <ul>
        {items.map(({ kind, name, id, url, size, sha256, createdAt }) => (
          <li>
            {[
              `${kind}:`,
              name,
              id,
              url,
              size === null ? null : `${size} bytes`,
              createdAt === null ? null : `made ${clockText(createdAt)}`,
              sha256 === null ? null : `SHA-256 ${sha256.slice(0, 12)}…`,
            ]
              .filter((part) => part !== null)
              .join(" ")}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Surroundings({ environment }: { environment: Environment | undefined }) {
  const told = Object.entries(environment ?? {}).filter(([, value]) => value !== null);
  if (told.length === 0) return null;
  return (
    <section aria-labelledby="environment">
      <h2 id="environment">Where it ran</h2>
      <dl class="facts">
        {told.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}

export function Said({ title, text }: { title: string; text: string }) {
  if (text.trim() === "") return null;
  return (
    <section>
      <h2>{title}</h2>
      <pre>{text}</pre>
    </section>
  );
}
