/**
 * Changes of documents that have rules of their own for being joined: read, joined here, and written if nobody else has
 * written them meanwhile, else all of it again.
 */
import { createHash } from "node:crypto";
import { RollcallError } from "../../domain/errors.ts";
import { LIMITS } from "../../domain/limits.ts";
import { type Argument, listed } from "./connection/arguments.ts";
import amend from "./lua/amend.lua";
import argumentsPart from "./lua/arguments.lua";
import writesPart from "./lua/writes.lua";
import type { RedisParts } from "./parts.ts";
import { homeOf, type Place } from "./places.ts";
import { scriptOf } from "./connection/scripts.ts";

const AMEND = scriptOf("amend", argumentsPart, writesPart, amend);

export interface Amendment<Result> {
  /** What was read: the text of each field, null where there was none. */
  onlyIf: readonly Held[];
  writes: readonly Write[];
  result: Result;
}

export interface Held {
  hash: string;
  field: string;
  text: string | null;
}

/** As `lua/amend.lua` takes them. Keys are named without the base of their place. */
export type Write =
  | readonly ["put", hash: string, field: string, text: string]
  | readonly ["drop", hash: string, field: string]
  | readonly ["rank", order: string, score: number, member: string]
  | readonly ["unrank", order: string, member: string]
  | readonly ["member", set: string, member: string];

export interface Amending {
  /** In the home of the project. `subject` names what is amended: of one, this process makes one change at a time. */
  amend<Result>(
    of: { project: string; subject: string },
    decide: () => Promise<Amendment<Result> | null>,
  ): Promise<Result | null>;
}

/** `decide` may be asked several times; with null nothing is written. */
export function amendingIn({ connection, places }: RedisParts): Amending {
  const turns = turnsOf(LIMITS.boundaryWritesWaiting);
  return {
    amend: ({ project, subject }, decide) =>
      turns(`${subject} ${project}`, async () => {
        const home = homeOf(project);
        await places.enter(home);
        for (let round = 1; round <= LIMITS.boundaryWriteRounds; round += 1) {
          const amendment = await decide();
          if (amendment === null) return null;
          if ((await connection.run(AMEND, home, ...amendmentTexts(amendment))) === 1)
            return amendment.result;
        }
        throw tooMany("Others wrote the same again and again.");
      }),
  };
}

/** Whatever stands there. */
export async function writeAll(
  { connection }: RedisParts,
  place: Place,
  writes: readonly Write[],
): Promise<void> {
  if (writes.length > 0) await connection.run(AMEND, place, ...amendmentTexts({ onlyIf: [], writes }));
}

/** For `lua/amend.lua`. */
export function amendmentTexts({
  onlyIf,
  writes,
}: {
  onlyIf: readonly Held[];
  writes: readonly (readonly Argument[])[];
}): Argument[] {
  return [
    ...listed(onlyIf, ({ hash, field, text }) => [hash, field, text === null ? null : sha1(text)]),
    ...listed(writes, (write) => write),
  ];
}

/** One after the other for each key, so that a process does not stand in its own way. */
function turnsOf(atMost: number): <Result>(key: string, act: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, { turn: Promise<unknown>; waiting: number }>();
  return async (key, act) => {
    const before = last.get(key);
    const waiting = (before?.waiting ?? 0) + 1;
    if (waiting > atMost) throw tooMany("Too much of this waits for Redis.");
    const turn = (before?.turn ?? Promise.resolve()).catch(() => null).then(act);
    const mine = { turn, waiting };
    last.set(key, mine);
    try {
      return await turn;
    } finally {
      const latest = last.get(key);
      if (latest === mine) last.delete(key);
      else if (latest !== undefined) latest.waiting -= 1;
    }
  };
}

function tooMany(why: string): RollcallError {
  return new RollcallError("unavailable", `${why} Nothing was kept; try again.`, { retryAfterSeconds: 1 });
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
