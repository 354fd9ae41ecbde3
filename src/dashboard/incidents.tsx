/** Open incidents: what was expected, what came instead, how we know, and what to look at. */
import type { Incident } from "../domain/incident.ts";
import { Instant } from "./time.tsx";

/** Many at once have one cause as a rule: the evidence of further ones is folded, so that all are in sight. */
const UNFOLDED = 3;

export function Incidents({ incidents, nowAt }: { incidents: readonly Incident[]; nowAt: number }) {
  if (incidents.length === 0) return null;
  return (
    <section aria-labelledby="incidents">
      <h2 id="incidents">Open incidents</h2>
      {incidents.map((incident, index) => (
        <OpenIncident incident={incident} nowAt={nowAt} isFolded={index >= UNFOLDED} />
      ))}
    </section>
  );
}

function OpenIncident({
  incident,
  nowAt,
  isFolded,
}: {
  incident: Incident;
  nowAt: number;
  isFolded: boolean;
}) {
  const { evidence } = incident;
  const isTaken = incident.status === "acknowledged";
  return (
    <article class={isTaken ? "incident taken" : "incident"}>
      <h3>{incident.title}</h3>
      <p class="since">
        <span class="mark">{isTaken ? "Acknowledged" : "Open"}</span> since{" "}
        <Instant at={incident.openedAt} nowAt={nowAt} />
        {incident.owner === null ? null : <> · owner: {incident.owner}</>}
        {incident.windowsLost > 1 ? <> · {incident.windowsLost} runs lost</> : null}
        {incident.lastGoodAt === null ? (
          <> · never ended well before</>
        ) : (
          <>
            {" "}
            · last good run <Instant at={incident.lastGoodAt} nowAt={nowAt} />
          </>
        )}
      </p>
      <details open={!isFolded}>
        <summary>Evidence</summary>
        <dl>
          <dt>Expected</dt>
          <dd>{evidence.expected}</dd>
          <dt>Came instead</dt>
          <dd>{evidence.came}</dd>
          <Facts name="Known" facts={evidence.known} />
          <Facts name="Not known" facts={evidence.unknown} />
          <dt>Look at</dt>
          <dd>{evidence.next}</dd>
        </dl>
      </details>
    </article>
  );
}

function Facts({ name, facts }: { name: string; facts: readonly string[] }) {
  if (facts.length === 0) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <ul>
          {facts.map((fact) => (
            <li>{fact}</li>
          ))}
        </ul>
      </dd>
    </>
  );
}
