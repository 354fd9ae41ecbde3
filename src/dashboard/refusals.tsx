/**
 * What came and was not believed, of late: by monitor, and the inbox of what belongs to none. A job that is refused looks
 * like one that is silent, so this stands above the list of monitors.
 */
import { oneLine } from "../domain/clean-text.ts";
import { LIMITS } from "../domain/limits.ts";
import { nextAfterRefusal } from "../domain/trust/next-steps.ts";
import type { GuardedRouteView } from "../engine/guarded-routes.ts";
import type { RejectionView } from "../engine/list-rejections.ts";
import type { MonitorView } from "../engine/view-monitor.ts";
import { Instant } from "./time.tsx";

/** Strangers try names, and must not push what belongs to somebody out of sight. */
const INBOX_SHOWN = 5;
const ROWS_SHOWN = 20;

/** Refusals alike, from whatever address. */
export interface Refusal {
  id: string;
  /** As it was sent. */
  monitor: string | null;
  /** It belongs to no monitor. */
  isInbox: boolean;
  /** Nothing went well since: this is how it stands. */
  isStanding: boolean;
  didYouMean: string | null;
  route: string | null;
  reason: string;
  expected: string;
  seen: string;
  count: number;
  firstAt: number;
  lastAt: number;
}

/** Those that stand first, then the latest; an unknown name stands where its key was good. */
export function refusalsOf(views: readonly RejectionView[], monitors: readonly MonitorView[]): Refusal[] {
  const alike = new Map<string, Refusal>();
  for (const { rejection, didYouMean } of views) {
    const { id, monitorId, slug, route = null, reason, expected, seen, count, firstAt, lastAt } = rejection;
    const key = JSON.stringify([monitorId, slug, route, reason, expected, seen]);
    const before = alike.get(key);
    const lastGoodAt = monitors.find(({ monitor }) => monitor.id === monitorId)?.lastSuccessAt ?? null;
    const isStanding = monitorId === null ? reason === "unknown_monitor" : (lastGoodAt ?? 0) < lastAt;
    const own = { id, monitor: slug, isInbox: monitorId === null, didYouMean, route, reason, expected, seen };
    alike.set(key, {
      ...own,
      isStanding: isStanding || before?.isStanding === true,
      count: count + (before?.count ?? 0),
      firstAt: Math.min(firstAt, before?.firstAt ?? firstAt),
      lastAt: Math.max(lastAt, before?.lastAt ?? lastAt),
    });
  }
  return [...alike.values()].sort(
    (one, two) => Number(two.isStanding) - Number(one.isStanding) || two.lastAt - one.lastAt,
  );
}

export function Refusals({ refusals, nowAt }: { refusals: readonly Refusal[]; nowAt: number }) {
  if (refusals.length === 0) return null;
  const own = refusals.filter(({ isInbox }) => !isInbox);
  const inbox = refusals.filter(({ isInbox }) => isInbox);
  return (
    <section aria-labelledby="refused">
      <h2 id="refused">Refused at the boundary</h2>
      {own.length === 0 ? null : <Table of={own.slice(0, ROWS_SHOWN)} nowAt={nowAt} />}
      {own.length > ROWS_SHOWN ? <More count={own.length - ROWS_SHOWN} path="/v1/rejections" /> : null}
      {inbox.length === 0 ? null : (
        <>
          <h3 class="inbox">Inbox: refused, and of no monitor</h3>
          <p class="hint">
            Is one of them yours, put its name right in the job. To bind an entry to its monitor:{" "}
            <code>POST /v1/rejections/&lt;entry&gt;/claim</code>
          </p>
          <Table of={inbox.slice(0, INBOX_SHOWN)} nowAt={nowAt} />
          {inbox.length > INBOX_SHOWN ? (
            <More count={inbox.length - INBOX_SHOWN} path="/v1/rejections?inbox=true" />
          ) : null}
        </>
      )}
    </section>
  );
}

function More({ count, path }: { count: number; path: string }) {
  return (
    <p class="hint">
      and {count} more: <code>GET {path}</code>
    </p>
  );
}

function Table({ of, nowAt }: { of: readonly Refusal[]; nowAt: number }) {
  return (
    <table class="cards refusals">
      <thead>
        <tr>
          <th scope="col">Refused</th>
          <th scope="col">Why</th>
          <th scope="col">Expected</th>
          <th scope="col">Came instead</th>
          <th scope="col">Last</th>
        </tr>
      </thead>
      <tbody>
        {of.map((refusal) => (
          <Row refusal={refusal} nowAt={nowAt} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ refusal, nowAt }: { refusal: Refusal; nowAt: number }) {
  const { id, monitor, isInbox, route, didYouMean, reason, expected, seen } = refusal;
  const { count, firstAt, lastAt, isStanding } = refusal;
  const noun = route === null ? "check-in" : "call";
  return (
    <tr>
      <th scope="row">
        {monitor === null ? "(no name)" : oneLine(monitor, LIMITS.slugCharacters)}
        <span class="name">
          {count} {count === 1 ? noun : `${noun}s`}
          {route === null ? null : <> of {route}</>}
        </span>
        {didYouMean === null ? null : <span class="name doubt">Did you mean {didYouMean}?</span>}
        {isInbox ? <span class="name">Entry {id}</span> : null}
      </th>
      <td data-label="Why">
        <span class={isStanding ? "mark bad" : "mark"}>{reason}</span>
        <span class="name">{isStanding ? nextAfterRefusal(reason) : "A run ended well since."}</span>
      </td>
      <td data-label="Expected">{expected === "" ? "–" : expected}</td>
      <td data-label="Came">{seen === "" ? "–" : seen}</td>
      <td data-label="Last">
        <Instant at={lastAt} nowAt={nowAt} />
        {count === 1 ? null : (
          <span class="name">
            since <Instant at={firstAt} nowAt={nowAt} />
          </span>
        )}
      </td>
    </tr>
  );
}

/** Only where something does not fit together. */
export function GuardWarnings({ routes }: { routes: readonly GuardedRouteView[] }) {
  const warnings = [...new Set(routes.flatMap((each) => each.warnings))];
  if (warnings.length === 0) return null;
  return (
    <section aria-labelledby="guards">
      <h2 id="guards">Guards on your routes</h2>
      <ul class="warnings">
        {warnings.slice(0, ROWS_SHOWN).map((warning) => (
          <li>{warning}</li>
        ))}
      </ul>
      {warnings.length > ROWS_SHOWN ? (
        <More count={warnings.length - ROWS_SHOWN} path="/v1/guarded-routes" />
      ) : null}
    </section>
  );
}
