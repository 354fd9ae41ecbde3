/** Programs that live and end together: when one is given up the others are stopped, those that others need last. */
import { Supervised } from "./supervised.mjs";

/**
 * @typedef {object} Together
 * @property {(program: import("./supervised.mjs").Program) => Supervised} start the next one; it may need those before
 * @property {() => Promise<unknown>} ready resolves when all are ready; rejects when one was given up or stopped
 * @property {() => Promise<void>} stop the latest ones first; twice is harmless
 * @property {Promise<string | null>} over resolves when all have ended: null where they were stopped, else why
 */

/**
 * @param {Omit<import("./supervised.mjs").Surroundings, "onLost">} around
 * @returns {Together}
 */
export function together(around) {
  /** @type {Supervised[]} */
  const members = [];
  /** @type {PromiseWithResolvers<string | null>} */
  const { promise: over, resolve } = Promise.withResolvers();
  /** @type {Promise<void> | null} */
  let ending = null;

  // What was started ends with this process, also where that fails.
  const onExit = () => members.forEach((member) => member.signal("SIGTERM"));
  process.once("exit", onExit);
  const end = (/** @type {string | null} */ why) =>
    (ending ??= stopped(members).then(() => {
      process.off("exit", onExit);
      resolve(why);
    }));
  return {
    start(program) {
      const member = new Supervised(program, { ...around, onLost: (why) => void end(why) });
      members.push(member);
      return member;
    },
    ready: () => Promise.all(members.map((member) => member.ready())),
    stop: () => end(null),
    over,
  };
}

/**
 * The first one is what all others need: they still write while they end.
 * @param {readonly Supervised[]} members
 */
async function stopped([first, ...others]) {
  await Promise.all(others.map((member) => member.stop()));
  await first?.stop();
}
