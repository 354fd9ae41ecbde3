/**
 * What of a monitor is known by name: the latest attempt of a run by the job's own id, or the receipt of a duplicate
 * key. Most names are new, so where what is remembered will do, one that is not known is taken for one that is not
 * there: the commit says whether that was so.
 */

export interface Asked<Found> {
  /** Undefined: not known. */
  get(name: string): Answer<Found> | undefined;
  /** As it stands in the store. */
  learn(name: string, found: Found | null): void;
  /** Takes it for one that is not there. */
  assume(name: string): void;
  forget(name: string): void;
  names(): readonly { name: string; isAssumed: boolean }[];
  /** The store has said that all that was assumed is so. */
  confirm(): void;
  /** Nobody will say whether what was assumed is so. */
  forgetAssumed(): void;
}

export interface Answer<Found> {
  found: Found | null;
  isAssumed: boolean;
}

/** Jobs overlap seldom. */
const KEPT = 4;

/** `before`: what was known of the same version, of which whoever decided on what was assumed has still to ask. */
export function asked<Found>(before?: Asked<Found>): Asked<Found> {
  // The names asked for longest ago first.
  const known = new Map<string, Answer<Found>>();
  for (const { name, isAssumed } of before?.names() ?? [])
    if (isAssumed) known.set(name, { found: null, isAssumed });

  const keep = (name: string, answer: Answer<Found>): void => {
    known.delete(name);
    known.set(name, answer);
    for (const [oldest, { isAssumed }] of known)
      if (known.size > KEPT && !isAssumed && oldest !== name) known.delete(oldest);
  };
  return {
    get: (name) => known.get(name),
    learn: (name, found) => keep(name, { found, isAssumed: false }),
    assume: (name) => keep(name, { found: null, isAssumed: true }),
    forget: (name) => void known.delete(name),
    names: () => [...known].map(([name, { isAssumed }]) => ({ name, isAssumed })),
    confirm() {
      for (const answer of known.values()) answer.isAssumed = false;
    },
    forgetAssumed() {
      for (const [name, { isAssumed }] of known) if (isAssumed) known.delete(name);
    },
  };
}
