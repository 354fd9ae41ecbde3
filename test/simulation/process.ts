/** What every process of Rollcall is made of, whether it has its store to itself or shares it with others. */
import { inspect } from "node:util";
import { createExpertChecks } from "../../src/checks/all.ts";
import type { CheckIn } from "../../src/domain/check-in.ts";
import { RollcallError } from "../../src/domain/errors.ts";
import { nothingUnderWay, type UnderWay } from "../../src/engine/delivery/deliver.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { EngineParts } from "../../src/engine/parts.ts";
import type { RejectionReason } from "../../src/ports/records.ts";
import { after } from "../../src/system/timers.ts";
import { vaultOf } from "../../src/system/vault.ts";
import { noMatrix } from "../stubs/no-matrix.ts";
import type { Chance } from "./chance.ts";
import { note, type Coverage } from "./coverage.ts";
import type { Answer } from "./rollcall.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface Process {
  /** Null while it starts. */
  engine: Engine | null;
  parts: EngineParts;
  underWay: UnderWay;
  isDead: boolean;
  /** By monitor: the latest check-in whose sender is being proven. */
  proving: Map<string, Promise<void>>;
  /** Resolves when the process ends: who waited for an answer gets none. */
  death: Promise<null>;
  die: () => void;
}

/** What of its surroundings a process takes check-ins in. */
export interface Surroundings {
  time: VirtualTime;
  chance: Chance;
  coverage: Coverage;
  worry: Worry;
}

/** Notes what must never happen in a process: what is not the world's doing. */
export type Worry = (what: string, error: unknown) => void;

export function createProcess(parts: EngineParts): Process {
  const { promise: death, resolve } = Promise.withResolvers<null>();
  return {
    engine: null,
    parts,
    underWay: nothingUnderWay(),
    isDead: false,
    proving: new Map(),
    death,
    die: () => resolve(null),
  };
}

/** `nextId`: numbers that come once, whichever process asks. */
export function partsOf(
  given: Pick<EngineParts, "store" | "clock" | "channels" | "sharing">,
  world: { chance: Chance; errors: string[]; nextId: () => number },
): EngineParts {
  const { chance, errors, nextId } = world;
  return {
    ...given,
    ids: {
      uuid: () => `00000000-0000-4000-8000-${String(nextId()).padStart(12, "0")}`,
      secret: (length) => String(nextId()).padStart(length, "0"),
      chance: () => chance.next(),
    },
    vault: vaultOf(Buffer.alloc(32, 7)),
    log: { debug: quiet, info: quiet, warn: quiet, error: (what, more) => notice(errors, what, more) },
    outbound: { request: noWay, connect: noWay, fetch: null },
    matrix: noMatrix,
    experts: createExpertChecks({ after }),
    zoneData: "2026a",
    publicUrl: "http://rollcall.test",
  };
}

export function createWorry(errors: string[]): Worry {
  return (what, error) => {
    if (error instanceof RollcallError && (error.code === "unavailable" || error.code === "gone")) return;
    const cause =
      error instanceof Error && error.cause !== undefined ? ` because of ${inspect(error.cause)}` : "";
    errors.push(
      `${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}${cause}`,
    );
  };
}

/** `slowMs`: how long proving its sender may take. */
export async function takeCheckIn(
  process: Process,
  told: { monitorId: string; given: Omit<CheckIn, "receivedAt"> },
  around: Surroundings & { slowMs: number },
): Promise<Answer> {
  const { monitorId, given } = told;
  const { engine } = process;
  if (engine === null) return { what: "nothing" };
  const arrival = engine.arrivals.arrive();
  try {
    await prove(process, monitorId, around);
    if (process.isDead) return { what: "nothing" };
    const checkIn = { ...given, receivedAt: arrival.receivedAt };
    const decided = engine.recordCheckIn({ monitorId, checkIn });
    const receipt = await Promise.race([decided, process.death]);
    return receipt === null
      ? { what: "nothing" }
      : { what: "receipt", receipt, receivedAt: checkIn.receivedAt };
  } catch (error) {
    around.worry("check-in", error);
    return { what: "unavailable" };
  } finally {
    arrival.leave();
  }
}

/** Looking keys up takes a moment, in which other things happen; those of one monitor keep their order. */
function prove(
  { proving }: Process,
  monitorId: string,
  { time, chance, coverage, slowMs }: Surroundings & { slowMs: number },
): Promise<void> {
  const isSlow = chance.isTrue(0.1);
  if (isSlow) note(coverage, "check-in: decided some time after it was received");
  const takesMs = isSlow ? chance.between(1, slowMs) : 0;
  const before = proving.get(monitorId) ?? Promise.resolve();
  const mine = before.then(() => (takesMs === 0 ? undefined : time.wait(takesMs)));
  proving.set(monitorId, mine);
  return mine;
}

/** A check-in that the trust boundary turns away. */
export async function refuse(
  engine: Engine,
  refused: { monitorId: string | null; slug: string; reason: RejectionReason },
  worry: Worry,
): Promise<void> {
  const words = { headerNames: [], expected: "a key of this project", seen: "another" };
  const of = { project: "default", ...refused, addressPrefix: "192.0.2.0/24" };
  await engine
    .recordRejection({ ...of, ...words, at: engine.clock.now() })
    .catch((error: unknown) => worry("refusal", error));
}

function notice(errors: string[], what: string, more: Record<string, unknown> | undefined): void {
  const text = JSON.stringify(more ?? {}, (_key, value: unknown) =>
    value instanceof Error ? String(value) : value,
  );
  // What the store refuses is the world's doing; the log names it all the same.
  if (!/RollcallError/.test(text)) errors.push(`logged: ${what} ${text}`);
}

function quiet(): void {}

function noWay(): Promise<never> {
  return Promise.reject(new Error("the simulation has no network"));
}
