/** The one way in which end-to-end tests wait: for a condition, looked at again and again, with a deadline that says what did not come. */

/**
 * Resolves with what `look` gives as soon as that is neither null, undefined nor false. An error of `look` counts
 * as "not yet" and is told when the time is over.
 */
export async function until<Found>(
  what: string,
  look: () => Found | Promise<Found>,
  { withinMs = 20_000 }: { withinMs?: number } = {},
): Promise<Exclude<Found, null | undefined | false>> {
  const endsAt = Date.now() + withinMs;
  let trouble: unknown = null;
  for (;;) {
    try {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) {
        return found as Exclude<Found, null | undefined | false>;
      }
      trouble = null;
    } catch (error) {
      trouble = error;
    }
    if (Date.now() > endsAt) {
      throw new Error(`Within ${withinMs / 1_000} s there was not: ${what}.`, { cause: trouble });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
