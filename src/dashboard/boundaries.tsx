/** What was verified of the boundaries before users' own routes, and whether it still stands: a badge each. */
import type { VerificationView } from "../engine/verifications.ts";
import { Instant } from "./time.tsx";

type Standing = "green" | "red" | "awaiting" | "stale";

const WORDS: Readonly<Record<Standing, string>> = {
  green: "verified",
  red: "not to be trusted",
  awaiting: "awaiting the scheduler's call",
  stale: "stale",
};
/** Colour alone says nothing to many people. */
const SIGNS: Readonly<Record<Standing, string>> = { green: "✓", red: "✕", awaiting: "…", stale: "!" };
const TONES: Readonly<Record<Standing, string>> = {
  green: "good",
  red: "bad",
  awaiting: "doubt",
  stale: "doubt",
};

export function Boundaries({ latest, nowAt }: { latest: readonly VerificationView[]; nowAt: number }) {
  if (latest.length === 0) return null;
  return (
    <section aria-labelledby="boundaries">
      <h2 id="boundaries">Boundaries</h2>
      <table class="cards">
        <thead>
          <tr>
            <th scope="col">Standing</th>
            <th scope="col">Address</th>
            <th scope="col">Verified</th>
            <th scope="col">Remark</th>
          </tr>
        </thead>
        <tbody>
          {latest.map((view) => (
            <Row view={view} nowAt={nowAt} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ view, nowAt }: { view: VerificationView; nowAt: number }) {
  const { verification } = view;
  const standing = standingOf(view);
  const remarks = [
    ...verification.findings,
    ...view.staleBecause,
    ...(standing === "stale" ? ["verify it again"] : []),
  ];
  return (
    <tr>
      <td data-label="Standing">
        <span class={`mark ${TONES[standing]}`}>
          <span aria-hidden="true">{SIGNS[standing]}</span> {WORDS[standing]}
        </span>
      </td>
      <th scope="row">
        {verification.url}
        {verification.monitor === null ? null : <span class="name">{verification.monitor}</span>}
      </th>
      <td data-label="Verified">
        <Instant at={verification.at} nowAt={nowAt} />
      </td>
      <td data-label="Remark">{remarks.length === 0 ? "–" : remarks.join("; ")}</td>
    </tr>
  );
}

/** Red stays red: nothing that came later makes it better. */
function standingOf({ verification, staleBecause }: VerificationView): Standing {
  const { colour } = verification;
  return colour === "red" || staleBecause.length === 0 ? colour : "stale";
}
