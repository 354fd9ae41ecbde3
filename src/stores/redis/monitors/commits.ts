/** Changes of monitors on their way to Redis: one script each, all of it or nothing. */
import { assert } from "../../../domain/assert.ts";
import type { Change } from "../../../domain/change.ts";
import { RollcallError } from "../../../domain/errors.ts";
import { LIMITS } from "../../../domain/limits.ts";
import type { Clock } from "../../../ports/outside.ts";
import type { MonitorStore } from "../../../ports/store.ts";
import { assertOwn } from "../../merging.ts";
import type { Argument } from "../connection/arguments.ts";
import { lasting } from "../connection/durability.ts";
import { keptAsAdded, type KeptMonitor, type KeptMonitors, putChange } from "./kept-monitors.ts";
import argumentsLua from "../lua/arguments.lua";
import commitLua from "../lua/commit.lua";
import incidentsLua from "../lua/incidents.lua";
import monitorsLua from "../lua/monitors.lua";
import outboxLua from "../lua/outbox.lua";
import type { Owners } from "../owners.ts";
import type { RedisParts } from "../parts.ts";
import { baseOf, nameOf, type Place } from "../places.ts";
import { scriptOf } from "../connection/scripts.ts";
import { outOfTime } from "../connection/server-clock.ts";
import { type Loaded, questionsOf, questionTexts, type Snapshots } from "./snapshots.ts";
import { type WrittenChange, writtenChange } from "./written-change.ts";

const COMMIT = scriptOf("commit", argumentsLua, incidentsLua, outboxLua, monitorsLua, commitLua);

type Committed = "committed" | "stale";
type Answer =
  | readonly ["committed", swept: string, pingBefore: string]
  | readonly ["stale", Loaded | null]
  | readonly ["used"];
type Reply = Answer | readonly ["clock" | "late"];

export function committing(
  parts: RedisParts,
  { known, snapshots, owners }: { known: KeptMonitors; snapshots: Snapshots; owners: Owners },
): Pick<MonitorStore, "createMonitor" | "commit" | "confirm"> {
  const { connection, places, settings, clock, ordinal } = parts;
  const lasts = lasting(connection, settings.wait);
  let charactersUnderWay = 0;

  const send = async (place: Place, given: readonly Argument[]): Promise<Reply> => {
    const characters = given.reduce<number>((sum, each) => sum + String(each ?? "").length, 0);
    if (charactersUnderWay + characters > LIMITS.writesWaitingCharacters) throw tooMuchUnderWay();
    charactersUnderWay += characters;
    try {
      return (await connection.run(COMMIT, place, ...given)) as Reply;
    } finally {
      charactersUnderWay -= characters;
    }
  };

  /** Of a process whose clock was found to be off nothing was written, so it is sent again by the right one. */
  const sendInTime = async (
    place: Place,
    change: Change,
    given: { before: readonly Argument[]; after: readonly Argument[] },
  ): Promise<Answer> => {
    const { before, after } = given;
    const sent = () => send(place, [...before, ...clockTexts(clock, change), ...after]);
    let reply = await sent();
    if (reply[0] === "clock") {
      await clock?.measure();
      reply = await sent();
    }
    if (isAnswer(reply)) return reply;
    throw outOfTime(reply[0]);
  };

  const put = async (change: Change, place: Place, base: KeptMonitor | null): Promise<Committed> => {
    const { monitor, baseVersion } = change;
    const stamp = String(ordinal());
    const written = writtenChange(change, { monitor: base?.monitor ?? null, stamp, ordinal });
    const questions = questionsOf(base);
    const baseStamp = base?.stamp ?? null;
    const reply = await sendInTime(place, change, {
      before: [monitor.id, baseVersion, baseStamp, baseVersion === 0 ? monitor.slug : null],
      after: [...questionTexts(questions), ...written.notifications, ...written.rest],
    }).catch((error: unknown) => {
      // Else names gather as long as Redis takes nothing in. Whoever decides next assumes them for himself.
      const kept = known.get(monitor.id);
      for (const names of [kept?.runs, kept?.receipts]) names?.forgetAssumed();
      throw error;
    });
    if (reply[0] === "stale") {
      snapshots.learn(monitor.id, reply[1], questions);
      return "stale";
    }
    assert(reply[0] === "committed", "notification ids that were not used before");
    const [, swept, pingBefore] = reply;
    keepAsWritten(change, { base, baseStamp, swept, stamp, written });
    if (pingBefore !== "") await owners.leavePing(pingBefore, monitor.id);
    return "committed";
  };

  const keepAsWritten = (
    change: Change,
    of: {
      base: KeptMonitor | null;
      baseStamp: string | null;
      swept: string;
      stamp: string;
      written: WrittenChange;
    },
  ): void => {
    const { base, baseStamp, swept, stamp, written } = of;
    const { id } = change.monitor;
    const { state, monitor } = written.characters;
    const made = { stamp, characters: { state, monitor: monitor ?? base?.characters.monitor ?? 0 } };
    if (change.baseVersion === 0) return known.keep(keptAsAdded(change, made));
    const now = known.get(id);
    if (now !== undefined && now === base && base.stamp === baseStamp && base.swept === swept) {
      putChange(base, change, made);
      known.keep(base);
    } else if (now !== undefined && now.version <= change.baseVersion) known.forget(id);
  };

  return {
    async createMonitor(change) {
      assert(change.baseVersion === 0, "a monitor to be added with base version 0");
      assertFits(change);
      const { id, project, slug } = change.monitor;
      const lines = lasts.lines();
      const place = await places.ofSlug(project, slug);
      const elsewhere = await places.ofMonitor(id);
      if (elsewhere !== null && nameOf(elsewhere) !== nameOf(place)) {
        const key = `${baseOf(connection, elsewhere)}m:${id}`;
        if ((await connection.ask((client) => client.exists(key))) === 1) return "stale";
      }
      await owners.claim(place, change, null);
      await places.enter(place);
      if (elsewhere === null || nameOf(elsewhere) !== nameOf(place)) await places.leadTo(place, id);
      const outcome = await put(change, place, null);
      if (outcome === "committed") await lasts.reached(lines);
      return outcome;
    },

    async commit(change, onAccepted) {
      assertFits(change);
      const { id } = change.monitor;
      const lines = lasts.lines();
      const place = await places.ofMonitor(id);
      if (place === null || change.baseVersion === 0) return "stale";
      const kept = known.get(id);
      const base = kept?.version === change.baseVersion ? kept : null;
      if (owners.mustClaim(change, base?.monitor ?? null))
        await owners.claim(place, change, base?.monitor.pingHash ?? null);
      const outcome = await put(change, place, base);
      if (outcome === "stale") return outcome;
      await lasts.reached(lines);
      onAccepted?.();
      return outcome;
    },

    async confirm(snapshot) {
      const lines = lasts.lines();
      const outcome = await snapshots.confirm(snapshot);
      const place = outcome === "stale" ? null : await places.ofMonitor(snapshot.monitor.id);
      if (place === null) return outcome;
      await lasts.follow(place);
      await lasts.reached(lines);
      return outcome;
    },
  };
}

function assertFits(change: Change): void {
  assertOwn(change);
  const ids = change.notifications.map(({ id }) => id);
  assert(new Set(ids).size === ids.length, "notification ids that were not used before");
}

/**
 * The time by this process, how far it may be off, and until when a check-in is taken. A decision dated ahead of the
 * time was made by a clock that was ahead, and so was one that took for settled what is not yet.
 */
function clockTexts(clock: Clock | null, { journal }: Change): Argument[] {
  if (clock === null) return [null, 0, null];
  const checkIn = journal?.event.type === "check_in" ? journal.event.checkIn : null;
  const settled = (journal?.context.settledAt ?? 0) + LIMITS.settleMs;
  const now = Math.max(clock.now(), journal?.at ?? 0, settled);
  return [now, LIMITS.clockOffMs, checkIn === null ? null : checkIn.receivedAt + LIMITS.commitWithinMs];
}

function isAnswer(reply: Reply): reply is Answer {
  return reply[0] !== "clock" && reply[0] !== "late";
}

function tooMuchUnderWay(): RollcallError {
  return new RollcallError(
    "unavailable",
    "More is on its way to Redis than it takes just now; nothing was kept. Try again.",
    { retryAfterSeconds: 1 },
  );
}
