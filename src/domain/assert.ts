/** A mistake of ours, told apart from the troubles of the world: the operation stops, the process goes on. */
export function assert(condition: unknown, expected: string): asserts condition {
  if (!condition) throw new Error(`Assertion failed: expected ${expected}`);
}
