/** All monitors in one table, those that want a look first; on a narrow screen each row becomes a card. */
import type { MonitorStatus } from "../domain/status.ts";
import type { MonitorView } from "../engine/view-monitor.ts";
import { AccelerationNote, scheduleInForce } from "./acceleration.tsx";
import { Instant } from "./time.tsx";

const ORDER: readonly MonitorStatus[] = ["down", "late", "unknown", "never_seen", "running", "paused", "up"];
const WORDS: Readonly<Record<MonitorStatus, string>> = {
  down: "down",
  late: "late",
  unknown: "unknown",
  never_seen: "never seen",
  running: "running",
  paused: "paused",
  up: "up",
};
/** Colour alone says nothing to many people. */
const SIGNS: Readonly<Record<MonitorStatus, string>> = {
  down: "✕",
  late: "!",
  unknown: "?",
  never_seen: "○",
  running: "▶",
  paused: "‖",
  up: "✓",
};

interface Shown {
  monitors: readonly MonitorView[];
  isCut: boolean;
  /** Slugs whose boundary nothing vouches for. */
  unverified: ReadonlySet<string>;
  nowAt: number;
}

export function Monitors({ monitors, isCut, unverified, nowAt }: Shown) {
  if (monitors.length === 0) {
    return (
      <section aria-labelledby="monitors">
        <h2 id="monitors">Monitors</h2>
        <p>No monitor yet. The line to paste for a first one was shown when Rollcall first started.</p>
      </section>
    );
  }
  const sorted = [...monitors].sort(
    (one, two) =>
      ORDER.indexOf(one.status) - ORDER.indexOf(two.status) ||
      Number(two.degradedBy !== null) - Number(one.degradedBy !== null) ||
      one.monitor.slug.localeCompare(two.monitor.slug),
  );
  return (
    <section aria-labelledby="monitors">
      <h2 id="monitors">Monitors</h2>
      {isCut ? <p>The first {monitors.length} by name are shown; the API lists all of them.</p> : null}
      <table class="cards monitors">
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Monitor</th>
            <th scope="col">Since</th>
            <th scope="col">Last good run</th>
            <th scope="col">Next expected</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((view) => (
            <Row view={view} isUnverified={unverified.has(view.monitor.slug)} nowAt={nowAt} />
          ))}
        </tbody>
      </table>
      {monitors.some(({ isNeverVerified }) => isNeverVerified) ? (
        <p class="hint">
          <span class="badge">never verified</span> says that the monitor has no check: that its runs do their
          work is their own word. With checks on what they tell (counts, steps, evidence) it is shown.
        </p>
      ) : null}
    </section>
  );
}

function Row({ view, isUnverified, nowAt }: { view: MonitorView; isUnverified: boolean; nowAt: number }) {
  const { monitor, status } = view;
  const { name } = monitor.settings;
  return (
    <tr>
      <td data-label="Status">
        <span class={`status ${status}`}>
          <span aria-hidden="true">{SIGNS[status]}</span> {WORDS[status]}
        </span>
      </td>
      <th scope="row">
        {monitor.slug}
        {name === monitor.slug ? null : <span class="name">{name}</span>}
        {view.lastRun === null ? null : (
          <span class="name">
            <a href={`/runs/${encodeURIComponent(view.lastRun.id)}`}>last run</a>
          </span>
        )}
        {view.pause === null ? null : <span class="name">{pauseText(view)}</span>}
        <AccelerationNote view={view} />
        {view.degradedBy === null ? null : <span class="name doubt">Degraded: {view.degradedBy}</span>}
        {isUnverified ? (
          <span class="name">
            <span class="badge">boundary unverified</span>
          </span>
        ) : null}
        {view.hint === null ? null : <span class="name">Hint: {view.hint}</span>}
      </th>
      <td data-label="Since">{view.sinceAt === null ? "–" : <Instant at={view.sinceAt} nowAt={nowAt} />}</td>
      <td data-label="Last good run">
        {view.lastSuccessAt === null ? "none yet" : <Instant at={view.lastSuccessAt} nowAt={nowAt} />}
        <Verified view={view} nowAt={nowAt} />
      </td>
      <td data-label="Next expected">
        {view.next === null ? "–" : <Instant at={view.next.expectedAt} nowAt={nowAt} />}
        <span class="name">{scheduleInForce(view)}</span>
      </td>
    </tr>
  );
}

/** Whether anything bears out the last good run. */
function Verified({ view, nowAt }: { view: MonitorView; nowAt: number }) {
  if (view.isNeverVerified) {
    return (
      <span class="name">
        <span class="badge">never verified</span>
      </span>
    );
  }
  if (view.lastVerifiedAt === null) return <span class="name">none verified yet</span>;
  if (view.lastVerifiedAt === view.lastSuccessAt) return <span class="name">verified</span>;
  return (
    <span class="name">
      last verified <Instant at={view.lastVerifiedAt} nowAt={nowAt} />
    </span>
  );
}

function pauseText({ pause }: MonitorView): string {
  if (pause === null) return "";
  const until =
    pause.untilAt === null
      ? "until resumed"
      : `until ${new Date(pause.untilAt).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return pause.reason === null ? `paused ${until}` : `paused ${until}: ${pause.reason}`;
}
