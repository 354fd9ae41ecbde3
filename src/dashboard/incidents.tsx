/** Open incidents: what was expected, what came instead, how we know, and what to look at. */
import type { Incident } from "../domain/incident.ts";
import type { MonitorView } from "../engine/view-monitor.ts";
import { Instant } from "./time.tsx";

/** Many at once have one cause as a rule: the evidence of further ones is folded, so that all are in sight. */
const UNFOLDED = 3;

interface Shown {
  incidents: readonly Incident[];
  monitors: readonly MonitorView[];
  nowAt: number;
}

export function Incidents({ incidents, monitors, nowAt }: Shown) {
  if (incidents.length === 0) return null;
  return (
    <section aria-labelledby="incidents">
      <h2 id="incidents">Open incidents</h2>
      {incidents.map((incident, index) => (
        <OpenIncident
          incident={incident}
          lastRunId={lastRunOf(incident, monitors)}
          nowAt={nowAt}
          isFolded={index >= UNFOLDED}
        />
      ))}
    </section>
  );
}

/** Where something ran: a run that never came has nothing to show. */
function lastRunOf({ subject, kind }: Incident, monitors: readonly MonitorView[]): string | null {
  if (subject.type !== "monitor" || kind === "missing") return null;
  return monitors.find(({ monitor }) => monitor.id === subject.monitorId)?.lastRun?.id ?? null;
}

function OpenIncident({
  incident,
  lastRunId,
  nowAt,
  isFolded,
}: {
  incident: Incident;
  lastRunId: string | null;
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
        {incident.lastVerifiedAt === null ? null : (
          <>
            {" "}
            · last verified run <Instant at={incident.lastVerifiedAt} nowAt={nowAt} />
          </>
        )}
      </p>
      <details open={!isFolded}>
        <summary>Evidence</summary>
        <dl class="facts">
          <dt>Expected</dt>
          <dd>{evidence.expected}</dd>
          <dt>Came instead</dt>
          <dd>{evidence.came}</dd>
          <Facts name="Known" facts={evidence.known} />
          <Facts name="Not known" facts={evidence.unknown} />
          <dt>Look at</dt>
          <dd>{evidence.next}</dd>
        </dl>
        {lastRunId === null ? null : (
          <p>
            <a href={`/runs/${encodeURIComponent(lastRunId)}`}>The last run, with all that it told</a>
          </p>
        )}
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
