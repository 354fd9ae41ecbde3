/**
 * The story of a run that did not come: refused at the boundary, never called for, called and not heard of, or simply
 * silence. The cases read alike on a scheduler's page and need different hands.
 */
import { oneLine } from "../clean-text.ts";
import { durationInWords } from "../duration.ts";
import { PING_KEY_EXPECTED } from "../key-text.ts";
import type { Window } from "../ledger.ts";
import { LIMITS } from "../limits.ts";
import type { Deploy } from "../trust/guarded-route.ts";
import { isAnybodys, isSecretMismatch, nextAfterRefusal } from "../trust/next-steps.ts";
import type { Dispatch } from "./dispatch.ts";
import { clockTime, dateTime, laterTime, zoneOf } from "./local-words.ts";
import type { Story } from "./story.ts";

/** Refusals near a window, as a person is told of them: the latest one stands for all. */
export interface Refusals {
  count: number;
  sinceAt: number;
  lastAt: number;
  reason: string;
  /** Null: not told. */
  expected: string | null;
  seen: string | null;
  /** The user's own routes that refused, in the order of their first refusal. */
  routes: readonly string[];
  /** Some were check-ins here. */
  hasCheckIns: boolean;
}

/** What follows the monitor's name in the title. */
export function missingWords(story: Story, window: Window): string {
  const { monitor, phase, rejections, dispatch } = story;
  const zone = zoneOf(monitor);
  if (phase === "rejected_at_boundary" && rejections !== null) {
    const since = laterTime(rejections.sinceAt, window.expectedAt, zone);
    return `${refusedWords(rejections)} since ${since} (${rejections.reason})${contrast(rejections)}; no run was accepted`;
  }
  const by = laterTime(window.startBy, window.expectedAt, zone);
  const expected = `expected ${clockTime(window.expectedAt, zone)} ${zone}`;
  const until = `by ${by} (grace ${durationInWords(window.graceMs)})`;
  if (dispatch?.what === "let_in" && dispatch.at !== null) {
    const at = laterTime(dispatch.at, window.expectedAt, zone);
    return `${expected}, ${routeWords(dispatch.route)} was called and let in at ${at}, but no run checked in ${until}`;
  }
  if (phase === "not_dispatched" && dispatch !== null)
    return `${expected}, not dispatched: nothing called ${routeWords(dispatch.route)} ${until}`;
  return `${expected}, nothing arrived ${until}`;
}

/** `3 check-ins rejected at the trust boundary`, `2 calls rejected by GET /api/cron`. */
function refusedWords({ count, routes, hasCheckIns }: Refusals): string {
  const noun = routes.length === 0 ? "check-in" : hasCheckIns ? "call or check-in" : "call";
  const nouns = count === 1 ? noun : noun.replace("call", "calls").replace("check-in", "check-ins");
  const [route] = routes;
  const by = route === undefined || hasCheckIns ? "at the trust boundary" : `by ${routesWords(routes)}`;
  return `${countOf(count)} ${nouns} rejected ${by}`;
}

function routesWords([first = "", ...others]: readonly string[]): string {
  if (others.length === 0) return routeWords(first);
  return `${routeWords(first)} and ${others.length === 1 ? "another route" : `${others.length} other routes`}`;
}

function routeWords(route: string): string {
  return oneLine(route, LIMITS.hostShownCharacters);
}

/** What every job here is asked for is no news. */
function contrast({ expected, seen }: Refusals): string {
  if (expected === null || expected === PING_KEY_EXPECTED || seen === null) return "";
  const most = LIMITS.boundaryWordsShown;
  return `: expected ${oneLine(expected, most)}, got ${oneLine(seen, most)}`;
}

export function missingCame({ monitor, rejections, dispatch }: Story): string {
  const zone = zoneOf(monitor);
  if (rejections === null) {
    if (dispatch?.what !== "let_in" || dispatch.at === null) return "Nothing.";
    return `A call of ${routeWords(dispatch.route)} at ${dateTime(dispatch.at, zone)} that was let in, and no check-in after it.`;
  }
  const { count, routes, hasCheckIns, reason, seen } = rejections;
  const by = routes.length === 0 ? "" : ` by ${routesWords(routes)}${hasCheckIns ? " and by Rollcall" : ""}`;
  const shown = seen === null ? "" : `; what came was ${oneLine(seen, LIMITS.errorShownCharacters)}`;
  return `${countOf(count)} refused${by}: the latest reason is ${reason}${shown}. No check-in was accepted.`;
}

/** What is known of the boundary and of the guard, before what is known of every monitor. */
export function missingFacts({ monitor, window, rejections, dispatch, deploy, lastGoodAt }: Story): string[] {
  const zone = zoneOf(monitor);
  const brokenAt = rejections?.sinceAt ?? window?.startBy ?? null;
  const shownDeploy =
    deploy !== null && brokenAt !== null && isNear(deploy, { brokenAt, lastGoodAt })
      ? [`Deploy ${oneLine(deploy.commit, 12)} at ${dateTime(deploy.at, zone)}.`]
      : [];
  const isMismatch = rejections !== null && isSecretMismatch(rejections.reason);
  return [
    ...(isMismatch ? [`Secret mismatch since ${dateTime(rejections.sinceAt, zone)}.`] : []),
    ...shownDeploy,
    ...(rejections === null ? [] : refusalFacts(rejections, zone)),
    ...(dispatch === null ? [] : dispatchFacts(dispatch, { hasRefusals: rejections !== null, zone })),
  ];
}

function refusalFacts({ sinceAt, lastAt, count, expected, routes }: Refusals, zone: string): string[] {
  return [
    ...(expected === null
      ? []
      : [`Expected at the boundary: ${oneLine(expected, LIMITS.errorShownCharacters)}.`]),
    ...(count === 1 ? [] : [`Refused from ${dateTime(sinceAt, zone)} to ${dateTime(lastAt, zone)}.`]),
    ...(routes.length === 0 ? [] : ["The guard refused before any of the job's own code ran."]),
  ];
}

/** One before the last good run broke nothing. */
function isNear(deploy: Deploy, by: { brokenAt: number; lastGoodAt: number | null }): boolean {
  const sinceAt = Math.max(by.brokenAt - LIMITS.deployNearMs, by.lastGoodAt ?? Number.NEGATIVE_INFINITY);
  return deploy.at >= sinceAt && deploy.at <= by.brokenAt + LIMITS.proofSkewMs;
}

function dispatchFacts(dispatch: Dispatch, told: { hasRefusals: boolean; zone: string }): string[] {
  const { what, at, listening, lastCallAt } = dispatch;
  const { hasRefusals, zone } = told;
  const route = routeWords(dispatch.route);
  if (what === "let_in" && at !== null)
    return [
      `${route} was called and its guard let the call in at ${dateTime(at, zone)}: the scheduler fired.`,
    ];
  if (what !== "not_called" || listening === null || hasRefusals) return [];
  const span = `from ${dateTime(listening.fromAt, zone)} to ${dateTime(listening.toAt, zone)}`;
  return [
    `The guard on ${route} was listening ${span}, without a gap, and nothing called it for this run.`,
    ...(lastCallAt === null
      ? [`${route} has never been called.`]
      : [`The last call of ${route}: ${dateTime(lastCallAt, zone)}.`]),
  ];
}

export function missingUnknown({ monitor, rejections, dispatch }: Story): string[] {
  if (rejections !== null) {
    return [
      ...(isAnybodys(rejections.reason)
        ? ["Whether the job came at all: whoever was refused showed nothing, and may be anybody."]
        : []),
      ...(rejections.hasCheckIns && !isAnybodys(rejections.reason)
        ? ["Whether the job did its work: what it told was refused."]
        : []),
      ...(rejections.routes.length > 0
        ? ["Whether the scheduler itself called: nobody proved who called."]
        : []),
    ];
  }
  if (dispatch === null)
    return ["Whether the scheduler fired at all: no check-in was received and none was refused."];
  const route = routeWords(dispatch.route);
  if (dispatch.what === "let_in") return ["What the job did after its call was let in: it told nothing."];
  if (dispatch.what === "not_called") return ["Why the scheduler did not call."];
  const zone = zoneOf(monitor);
  const heard =
    dispatch.listening === null
      ? "does not say when it listens"
      : `is known to have listened from ${dateTime(dispatch.listening.fromAt, zone)} to ${dateTime(dispatch.listening.toAt, zone)} only`;
  return [`Whether the scheduler fired at all: the guard on ${route} told of no call, but ${heard}.`];
}

export function missingNext({ phase, rejections, dispatch }: Story): string {
  if (phase === "rejected_at_boundary" && rejections !== null) {
    const next = nextAfterRefusal(rejections.reason);
    return isAnybodys(rejections.reason)
      ? `Look at the scheduler's own log first: whether it called at that time, or a stranger did. ${next}`
      : next;
  }
  if (dispatch?.what === "let_in")
    return "Look at the route's own log after that call: whether the job began, died or hangs, and whether it can reach Rollcall to check in.";
  if (phase === "not_dispatched")
    return "Look at the scheduler: whether the schedule is still there and switched on, whether its last deployment took it along, and what its own log says of that hour.";
  return "Look whether the scheduler fired (its own log), whether the job's machine is up, and whether it can reach Rollcall.";
}

function countOf(refusals: number): string {
  return refusals < LIMITS.rejectionsCounted ? String(refusals) : `${LIMITS.rejectionsCounted} or more`;
}
