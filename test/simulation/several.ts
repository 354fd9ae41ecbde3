/**
 * Rollcall in several processes over one store, as the scaled edition joins them: some hear, some judge and send, some
 * do both. Each dies, stands still and is cut off by itself.
 */
import type { CheckIn } from "../../src/domain/check-in.ts";
import { type Role, hears, works } from "../../src/editions/roles.ts";
import { deliverDue } from "../../src/engine/delivery/deliver.ts";
import { recordAgain } from "../../src/engine/delivery/record.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { Store } from "../../src/ports/store.ts";
import { remembering } from "../../src/stores/remembering.ts";
import { waking } from "../../src/stores/waking.ts";
import { note } from "./coverage.ts";
import type { Sender } from "./far-end.ts";
import { createJobQueue, type JobQueue, type Taker } from "./job-queue.ts";
import { createMemberClock, type MemberClock } from "./member-clock.ts";
import { type CrashPoint, type Fate, processStore } from "./process-store.ts";
import { createProcess, createWorry, partsOf, type Process, refuse, takeCheckIn } from "./process.ts";
import { type Answer, downTimeMs, fairWeather, type Machine, noteCrash, type Rollcall } from "./rollcall.ts";
import { createNews, rememberingSnapshots, shareStore } from "./shared-store.ts";
import { watchWhoIsThere } from "./who-is-there.ts";

export interface SeveralRollcall extends Rollcall {
  members: readonly Member[];
  queue: JobQueue;
  /** The store is away, for all. */
  storeAway(forMs: number, how: { isOnlyWriting: boolean }): void;
}

/** A place for one process, whichever runs there now. */
export interface Member {
  role: Role;
  clock: MemberClock;
  fate: Fate;
  /** No job reaches it before then. */
  unreachableUntilAt: number;
  isUp(): boolean;
  /** It lives and does not stand still. */
  isThere(): boolean;
  /** Null: for ever. */
  crash(downMs: number | null): void;
  /** Its machine's clock is set forwards or, below zero, backwards. */
  stepClock(byMs: number): void;
  stall(forMs: number): void;
  cutOff(forMs: number): void;
}

export interface SharedMachine extends Machine {
  roles: readonly Role[];
  partitions: number;
  store: Store;
}

interface OwnMember extends Member {
  /** Its clock was ahead, and engine time never runs backwards: until then nothing of it counts. */
  misledUntilAt: number;
  running: OneOfSeveral | null;
  start(): Promise<void>;
}

interface OneOfSeveral extends Process {
  sender: Sender;
}

/** More often than signs of life are stored, so that none comes late; who only judges looks at every tick as well. */
const HEARING_MS = 500;
const LOOKING_MS = 1_000;
const TICK_MS = 1_000;
const UNRECORDED_MS = 500;
const CLOCK_MS = 2_000;
/** By then a clock that was set wrong is measured, and its process has caught up with itself. */
const MEASURED_MS = CLOCK_MS + 500;
/** After that nobody waits for an answer any more. */
const CLIENT_PATIENCE_MS = 10_000;
const SLOW_MS = 500;

export function createSeveral(machine: SharedMachine): SeveralRollcall {
  const { time, chance, coverage } = machine;
  const weather = fairWeather();
  const errors: string[] = [];
  const worry = createWorry(errors);
  const queue = createJobQueue({ time, coverage, chance: chance.fork("queue") });
  const shared = shareStore(machine.store, machine);
  const news = createNews();
  let made = 0;
  const nextId = (): number => (made += 1);
  const whoIsThere = watchWhoIsThere(time, {
    hears: () => isStoreThere() && members.some((one) => hears(one.role) && mayAsk(one)),
    judges: () => isStoreThere() && members.some((one) => works(one.role) && mayAsk(one)),
  });
  const isStoreThere = (): boolean => time.now() >= weather.unavailableUntilAt;
  const mayAsk = (one: OwnMember): boolean =>
    one.isUp() && one.isThere() && time.now() >= Math.max(one.fate.cutOffUntilAt, one.misledUntilAt);

  /** What one process does again and again while it lives; standing still, it goes on afterwards. */
  const again = (process: Process, member: Member, every: { ms: number; act: () => unknown }): void => {
    if (process.isDead) return;
    if (!member.isThere()) {
      time.at(member.fate.asleepUntilAt, () => again(process, member, every));
      return;
    }
    void every.act();
    time.after(every.ms + chance.between(0, 50), () => again(process, member, every));
  };

  const storeOf = (member: OwnMember, name: string) => {
    const onCrash = (point: CrashPoint): void => {
      noteCrash(coverage, point);
      member.crash(downTimeMs(chance));
    };
    const own = processStore(shared.viewOf(name, member.clock), { ...machine, ...member, weather, onCrash });
    const heard = news.of(() => time.now() >= member.fate.cutOffUntilAt);
    const store = waking(remembering(rememberingSnapshots(own.store), heard), queue.askForDrains);
    const die = (): void => {
      own.die();
      heard.leave();
    };
    return { store, die };
  };

  const writeAgain = async ({ engine, parts, underWay }: Process): Promise<void> => {
    if (engine === null) return;
    const { clock, reportChannelTrouble: onChannelTrouble } = engine;
    await recordAgain({ ...parts, clock }, { ...underWay, onChannelTrouble });
  };

  const takerOf = (process: Process, member: Member): Taker => {
    const underWay = new Set<string>();
    return {
      isThere: () => !process.isDead && member.isThere(),
      async tick(partition) {
        const { engine, parts } = process;
        if (engine === null || underWay.has(partition)) return;
        underWay.add(partition);
        try {
          while ((await engine.tick({ partitions: [partition] })).isMoreDue);
          queue.askForDrains(await parts.store.waitingChannels(engine.clock.now(), partition));
        } catch (error) {
          worry("tick", error);
        } finally {
          underWay.delete(partition);
        }
      },
      async drain(only) {
        const { engine, parts, underWay } = process;
        if (engine === null) throw new Error("not begun");
        const { clock, reportChannelTrouble: onChannelTrouble } = engine;
        const delivery = { ...underWay, nowAt: clock.now(), onChannelTrouble, only };
        await deliverDue({ ...parts, clock }, delivery).catch((error: unknown) => {
          worry("delivery", error);
          throw error;
        });
      },
    };
  };

  const startIn = async (member: OwnMember): Promise<void> => {
    // As when a store is opened: what its machine's clock did before does not reach the new process.
    member.clock.measure();
    member.misledUntilAt = 0;
    const sender = machine.farEnd.senderOf({ crash: () => member.crash(machine.downMs()) });
    const { store, die } = storeOf(member, `process ${nextId()}`);
    const given = {
      store,
      clock: { now: member.clock.now },
      channels: [sender.kind],
      sharing: { isHearing: hears(member.role) },
    };
    const begun = createProcess(partsOf(given, { chance, errors, nextId }));
    const process: OneOfSeveral = {
      ...begun,
      sender,
      die() {
        die();
        begun.die();
      },
    };
    member.running = process;
    try {
      process.engine = await createEngine(process.parts);
    } catch (error) {
      worry("start", error);
      member.crash(5_000);
      return;
    }
    if (process.isDead) return;
    whoIsThere.look();
    const { hearing } = process.engine;
    const hear = () => hearing.hear().catch((error: unknown) => worry("hearing", error));
    again(process, member, { ms: hears(member.role) ? HEARING_MS : LOOKING_MS, act: hear });
    again(process, member, { ms: CLOCK_MS, act: member.clock.measure });
    if (!works(member.role)) return;
    const taker = takerOf(process, member);
    queue.takers.push(taker);
    void process.death.then(() => queue.takers.splice(queue.takers.indexOf(taker), 1));
    again(process, member, { ms: TICK_MS, act: () => queue.askForTicks(shared.partitions) });
    again(process, member, { ms: UNRECORDED_MS, act: () => writeAgain(process) });
  };

  const memberOf = (role: Role, index: number): OwnMember => {
    const fate: Fate = { asleepUntilAt: 0, cutOffUntilAt: 0, crash: null };
    const member: OwnMember = {
      role,
      clock: createMemberClock({ time, chance: chance.fork(`clock ${index}`) }),
      fate,
      unreachableUntilAt: 0,
      misledUntilAt: 0,
      running: null,
      start: () => startIn(member),
      isUp: () => member.running?.engine != null,
      isThere: () => time.now() >= fate.asleepUntilAt,
      crash(downMs) {
        const process = member.running;
        if (process === null) return;
        process.isDead = true;
        process.die();
        process.sender.die();
        member.running = null;
        whoIsThere.look();
        if (downMs === null) return;
        note(coverage, downMs < 60_000 ? "restart: within seconds" : "restart: after minutes");
        time.after(Math.max(1, downMs), () => void member.start());
      },
      stepClock(byMs) {
        note(coverage, "process: clock set");
        member.clock.step(byMs);
        // Standing still, it finds that out when it goes on.
        const asleepMs = Math.max(0, fate.asleepUntilAt - time.now());
        const forMs = asleepMs + Math.max(0, byMs) + MEASURED_MS;
        member.misledUntilAt = Math.max(member.misledUntilAt, time.now() + forMs);
        whoIsThere.lookAgain(forMs);
      },
      stall(forMs) {
        note(coverage, "process: stood still");
        fate.asleepUntilAt = Math.max(fate.asleepUntilAt, time.now() + forMs);
        member.running?.sender.stall(forMs);
        whoIsThere.lookAgain(forMs);
      },
      cutOff(forMs) {
        note(coverage, "process: cut off from the store");
        fate.cutOffUntilAt = Math.max(fate.cutOffUntilAt, time.now() + forMs);
        member.running?.sender.cutOff(forMs);
        whoIsThere.lookAgain(forMs);
      },
    };
    return member;
  };
  const members = machine.roles.map(memberOf);

  const anybody = (isWanted: (one: OwnMember) => boolean): OwnMember | null => {
    const there = members.filter((one) => one.isUp() && one.isThere() && isWanted(one));
    return there.length === 0 ? null : chance.pick(there);
  };
  const engineOf = (isWanted: (one: OwnMember) => boolean): Engine | null =>
    anybody(isWanted)?.running?.engine ?? null;

  /** Whoever stands in front mostly knows who is there. */
  const reach = async (monitorId: string, given: Omit<CheckIn, "receivedAt">): Promise<Answer> => {
    const doors = members.filter(({ role }) => hears(role));
    const known = anybody(({ role, unreachableUntilAt }) => hears(role) && time.now() >= unreachableUntilAt);
    const member = known === null || chance.isTrue(0.05) ? chance.pick(doors) : known;
    const process = member.running;
    if (time.now() < member.unreachableUntilAt) {
      note(coverage, "process: jobs could not reach it");
      return { what: "nothing" };
    }
    if (process === null) return { what: "nothing" };
    const take = () =>
      takeCheckIn(process, { monitorId, given }, { time, chance, coverage, worry, slowMs: SLOW_MS });
    if (member.isThere()) return Promise.race([take(), impatience(time)]);
    // It lies in its line, and is read when that goes on; who sent it has long gone.
    time.at(member.fate.asleepUntilAt, () => void (process.isDead || take()));
    return { what: "nothing" };
  };

  return {
    start: () => members.forEach((member) => void member.start()),
    members,
    queue,
    engine: () => engineOf(({ role }) => hears(role)),
    isAsleep: () => false,
    checkIn: reach,
    async refuse(refused) {
      const engine = engineOf(({ role }) => hears(role));
      if (engine !== null) await refuse(engine, refused, worry);
    },
    downs: whoIsThere.unjudged,
    deaf: whoIsThere.unheard,
    sleeps: [],
    errors,
    weather,
    storeAway(forMs, { isOnlyWriting }) {
      const fromAt = time.now();
      const untilAt = Math.max(weather.unavailableUntilAt, fromAt + forMs);
      weather.outages.push({ fromAt, untilAt });
      Object.assign(weather, { unavailableUntilAt: untilAt, isOnlyWriting });
      whoIsThere.lookAgain(forMs);
    },
    async end() {
      for (const { clock } of members) clock.mend();
      const [hearer, worker] = [engineOf(({ role }) => hears(role)), engineOf(({ role }) => works(role))];
      if (hearer === null || worker === null) throw new Error("Rollcall is not running, though all is well");
      await time.busy(hearer.hearing.hear());
      await time.busy(worker.tick());
      const endedAt = worker.arrivals.judgeableAt(worker.clock.now());
      while ((await time.busy(worker.tick())).isMoreDue);
      for (const member of members) member.crash(null);
      return endedAt;
    },
  };
}

function impatience(time: Machine["time"]): Promise<Answer> {
  return time.wait(CLIENT_PATIENCE_MS).then(() => ({ what: "nothing" }));
}
