/** Work on many things a slice at a time: what is done side by side a store can make durable together. */

/** What came of each, in their order. Rejects with the first that fails; those behind its slice are not begun then. */
export async function inSlices<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += atOnce) {
    results.push(...(await Promise.all(items.slice(from, from + atOnce).map(act))));
  }
  return results;
}
