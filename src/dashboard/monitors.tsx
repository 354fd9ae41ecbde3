/** All monitors in one table, those that want a look first; on a narrow screen each row becomes a card. */
import { describeSchedule } from "../domain/schedule/schedule.ts";
import type { MonitorStatus } from "../domain/status.ts";
import type { MonitorView } from "../engine/view-monitor.ts";
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
  nowAt: number;
}

export function Monitors({ monitors, isCut, nowAt }: Shown) {
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
      one.monitor.slug.localeCompare(two.monitor.slug),
  );
  return (
    <section aria-labelledby="monitors">
      <h2 id="monitors">Monitors</h2>
      {isCut ? <p>The first {monitors.length} by name are shown; the API lists all of them.</p> : null}
      <table class="monitors">
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
            <Row view={view} nowAt={nowAt} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ view, nowAt }: { view: MonitorView; nowAt: number }) {
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
        {view.pause === null ? null : <span class="name">{pauseText(view)}</span>}
        {view.hint === null ? null : <span class="name">Hint: {view.hint}</span>}
      </th>
      <td data-label="Since">{view.sinceAt === null ? "–" : <Instant at={view.sinceAt} nowAt={nowAt} />}</td>
      <td data-label="Last good run">
        {view.lastSuccessAt === null ? "none yet" : <Instant at={view.lastSuccessAt} nowAt={nowAt} />}
      </td>
      <td data-label="Next expected">
        {view.next === null ? "–" : <Instant at={view.next.expectedAt} nowAt={nowAt} />}
        <span class="name">{describeSchedule(monitor.settings.schedule)}</span>
      </td>
    </tr>
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
