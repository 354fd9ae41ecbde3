/** A map that never grows beyond its limit: what was kept first is forgotten first, and made again when asked. */

export interface BoundedCache<Value> {
  readonly limit: number;
  readonly entries: Map<string, Value>;
}

export function boundedCache<Value>(limit: number): BoundedCache<Value> {
  return { limit, entries: new Map() };
}

export function cached<Value>(cache: BoundedCache<Value>, key: string, make: (key: string) => Value): Value {
  const known = cache.entries.get(key);
  if (known !== undefined) return known;
  const made = make(key);
  if (cache.entries.size >= cache.limit) {
    const oldest = cache.entries.keys().next();
    if (!oldest.done) cache.entries.delete(oldest.value);
  }
  cache.entries.set(key, made);
  return made;
}
